# Variables that the formula has only inside of calls.

types <- function(model, ...) {
  fields <- served_model(model, ...)$fields
  setNames(vapply(fields, `[[`, "", "type"), names_of(fields))
}

# As it is when only the model was saved: its data are not to be found.
orphaned <- function(model) {
  model$call$data <- NULL
  model
}

test_that("arithmetic on a variable says that it is a number", {
  model <- orphaned(lm(time ~ log(pace) + I(pace^2) + cut(size_cm, 3), transform(
    runners, size_cm = 150 + 5 * seq_along(time)
  )))
  expect_identical(types(model), c(pace = "number", size_cm = "number"))
})

test_that("what a variable is compared with says its type", {
  model <- orphaned(lm(time ~ I(club == "north") + I(pace > 5), runners))
  expect_identical(types(model), c(club = "string", pace = "number"))
})

test_that("factor() of a number takes the levels it knows, as numbers", {
  d <- transform(runners, rank = rep(1:2, 4))
  served <- served_model(orphaned(lm(time ~ factor(rank), d)))
  expect_identical(served$fields[[1]]$levels, c("1", "2"))
  expect_identical(served$fields[[1]]$values, 1:2)
  expect_identical(bridge$as_newdata(served, list(2:1), 2L)$rank, 2:1)
})

test_that("data that the model kept, or that lie beside it, tell the type", {
  kept <- glm(fast ~ as.numeric(gender), binomial(), runners)
  expect_identical(types(kept), c(gender = "factor"))
  model <- lm(time ~ as.numeric(gender), runners)
  environment(model$terms) <- globalenv()
  expect_error(served_model(model), class = "not_servable")
  local_exposed(runners = runners)
  expect_identical(types(model), c(gender = "factor"))
})

test_that("a constant beside the model is no field, a vector of the data is one", {
  formula <- time ~ I(pace / per) + shift
  environment(formula) <- globalenv()
  local_exposed(per = 60, shift = seq_along(runners$time))
  model <- lm(formula, runners)
  expect_named(types(orphaned(model)), c("pace", "shift"))
})

test_that("a matrix in the data is one field for each of its columns", {
  d <- data.frame(time = runners$time)
  d$X <- as.matrix(data.frame(a = runners$pace, b = runners$pace^2))
  model <- lm(time ~ X, d)
  expect_identical(types(model), c(X.a = "number", X.b = "number"))
  served <- served_model(model)
  newdata <- bridge$as_newdata(served, list(5, 25), 1L)
  expect_identical(dim(newdata$X), c(1L, 2L))
  expect_identical(unname(predict(model, newdata)), unname(predict(model, d[1, ])))
})

test_that("an object that only looks like a model of a formula is refused", {
  fake <- structure(list(terms = "no terms"), class = "outlandish")
  expect_error(served_model(fake), "cannot be read", class = "not_servable")
})
