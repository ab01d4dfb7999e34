# Time series: a request says how many steps ahead.

steps <- function(model, n) {
  bridge$call_model(served_model(model), list(n), c(length(n), 1L))
}

test_that("the answer has as many rows as steps were asked for", {
  model <- arima(lh, order = c(1, 0, 0))
  answer <- steps(model, 3L)
  expected <- predict(model, n.ahead = 3)
  expect_identical(answer$names, c("pred", "se"))
  expect_identical(answer$columns[[1]], as.vector(expected$pred))
  expect_identical(answer$columns[[2]], as.vector(expected$se))
  expect_true(served_model(model)$horizon)
})

test_that("one step of one value is a value", {
  model <- HoltWinters(co2)
  expect_identical(prediction(steps(model, 1L)),
                   as.vector(predict(model, n.ahead = 1)))
})

test_that("several records and numbers that are no steps are refused", {
  model <- arima(lh, order = c(1, 0, 0))
  expect_match(steps(model, 1:2)[[2]], "send one record")
  expect_match(steps(model, 0L)[[2]], "n.ahead must be a whole number")
  expect_match(steps(model, NA_integer_)[[2]], "n.ahead must be a whole number")
})

test_that("the regressors of the series are fields, a row for each step", {
  local_exposed(weeks = cbind(week = seq_along(lh)))
  model <- arima(lh, order = c(1, 0, 0), xreg = weeks)
  answer <- bridge$call_model(served_model(model), list(c(49, 50)), c(2L, 1L))
  expected <- predict(model, n.ahead = 2, newxreg = cbind(week = c(49, 50)))
  expect_identical(answer$columns[[1]], as.vector(expected$pred))
})
