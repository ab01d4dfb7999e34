hooks_of <- function(...) {
  serve(m = lm(time ~ pace, runners), script = c(...))$hooks
}

refused <- function(...) {
  conditionMessage(expect_error(hooks_of(...), class = "not_servable"))
}

test_that("without inference.R there are no hooks", {
  hooks <- serve(m = lm(time ~ pace, runners))$hooks
  expect_named(hooks, c("input_fn", "predict_fn", "output_fn"))
  expect_true(all(vapply(hooks, is.null, NA)))
})

test_that("each hook is optional", {
  hooks <- hooks_of("output_fn <- function(prediction, newdata) prediction")
  expect_null(hooks$input_fn)
  expect_null(hooks$predict_fn)
  expect_identical(hooks$output_fn(5), 5)
})

test_that("what has a hook's name but is no function is no hook", {
  expect_null(hooks_of("input_fn <- 'input.csv'")$input_fn)
})

test_that("a function of that name elsewhere is no hook", {
  local_globals(output_fn = function(prediction, newdata) stop("not mine"))
  expect_null(hooks_of("x <- 1")$output_fn)
})

test_that("hooks see the model, factor_levels, reject and their helpers", {
  served <- serve(
    m = lm(time ~ pace, runners), factor_levels = list(gender = c("F", "M")),
    script = c("helper <- function() names(coef(model))",
               "output_fn <- function(prediction, newdata) {",
               "  list(helper(), factor_levels, reject)",
               "}")
  )
  seen <- served$hooks$output_fn(1, 2)
  expect_identical(seen[[1]], c("(Intercept)", "pace"))
  expect_identical(seen[[2]], list(gender = c("F", "M")))
  expect_identical(seen[[3]], bridge$reject)
})

test_that("the script may use the model while it is read", {
  hooks <- hooks_of("slope <- coef(model)[['pace']]",
                    "output_fn <- function(prediction, newdata) slope")
  expect_identical(hooks$output_fn(), coef(lm(time ~ pace, runners))[["pace"]])
})

test_that("what the script binds stays out of the global environment", {
  hooks_of("bridge_tested_helper <- 1")
  expect_false(exists("bridge_tested_helper", globalenv()))
})

test_that("a script that stops is told with its reason", {
  expect_identical(refused("stop('no such thing')"),
                   "inference.R stops with an error: no such thing")
  expect_match(refused("library(bridge.tested.absent)"),
               "inference.R stops with an error: .*bridge.tested.absent")
})

test_that("a script that is no R is told with the place", {
  expect_match(refused("x <- 1", "f <- function( {"),
               "inference.R stops with an error: 2:16: unexpected")
})

test_that("a script that refuses rows while it is read is told", {
  condition <- tryCatch(hooks_of("reject('too early')"), condition = identity)
  expect_s3_class(condition, "not_servable")
})
