report_of <- function(..., script = NULL, inputs = NULL, env = parent.frame()) {
  bridge$report(serve(..., script = script, inputs = inputs, env = env))
}

codes <- function(report) vapply(report$warnings, `[[`, "", "code")

warning_text <- function(report, code) {
  Filter(function(w) w$code == code, report$warnings)[[1]]$text
}

fitted <- lm(time ~ pace + gender, runners)

test_that("the objects of the file are told, the heaviest first", {
  report <- report_of(m = fitted, note = "clutter", x = rnorm(5000))
  expect_identical(vapply(report$objects, `[[`, "", "name"), c("x", "m", "note"))
  expect_identical(report$objects[[1]]$shape, "length 5000")
  expect_gt(report$objects[[1]]$bytes, 40000)
  expect_lt(report$objects[[1]]$bytes, 40200)
  expect_identical(report$objects[[2]]$class, "lm")
})

test_that("formula, rows, hooks and usual values are told", {
  report <- report_of(m = fitted, script = "output_fn <- function(prediction, newdata) prediction")
  expect_identical(report$formula, "time ~ pace + gender")
  expect_equal(report$rows, 8)
  expect_identical(report$hooks, "output_fn")
  expect_identical(report$typical, list(pace = 5.5, gender = "F"))
  expect_length(report$warnings, 0)
})

test_that("usual values are taken from all over a long column", {
  rows <- runners[rep(1:8, c(rep(1, 7), 30000)), ]
  rows$time <- rows$time + seq_len(nrow(rows))
  expect_identical(report_of(m = lm(time ~ pace, rows))$typical, list(pace = runners$pace[8]))
  some <- bridge$some_of(seq_len(25000))
  expect_length(some, 10000)
  expect_identical(range(some), c(1L, 25000L))
})

test_that("a model fitted in a function carries what that held", {
  fit <- function(data) {
    heavy <- numeric(50000)
    lm(time ~ pace, data)
  }
  report <- report_of(m = fit(runners))
  environment <- report$environments[[1]]
  expect_identical(environment$of, "formula")
  expect_gt(environment$bytes, 400000)
  expect_identical(environment$objects[[1]]$name, "heavy")
  expect_lt(report$bytes, 20000)
})

test_that("an argument is weighed, and neither promises nor active bindings are run", {
  ran <- new.env()
  fit <- function(data, never) {
    makeActiveBinding("active", function() ran$active <- TRUE, environment())
    lm(time ~ pace, data)
  }
  rows <- runners[rep(1:8, 2000), ]
  # In a file an argument that nobody used waits with its code.
  model <- fit(rows, {
    ran$promise <- TRUE
    1
  })
  captured <- bridge$captured_environments(model)
  table <- bridge$environment_table(captured, environment(formula(model)))
  expect_identical(ls(ran), character())
  of <- vapply(table, `[[`, "", "of")
  held <- table[[match("formula", of)]]$objects[[1]]
  expect_identical(held$name, "data, never")
  expect_identical(held$class, "argument")
  expect_gt(held$bytes, bridge$bytes_of(rows) * 0.99)
})

test_that("environments that refer to each other are weighed once", {
  a <- new.env(parent = emptyenv())
  b <- new.env(parent = a)
  a$b <- b
  b$x <- numeric(1000)
  expect_setequal(bridge$captured_environments(list(b, b)), list(a, b))
  table <- bridge$environment_table(list(a, b), b)
  expect_identical(vapply(table, `[[`, "", "of"), c("formula", "around the formula"))
  expect_gt(table[[1]]$bytes, 8000)
  expect_lt(table[[2]]$bytes, 500)
})

test_that("constants are told with the place where R finds them", {
  found <- report_of(m = lm(time ~ I(pace * pi), runners))$constants
  expect_identical(found, list(list(name = "pi", from = "R's base", value = "3.14159265358979")))
  km <- 1.609
  found <- report_of(m = lm(time ~ I(pace * km), runners))$constants
  expect_identical(found, list(list(
    name = "km", from = "the environment saved with the formula", value = "1.609"
  )))
  formula <- as.formula("time ~ I(pace * km)", globalenv())
  model <- local({
    local_globals(km = 1.609)
    lm(formula, runners)
  })
  found <- report_of(m = model, km = 1.609, runners = runners)$constants
  expect_identical(found[[1]]$from, "the file")
})

test_that("the middle of a number is known where poly(), ns() or scale() has kept it", {
  for (formula in c(time ~ poly(pace, 2), time ~ splines::ns(pace, 2), time ~ scale(pace))) {
    environment(formula) <- globalenv()
    typical <- report_of(m = lm(formula, data.frame(runners)))$typical
    expect_gt(typical$pace, 5.5)
    expect_lt(typical$pace, 6.1)
  }
})

test_that("a model without its residuals is told, with what intervals will use", {
  stripped <- fitted
  stripped$residuals <- NULL
  text <- warning_text(report_of(m = stripped), "residuals_stripped")
  expect_match(text, format(sigma(fitted), digits = 4), fixed = TRUE)
  stripped$effects <- stripped$model <- NULL
  expect_match(warning_text(report_of(m = stripped), "residuals_stripped"), "are refused")
})

test_that("levels that are refused are named, whichever side lacks them", {
  report <- report_of(m = fitted, factor_levels = list(gender = c("F", "M", "X", "Y")))
  expect_identical(codes(report), "levels_refused")
  expect_match(report$warnings[[1]]$text, "gender: \"X\", \"Y\" are in factor_levels, but not")
  report <- report_of(m = fitted, factor_levels = list(gender = "F"))
  expect_match(report$warnings[[1]]$text, "gender: \"M\" is in the model, but not")
})

test_that("a glm whose class was changed to lm answers on the scale of the link", {
  model <- glm(fast ~ pace, binomial, runners)
  attributes(model)$class <- "lm"
  text <- warning_text(report_of(m = model), "family_ignored")
  expect_match(text, "family binomial.*log-odds")
  hook <- sub("^[^\n]*\n", "", text)
  served <- serve(m = model, script = strsplit(hook, "\n")[[1]])
  class(model) <- c("glm", "lm")
  expected <- unname(predict(model, data.frame(pace = c(5, 6)), type = "response"))
  expect_identical(prediction(ask(served, c(5, 6))), expected)
})

test_that("functions of all rows of a request are named", {
  told <- function(formula) {
    warning_text(report_of(m = lm(formula, runners)), "depends_on_the_request")
  }
  expect_match(told(time ~ I(pace - mean(pace))), "works with mean() of the rows", fixed = TRUE)
  expect_match(told(time ~ I(scale(pace)^2)), "scale()", fixed = TRUE)
  expect_match(told(time ~ cut(pace, 2)), "cut()", fixed = TRUE)
})

test_that("functions whose parameters fitting has fixed are not", {
  center <- 6
  for (formula in c(time ~ scale(pace) + poly(pace, 2), time ~ cut(pace, c(0, 6, 9)),
                    time ~ I(pace - mean(center)))) {
    expect_false("depends_on_the_request" %in% codes(report_of(m = lm(formula, runners))))
  }
})

test_that("what may be a constant or a field is told where nothing tells them apart", {
  model <- lm(as.formula("time ~ I(pace / mile)", globalenv()), data.frame(runners, mile = 2))
  expect_match(warning_text(report_of(m = model), "constant_or_field"), "pace, mile")
  expect_false("constant_or_field" %in% codes(report_of(m = lm(time ~ I(pace * fast), runners))))
})

test_that("a BLAS that is not the reference one is told", {
  expect_identical(bridge$blas_warning("libopenblasp-r0.3.21.so")[[1]]$code, "other_blas")
  expect_null(bridge$blas_warning("blas/libblas.so.3.11.0"))
})

test_that("text that is not UTF-8 is told all the same", {
  latin1 <- "caf\xe9"
  Encoding(latin1) <- "latin1"
  expect_identical(bridge$in_utf8(c(latin1, "\xff")), c("caf\u00e9", "<ff>"))
})

test_that("packages that must be installed are told, without what they bring along", {
  script <- c(
    "output_fn <- function(prediction, newdata) helper(prediction)",
    "helper <- function(x) {",
    "  if (requireNamespace(\"tinyone\", quietly = TRUE)) tinytwo::tidy(x) else library(tinythree)",
    "  library(x, character.only = TRUE)",
    "  stats::sd(sapply(x, tinyfour:::part))",
    "}"
  )
  needed <- report_of(m = fitted, script = script)$needed
  expect_false(any(c("x", "stats", "base") %in% needed))
  plain <- report_of(m = fitted)$needed
  expect_identical(setdiff(needed, plain), c("tinyfour", "tinyone", "tinythree", "tinytwo"))
  loadNamespace("mgcv")
  after <- report_of(m = fitted)$needed
  expect_identical(setdiff(after, plain), setdiff("mgcv", plain))
})
