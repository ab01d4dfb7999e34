served_fields <- function(...) {
  fields <- list(...)
  c(list(names = names_of(fields)), bridge$column_makers(fields))
}

field <- bridge$field

answer <- function(value, rows = 2L, hooked = FALSE) {
  bridge$as_answer(value, rows, hooked)
}

test_that("columns become the data.frame that a person would write", {
  served <- served_fields(
    field("x", "number"), field("n", "integer"), field("s", "string"),
    field("b", "boolean"), field("day", "date"),
    field("g", "factor", c("F", "M")),
    field("o", "factor", c("S", "L"), ordered = TRUE),
    field("club", "factor", c("north", "south"), values = c("north", "south"))
  )
  columns <- list(c(1.5, NA), c(7L, NA), c("a", NA), c(TRUE, NA), c(18262, NA),
                  c(2L, NA), c(1L, NA), c(2L, NA))
  expect_identical(bridge$as_newdata(served, columns, 2L), data.frame(
    x = c(1.5, NA), n = c(7L, NA), s = c("a", NA), b = c(TRUE, NA),
    day = as.Date(c("2020-01-01", NA)), g = factor(c("M", NA), c("F", "M")),
    o = factor(c("S", NA), c("S", "L"), ordered = TRUE), club = c("south", NA)
  ))
})

test_that("strings may come as bytes", {
  served <- served_fields(field("s", "string"))
  bytes <- writeBin(c("a", "", "NA"), raw())
  expect_identical(bridge$as_newdata(served, list(bytes), 3L), data.frame(s = c("a", "", "NA")))
})

test_that("names that R would mend are kept", {
  served <- served_fields(field("half time", "number"), field("if", "number"))
  newdata <- bridge$as_newdata(served, list(1, 2), 1L)
  expect_named(newdata, c("half time", "if"))
})

test_that("rows are counted where there are no columns", {
  newdata <- bridge$as_newdata(served_fields(), list(), 3L)
  expect_identical(dim(newdata), c(3L, 0L))
})

test_that("what input_fn returns must have the rows and the variables", {
  check <- bridge$check_newdata
  expect_identical(check(runners, c("pace", "club"), 8L), runners)
  expect_identical(check(runners, character(), 8L), runners)
  expect_error(check(runners, "pace", 7L),
               "input_fn must return a data.frame of 7 rows")
  expect_error(check(as.list(runners), "pace", 8L), "must return a data.frame")
  expect_error(check(NULL, "pace", 8L), "must return a data.frame")
  expect_error(check(runners, c("pace", "weight", "age"), 8L),
               "newdata lacks what the model wants: weight, age")
})

test_that("a glm answers on the scale of the response, an lm as it does", {
  model <- glm(fast ~ pace, binomial(), runners)
  expect_identical(predict_by_bridge(model, runners),
                   predict(model, runners, type = "response"))
  model <- lm(time ~ pace, runners)
  expect_identical(predict_by_bridge(model, runners), predict(model, runners))
})

test_that("an object called predict does not come in between", {
  local_globals(predict = function(...) stop("shadowed"), type = "link")
  model <- glm(fast ~ pace, binomial(), runners)
  expect_identical(predict_by_bridge(model, runners),
                   stats::predict(model, runners, type = "response"))
})

test_that("a vector is an answer of values, without its names", {
  found <- answer(c(a = 1.5, b = NA))
  expect_identical(found$layout, "values")
  expect_identical(found$names, "prediction")
  expect_identical(unname(found$columns), list(c(1.5, NA)))
})

test_that("an array of one dimension is an answer of values", {
  value <- array(c(1.5, 2.5), 2, list(c("1", "2")))
  expect_identical(answer(value)$layout, "values")
  expect_identical(answer(value)$columns[[1]], c(1.5, 2.5))
  expect_identical(answer(list(fit = value))$columns[[1]], c(1.5, 2.5))
})

test_that("a matrix is an answer of records", {
  value <- matrix(1:4, 2, dimnames = list(NULL, c("fit", "lwr")))
  found <- answer(value)
  expect_identical(found$layout, "records")
  expect_identical(found$names, c("fit", "lwr"))
  expect_identical(unname(found$columns), list(1:2, 3:4))
  expect_identical(answer(unname(value))$names, c("V1", "V2"))
  expect_identical(answer(value[1, , drop = FALSE], 1L)$columns[[2]], 3L)
})

test_that("a data.frame is an answer of records", {
  found <- answer(data.frame(fit = c(1, 2), label = c("a", NA)))
  expect_identical(found$layout, "records")
  expect_identical(unname(found$columns), list(c(1, 2), c("a", NA)))
})

test_that("a named list of an output_fn is an answer of columns", {
  found <- answer(list(time = c("1:00", "2:00"), ok = c(TRUE, NA)), hooked = TRUE)
  expect_identical(found$layout, "columns")
  expect_identical(found$names, c("time", "ok"))
  expect_identical(unname(found$columns), list(c("1:00", "2:00"), c(TRUE, NA)))
})

test_that("values of a class become their text", {
  expect_identical(answer(factor(c("b", NA)))$columns[[1]], c("b", NA))
  expect_identical(answer(as.Date(c("2020-01-31", NA)))$columns[[1]],
                   c("2020-01-31", NA))
})

test_that("text comes out as UTF-8", {
  latin <- "caf\xe9"
  Encoding(latin) <- "latin1"
  found <- answer(stats::setNames(list(c(latin, "a")), latin))
  expect_identical(Encoding(found$columns[[1]][1]), "UTF-8")
  expect_identical(charToRaw(found$columns[[1]][1]), charToRaw("caf\u00e9"))
  expect_identical(charToRaw(found$names), charToRaw("caf\u00e9"))
})

test_that("an answer of another length is refused", {
  expect_error(answer(1:3), "\"prediction\" has 3 values for 2 rows")
  expect_error(answer(list(a = 1:2, b = 1), hooked = TRUE),
               "\"b\" has 1 values for 2 rows")
  expect_error(answer(matrix(1:6, 3)), "the answer has 3 values for 2 rows")
  expect_error(answer(data.frame(a = 1:3)), "the answer has 3 values for 2 rows")
  expect_error(answer(NULL), "\"prediction\" has 0 values for 2 rows")
  expect_error(answer(list(a = NULL)), "the answer has 0 values for 2 rows")
})

test_that("an answer that is no column is refused", {
  expect_error(answer(list(1, 2)), "the answer has 1 values for 2 rows")
  expect_error(answer(list(a = list(1, 2))), "\"a\" is a list, not a vector")
  expect_error(answer(complex(2)), "is a complex, not a vector")
  expect_error(answer(as.raw(1:2)), "is a raw, not a vector")
  expect_error(answer(mean), "is a function, not a vector")
})

test_that("an answer that names a column twice is refused", {
  expect_error(answer(list(a = 1:2, a = 3:4)), "\"a\"")
  twice <- data.frame(a = 1:2, a = 3:4, check.names = FALSE)
  expect_error(answer(twice), "\"a\"")
})

test_that("methods are found where R finds them, as getS3method() does", {
  local_globals(predict.mine = function(object, ...) 1)
  loadNamespace("MASS")
  for (class in c("lm", "glm", "nls", "lda", "mine", "nobody", "")) {
    expect_identical(
      bridge$predict_method(class),
      utils::getS3method("predict", class, optional = TRUE, envir = globalenv())
    )
  }
})
