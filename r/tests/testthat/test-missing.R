# Rows with missing values keep their places, or are refused.

local_predict <- function(method, env = parent.frame()) {
  local_globals(predict.homemade = method, env = env)
}
homemade <- structure(list(), class = "homemade")
newdata <- data.frame(x = c(1, NA, 3))

asked <- function() {
  served <- bridge$assembled(homemade, NULL, list(), list(input("x", "number")),
                             NULL, "m")
  bridge$call_model(served, list(newdata$x), c(3L, 1L))
}

test_that("rows that predict() drops come back as missing", {
  local_predict(function(object, newdata, ...) na.omit(newdata)$x * 2)
  expect_identical(prediction(asked()), c(2, NA, 6))
})

test_that("a model that drops other rows is not padded by the count alone", {
  local_predict(function(object, newdata, ...) newdata$x[newdata$x != 3 | is.na(newdata$x)])
  answer <- asked()
  expect_identical(answer[[1]], "failed")
  expect_match(answer[[2]], "2 values for 3 rows")
})

test_that("so do the rows of a list and of a matrix", {
  local_predict(function(object, newdata, ...) {
    x <- na.omit(newdata)$x
    list(fit = x, both = cbind(a = x, b = -x))
  })
  answer <- asked()
  expect_identical(answer$names, c("fit", "both.a", "both.b"))
  expect_identical(answer$columns[[3]], c(-1, NA, -3))
})

test_that("rows that predict() refuses are refused, with its reason", {
  local_predict(function(object, newdata, ...) {
    if (anyNA(newdata$x)) stop("missing values in x")
    newdata$x
  })
  answer <- asked()
  expect_identical(answer[[1]], "rejected")
  expect_match(answer[[2]], "refuses missing values: missing values in x")
  expect_identical(answer[[4]], 2L)
})

test_that("an error that is not of the missing value stays an error", {
  local_predict(function(object, newdata, ...) stop("broken"))
  expect_identical(asked()[1:2], list("failed", "broken"))
})

test_that("an answer of any other length is an error, never shifted", {
  local_predict(function(object, newdata, ...) 1)
  answer <- asked()
  expect_identical(answer[[1]], "failed")
  expect_match(answer[[2]], "1 values for 3 rows")
})
