refused <- function(...) {
  conditionMessage(expect_error(serve(...), class = "not_servable"))
}

fitted <- lm(time ~ pace + gender, runners)

test_that("a file is all it takes", {
  served <- serve(any_name = fitted, x = 1)
  expect_identical(coef(served$model), coef(fitted))
  expect_identical(served$names, c("pace", "gender"))
  expect_identical(served$merge, "")
  expect_false(served$hooked)
})

test_that("the object that bridge.toml names is served", {
  arguments <- model_folder(a = fitted, b = lm(time ~ fast, runners))
  served <- do.call(bridge$serve_model, c(arguments, object = "b"))
  expect_identical(served$names, "fast")
})

test_that("levels are taken from factor_levels of the same file", {
  served <- serve(m = fitted, factor_levels = list(gender = "M"))
  expect_identical(served$fields[[2]]$levels, "M")
})

test_that("declared fields take the place of the model's", {
  served <- serve(
    m = fitted, factor_levels = list(sex = c("F", "M")),
    inputs = list(input("half", "string"), input("s", "factor", saved = "sex")),
    script = c("input_fn <- function(newdata) {",
               "  pace <- as.numeric(newdata$half)",
               "  data.frame(pace = pace, gender = newdata$s)",
               "}")
  )
  expect_identical(served$names, c("half", "s"))
  newdata <- data.frame(pace = c(5, 6.5), gender = c("M", "F"))
  expect_identical(prediction(ask(served, c("5", "6.5"), c(2L, 1L))),
                   unname(predict(fitted, newdata)))
})

test_that("any hook makes the model a hooked one", {
  for (hook in c("input_fn", "predict_fn", "output_fn")) {
    script <- sprintf("%s <- function(...) ..1", hook)
    expect_true(serve(m = fitted, script = script)$hooked)
  }
})

test_that("model_fn makes the model, from the folder that it is given", {
  script <- c("model_fn <- function(model_dir) {",
              "  readRDS(file.path(model_dir, 'parts', 'fit.bin'))",
              "}")
  arguments <- model_folder(script = script)
  dir.create(file.path(arguments$dir, "parts"))
  saveRDS(fitted, file.path(arguments$dir, "parts", "fit.bin"))
  served <- do.call(bridge$serve_model, arguments)
  expect_identical(coef(served$model), coef(fitted))
})

test_that("model_fn wins over a file, which is not even read", {
  served <- serve(m = fitted, script = c(
    "model_fn <- function(model_dir) lm(dist ~ speed, datasets::cars)"
  ))
  expect_identical(served$names, "speed")
})

test_that("model_fn may give factor_levels along with the model", {
  served <- serve(m = fitted, script = c(
    "model_fn <- function(model_dir) {",
    "  e <- new.env()",
    "  load(file.path(model_dir, 'model.rda'), e)",
    "  list(model = e$m, factor_levels = list(gender = 'F'))",
    "}"
  ))
  expect_identical(served$names, c("pace", "gender"))
  expect_identical(served$fields[[2]]$levels, "F")
})

test_that("a model_fn that stops is told", {
  expect_identical(refused(script = "model_fn <- function(dir) stop('gone')"),
                   "model_fn stops with an error: gone")
})

test_that("a model_fn that makes no model is told", {
  expect_match(refused(script = "model_fn <- function(dir) NULL"),
               "cannot be read from it; declare")
})

test_that("a script without a model_fn needs a file", {
  expect_identical(refused(script = "x <- 1"),
                   "the folder holds no model file, and no model_fn makes one")
})

test_that("a model whose predict method the script defines is served", {
  arguments <- model_folder(
    m = structure(list(by = 2), class = "doubler"),
    script = c(
      "predict.doubler <- function(object, newdata, ...) object$by * newdata$x",
      "registerS3method('predict', 'doubler', predict.doubler)"
    )
  )
  arguments$inputs <- list(input("x", "number"))
  served <- do.call(bridge$serve_model, arguments)
  expect_identical(prediction(ask(served, c(1, 2.5))), c(2, 5))
  expect_match(served$merge, "class doubler is not known to be row by row")
})

test_that("a class that only predict_fn can predict is served", {
  served <- serve(
    script = c("model_fn <- function(dir) structure(list(2), class = 'odd')",
               "predict_fn <- function(newdata, model) model[[1]] * newdata$x"),
    inputs = list(input("x", "number"))
  )
  expect_identical(prediction(ask(served, c(1, 2.5))), c(2, 5))
})

test_that("nothing is bound in the global environment, nor read from it", {
  local_globals(model = "not mine", factor_levels = list(gender = "X"))
  before <- ls(globalenv(), all.names = TRUE)
  served <- serve(m = fitted, script = "mine <- model")
  expect_identical(coef(served$model), coef(fitted))
  expect_identical(served$fields[[2]]$levels, c("F", "M"))
  expect_setequal(ls(globalenv(), all.names = TRUE), before)
})

test_that("what is wrong with the file is told, script or not", {
  expect_match(refused(x = 1), "no object of the file has a predict method")
  expect_match(refused(x = 1, script = "y <- model"), "has a predict method")
})

test_that("the marathon model answers as it should", {
  dir <- testthat::test_path("..", "..", "..", "models", "marathon")
  served <- bridge$serve_model(
    dir, file.path(dir, "model.RData"), script = file.path(dir, "inference.R"),
    inputs = list(input("hmtime", "string"),
                  input("gender", "factor", saved = "gender"))
  )
  times <- c("1:30:20", "90:20", "5420")
  expect_identical(prediction(ask(served, times, c(2L, 1L, 1L))),
                   c("03:23:30", "03:20:19", "03:20:19"))
  times <- c("1:30:20", "soon", "1:60:00")
  expect_identical(ask(served, times, c(1L, 1L, 1L))[-2],
                   list("rejected", "hmtime", 2:3))
})
