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
  local_exposed(per = 60, shift = seq_along(runners$time), runners = runners)
  model <- lm(formula, runners)
  expect_named(types(model), c("pace", "shift"))
})

test_that("without the data nothing tells a constant from what a loop left behind", {
  formula <- time ~ I(pace / per)
  environment(formula) <- globalenv()
  local_exposed(per = 60)
  model <- orphaned(lm(formula, runners))
  expect_error(served_model(model), "constants = \\[\"per\"\\]", class = "not_servable")
  served <- bridge$assembled(model, NULL, list(), NULL, NULL, "m", constants = "per")
  expect_identical(names_of(served$fields), "pace")
})

test_that("columns called as R's own constants and functions are fields", {
  d <- data.frame(y = sin(1:30), T = 1:30, p = cos(1:30), rank = rep(1:3, 10))
  expect_named(types(orphaned(lm("y ~ I(T * p) + factor(rank)", d))), c("T", "p", "rank"))
  expect_named(types(orphaned(lm("y ~ poly(p, 2, raw = T) + sin(2 * pi * rank)", d[-2]))),
               c("p", "rank"))
  expect_named(types(lm(y ~ C(factor(rank), contr.sum), d)), "rank")
})

test_that("a data set of the same name that is not the training data tells nothing", {
  local_exposed(training = data.frame(time = 1:8, gender = 8:1))
  model <- lm(time ~ as.numeric(gender), runners)
  model$call$data <- quote(training)
  environment(model$terms) <- globalenv()
  expect_error(served_model(model), "to be sent for gender", class = "not_servable")
})

test_that("texts of numbers stay texts, and labels are no values", {
  d <- data.frame(g = rep(c("1", "01", "2"), 5), s = rep(c(0, 1, 0), 5), y = sin(1:15))
  fields <- served_model(orphaned(lm(y ~ factor(g), d)))$fields
  expect_identical(fields[[1]]$values, fields[[1]]$levels)
  model <- orphaned(lm(y ~ factor(s, c(0, 1), c("m", "f")), d))
  expect_error(served_model(model), "to be sent for s", class = "not_servable")
})

test_that("a text that something is compared with in order does not say its type", {
  d <- data.frame(g = factor(rep(c("lo", "hi"), 5), c("lo", "hi"), ordered = TRUE), y = 1:10)
  expect_error(served_model(orphaned(lm(y ~ I(g > "lo"), d))), class = "not_servable")
})

test_that("two fields of one name are refused", {
  d <- data.frame(y = runners$time, X.a = 8:1)
  d$X <- cbind(a = 1:8, b = sin(1:8))
  expect_error(served_model(lm(y ~ X + X.a, d)), "two fields would be called X.a")
})

test_that("R's factor has all of the model's levels, whatever may be sent", {
  d <- data.frame(g = factor(rep(c("a", "b", "c"), 5)), y = sin(1:15), x = 1:15)
  model <- lm(y ~ g + x, d)
  served <- served_model(model, list(g = c("c", "b")))
  expect_identical(served$fields[[1]]$levels, c("b", "c"))
  expect_identical(bridge$as_newdata(served, list(c(2L, NA, 1L), c(1, 1, 1)), 3L)$g,
                   factor(c("c", NA, "b"), c("a", "b", "c")))
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
