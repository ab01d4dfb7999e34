fitted <- lm(time ~ pace, runners)

refused <- function(expression) {
  conditionMessage(expect_error(expression, class = "not_servable"))
}

objects <- function(...) list2env(list(...), parent = emptyenv())

saved <- function(..., ext = ".rda", env = parent.frame()) {
  path <- withr::local_tempfile(fileext = ext, .local_envir = env)
  save(..., file = path, envir = env)
  path
}

saved_rds <- function(object, env = parent.frame()) {
  path <- withr::local_tempfile(fileext = ".RDS", .local_envir = env)
  saveRDS(object, path)
  path
}

test_that("all objects of a workspace are read, and none leaks", {
  aa_model <- fitted
  factor_levels <- list(gender = c("F", "M"))
  read <- bridge$read_objects(saved(aa_model, factor_levels, ext = ".RData"))
  expect_setequal(ls(read), c("aa_model", "factor_levels"))
  expect_identical(coef(read$aa_model), coef(fitted))
  expect_false(exists("aa_model", globalenv()))
  expect_identical(parent.env(read), emptyenv())
})

test_that("an .rds holds a model, or a bundle of objects", {
  read <- bridge$read_objects(saved_rds(fitted))
  expect_identical(ls(read), "model")
  bundle <- list(m = fitted, factor_levels = list(g = "a"))
  expect_setequal(ls(bridge$read_objects(saved_rds(bundle))),
                  c("m", "factor_levels"))
  expect_identical(ls(bridge$read_objects(saved_rds(1:3))), "model")
})

test_that("a file that is damaged, cut short or of another kind is refused", {
  x <- fitted
  path <- saved(x)
  whole <- readBin(path, "raw", file.size(path))
  for (bytes in list(whole[seq_len(length(whole) %/% 2)], raw(),
                     charToRaw("time,pace\n1,2\n"), rev(whole))) {
    writeBin(bytes, path)
    expect_match(refused(bridge$read_objects(path)),
                 paste(basename(path), "cannot be read: "), fixed = TRUE)
  }
})

test_that("an .rds called .RData is read as what it is, and the other way round", {
  path <- saved_rds(fitted)
  renamed <- withr::local_tempfile(fileext = ".RData")
  file.copy(path, renamed)
  expect_equal(bridge$read_objects(renamed)$model, fitted)
  x <- fitted
  renamed <- withr::local_tempfile(fileext = ".rds")
  file.copy(saved(x), renamed)
  expect_equal(bridge$read_objects(renamed)$x, fitted)
})

test_that("a file that is not there is refused by its name", {
  expect_match(refused(bridge$read_objects("/no/where/m.rds")), "^m.rds cannot")
})

test_that("the model is found by its predict method, whatever its name", {
  name <- bridge$model_name(objects(lm2_save = fitted, data = runners, f = sum,
                                    factor_levels = list(g = "a")))
  expect_identical(name, "lm2_save")
})

test_that("a model under a hidden name is found too", {
  expect_identical(bridge$model_name(objects(.m = fitted, x = 1)), ".m")
})

test_that("two models are told with their classes and what to write", {
  binomial <- glm(fast ~ pace, binomial(), runners)
  expect_identical(
    refused(bridge$model_name(objects(b = binomial, a = fitted, x = 1))),
    paste0("the file holds 2 models: a (lm), b (glm/lm); say which one to ",
           "serve in bridge.toml:\nobject = \"a\"")
  )
})

test_that("the cure works", {
  both <- objects(a = fitted, b = fitted)
  expect_identical(bridge$model_name(both, "b"), "b")
})

test_that("no model is told with what is there and what to do", {
  message <- refused(bridge$model_name(objects(x = 1, d = runners)))
  expect_match(message, "no object of the file has a predict method: it holds ")
  expect_match(message, "d (data.frame), x (numeric)", fixed = TRUE)
  expect_match(message, "packages = [\"PACKAGE\"]", fixed = TRUE)
  expect_match(message, "model_fn(model_dir)", fixed = TRUE)
  expect_match(refused(bridge$model_name(objects())), "it holds nothing")
})

test_that("a class that no package knows is named", {
  stranger <- structure(list(), class = c("outlandish", "forest"))
  expect_match(refused(bridge$model_name(objects(m = stranger))),
               "m (outlandish/forest)", fixed = TRUE)
})

test_that("a wanted object that is not there is told with those that are", {
  expect_identical(
    refused(bridge$model_name(objects(a = fitted, x = 1), "b")),
    paste("bridge.toml names the object \"b\"; the file holds",
          "a (lm), x (numeric)")
  )
})

test_that("a wanted object without a predict method is refused", {
  expect_match(refused(bridge$model_name(objects(a = fitted, x = 1), "x")),
               "no object of the file has a predict method")
})

test_that("a long inventory is cut", {
  many <- list2env(as.list(setNames(1:25, sprintf("x%02d", 1:25))),
                   parent = emptyenv())
  expect_match(bridge$inventory(many), "x20 (integer) and 5 more", fixed = TRUE)
})

test_that("plain data have no predict method, models have", {
  for (object in list(1, "a", runners, sum, NULL, list(a = 1), quote(x + y),
                      time ~ pace, runners$gender, Sys.Date(), new.env(),
                      ts(1:3), table(1:3))) {
    expect_false(bridge$is_model(object))
  }
  for (model in list(fitted, loess(time ~ pace, runners),
                     nls(time ~ a + b * pace, runners, list(a = 1, b = 1)))) {
    expect_true(bridge$has_predict(model))
  }
})

test_that("a method that inference.R defines counts", {
  local_globals(predict.homemade = function(object, newdata, ...) 1)
  expect_true(bridge$has_predict(structure(list(), class = "homemade")))
})

test_that("an S4 model with a method of its own counts", {
  where <- globalenv()
  setClass("BridgeTested", representation(x = "numeric"), where = where)
  withr::defer(removeClass("BridgeTested", where = where))
  object <- new("BridgeTested", x = 1)
  expect_false(bridge$has_predict(object))
  suppressMessages(setGeneric("predict", package = "stats", where = where))
  withr::defer(removeGeneric("predict", where = where))
  setMethod("predict", "BridgeTested", function(object, ...) 1, where = where)
  expect_true(bridge$has_predict(object))
})
