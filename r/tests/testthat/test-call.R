pace <- c(5.5, 6.25)
fitted <- lm(time ~ pace, runners)
expected <- unname(predict(fitted, data.frame(pace = pace)))

with_hooks <- function(..., env = parent.frame()) {
  serve(m = fitted, script = c(...), env = env)
}

test_that("an answer has the prediction and its shape", {
  expect_identical(unname(ask(serve(m = fitted), pace)),
                   list("answer", "values", "prediction", list(expected)),
                   ignore_attr = TRUE)
})

test_that("a missing cell gives a missing prediction and no more", {
  found <- prediction(ask(serve(m = fitted), c(5.5, NA)))
  expect_identical(found[1], expected[1])
  expect_true(is.na(found[2]))
})

test_that("columns are told by their place", {
  model <- lm(time ~ gender + pace, runners)
  served <- serve(m = model)
  expect_identical(served$names, c("gender", "pace"))
  newdata <- data.frame(gender = c("M", "F"), pace = pace)
  expect_identical(prediction(ask(served, c(2L, 1L), pace)),
                   unname(predict(model, newdata)))
})

test_that("a model without fields answers each row", {
  served <- serve(m = lm(time ~ 1, runners))
  found <- ask(served, rows = 3L)
  expect_equal(prediction(found), rep(mean(runners$time), 3))
})

test_that("the hooks are asked in turn with what the last one gave", {
  served <- with_hooks(
    "input_fn <- function(newdata) {",
    "  newdata$pace <- newdata$pace * 2",
    "  newdata",
    "}",
    "predict_fn <- function(newdata, model) newdata$pace + coef(model)[[2]]",
    "output_fn <- function(prediction, newdata) {",
    "  list(time = format(prediction), pace = newdata$pace)",
    "}"
  )
  found <- ask(served, pace)
  expect_identical(found[[2]], "columns")
  expect_identical(found[[3]], c("time", "pace"))
  expect_identical(unname(found[[4]]),
                   list(format(pace * 2 + coef(fitted)[[2]]), pace * 2))
})

test_that("rejected rows are told with message and field", {
  served <- with_hooks(
    "input_fn <- function(newdata) {",
    "  reject('too slow', rows = newdata$pace > 6, field = 'pace')",
    "  newdata",
    "}"
  )
  expect_identical(ask(served, c(7, 5, 8)),
                   list("rejected", "too slow", "pace", c(1L, 3L)))
  expect_identical(ask(served, c(4, 5))[[1]], "answer")
})

test_that("every hook may reject, every row or some, with or without a field", {
  for (hook in c("input_fn <- function(newdata) reject('no')",
                 "predict_fn <- function(newdata, model) reject('no')",
                 "output_fn <- function(prediction, newdata) reject('no')")) {
    expect_identical(ask(with_hooks(hook), pace),
                     list("rejected", "no", "", 1:2))
  }
})

test_that("a rejection comes through the hook's own handlers", {
  served <- with_hooks(
    "input_fn <- function(newdata) {",
    "  tryCatch(reject('no', rows = 2), error = function(e) newdata)",
    "}"
  )
  expect_identical(ask(served, pace), list("rejected", "no", "", 2L))
})

test_that("a rejection of rows that are not there is the hook's failure", {
  for (rows in c("0", "3", "-1", "'a'", "NA_integer_", "c(1, NA)", "1e10")) {
    hook <- sprintf("input_fn <- function(x) reject('no', rows = %s)", rows)
    expect_identical(
      ask(with_hooks(hook), pace)[1:2],
      list("failed", "reject() names rows that are not in 1 to 2")
    )
  }
})

test_that("a hook that stops is told; class and call are for the log", {
  served <- with_hooks("output_fn <- function(prediction, newdata) {",
                       "  stop('no luck')",
                       "}")
  expect_identical(ask(served, pace)[1:2], list("failed", "no luck"))
  expect_match(ask(served, pace)[[3]],
               "^simpleError/error/condition in .*output_fn")
})

test_that("an error without a message or a call is told all the same", {
  served <- with_hooks(
    "output_fn <- function(prediction, newdata) {",
    "  stop(structure(class = c('odd', 'error', 'condition'),",
    "                 list(message = NULL, call = NULL)))",
    "}"
  )
  found <- ask(served, pace)
  expect_identical(found[[1]], "failed")
  expect_type(found[[2]], "character")
  expect_length(found[[2]], 1)
})

test_that("infinite recursion is a failure, and the next call is answered", {
  served <- with_hooks(
    "deep <- function(x) deep(x) + 1",
    "input_fn <- function(newdata) {",
    "  if (newdata$pace[1] > 6) deep(1) else newdata",
    "}"
  )
  expect_identical(ask(served, c(7, 5))[[1]], "failed")
  expect_identical(prediction(ask(served, pace)), expected)
})

test_that("warnings are told on stderr and change nothing", {
  served <- with_hooks(
    "input_fn <- function(newdata) {",
    "  warning('odd pace')",
    "  newdata",
    "}"
  )
  withr::local_options(warn = 2)
  expect_message(found <- ask(served, pace), "warning from R: odd pace")
  expect_identical(prediction(found), expected)
})

test_that("a warning is told on one line", {
  served <- with_hooks(
    "input_fn <- function(newdata) {",
    "  warning('odd \\n2026-01-01 ERROR \\033[31m pace')",
    "  newdata",
    "}"
  )
  withr::local_options(warn = 2)
  told <- "warning from R: odd  2026-01-01 ERROR  [31m pace"
  expect_message(ask(served, pace), told, fixed = TRUE)
})

test_that("an answer of the wrong length is a failure", {
  served <- with_hooks("output_fn <- function(p, newdata) p[1]")
  expect_identical(
    ask(served, pace)[1:2],
    list("failed", "the answer's \"prediction\" has 1 values for 2 rows")
  )
})

test_that("input_fn cannot change the number of rows", {
  served <- with_hooks("input_fn <- function(d) d[1, , drop = FALSE]")
  expect_identical(
    ask(served, pace)[1:2],
    list("failed", "input_fn must return a data.frame of 2 rows")
  )
})

test_that("a column that input_fn drops is not read from elsewhere", {
  local_globals(pace = c(1, 2))
  served <- with_hooks("pace <- c(1, 2)",
                       "input_fn <- function(newdata) data.frame(x = 1:2)")
  expect_identical(ask(served, pace)[1:2],
                   list("failed", "newdata lacks what the model wants: pace"))
})

test_that("a column that nobody declares is not read from elsewhere", {
  local_globals(pace = c(1, 2))
  inputs <- list(input("x", "number"))
  found <- tryCatch(ask(serve(m = fitted, inputs = inputs), pace),
                    not_servable = identity)
  expect_false(identical(found[[1]], "answer"))
})

test_that("an offset given as an argument is not read from elsewhere", {
  local_globals(size = c(100, 200))
  grown <- transform(runners, size = 1:8)
  served <- serve(m = lm(time ~ pace, grown, offset = size))
  columns <- list(pace, c(1, 2))[seq_along(served$fields)]
  found <- do.call(ask, c(list(served), columns))
  newdata <- data.frame(pace = pace, size = c(1, 2))
  expect_identical(prediction(found), unname(predict(served$model, newdata)))
})

test_that("merged requests with an answer that is not finite are asked apart", {
  served <- serve(m = fitted)
  expect_identical(ask(served, c(5, NA), requests = 2), list("apart"))
  expect_identical(ask(served, c(5, Inf), requests = 2), list("apart"))
  expect_identical(ask(served, c(5, NA), requests = 1)[[1]], "answer")
  expect_identical(prediction(ask(served, pace, requests = 2)), expected)
})

test_that("requests are asked apart before output_fn hides what is missing", {
  served <- with_hooks("output_fn <- function(prediction, newdata) {",
                       "  ifelse(is.na(prediction), 0, prediction)",
                       "}")
  expect_identical(ask(served, c(5, NA), requests = 2), list("apart"))
  expect_identical(prediction(ask(served, c(5, NA)))[2], 0)
})

test_that("a glm answers with probabilities", {
  model <- glm(fast ~ pace, binomial(), runners)
  expect_identical(
    prediction(ask(serve(m = model), pace)),
    unname(predict(model, data.frame(pace = pace), type = "response"))
  )
})
