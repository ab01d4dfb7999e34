obstacle <- function(formula, data = runners) {
  bridge$merge_obstacle(lm(formula, data))
}

test_that("formulas of row-wise functions can be merged", {
  formulas <- list(
    time ~ pace, time ~ 1, time ~ 0 + pace, time ~ pace * gender,
    time ~ poly(pace, 2), time ~ poly(pace, 2) * gender,
    time ~ splines::ns(pace, 3), time ~ splines::bs(pace, df = 4),
    time ~ scale(pace), time ~ I(pace^2) + log(pace + 1), time ~ club + size,
    time ~ sqrt(abs(pace)) + exp(-pace), time ~ offset(2 * pace),
    time ~ I(pace > 5) + pmin(pace, 6), time ~ ifelse(fast, pace, 0),
    time ~ factor(club), time ~ base::log(pace), time ~ sin(2 * pi * pace)
  )
  for (formula in formulas) {
    expect_identical(obstacle(formula), "", label = deparse(formula))
  }
})

test_that("the response may be anything", {
  expect_identical(obstacle(scale(time)[, 1] ~ pace), "")
})

test_that("a glm can be merged as an lm can", {
  model <- glm(fast ~ pace, binomial(), runners)
  expect_identical(bridge$merge_obstacle(model), "")
})

test_that("a formula that looks at other rows cannot, and why is told", {
  culprits <- list(
    "mean()" = time ~ I(pace - mean(pace)), "rank()" = time ~ rank(pace),
    "cumsum()" = time ~ log(cumsum(pace)), "rev()" = time ~ rev(pace),
    "max()" = time ~ pmin(pace, max(pace)), "cut()" = time ~ cut(pace, 2),
    "[()" = time ~ I(pace / pace[1]), "ave()" = time ~ stats::ave(pace, club)
  )
  for (name in names(culprits)) {
    expect_identical(
      obstacle(culprits[[name]]),
      paste(name, "in the formula is not known to be row by row")
    )
  }
})

test_that("poly without fixed coefficients cannot", {
  expect_match(obstacle(time ~ poly(pace, 2, raw = TRUE)), "^poly\\(\\)")
})

test_that("a function of the user's own cannot", {
  log_of <- function(x) log(x)
  expect_match(obstacle(time ~ log_of(pace)), "^log_of\\(\\)")
})

test_that("a function that only has the name of a row-wise one cannot", {
  log <- function(x) x - mean(x)
  expect_match(obstacle(time ~ log(pace)), "log")
})

test_that("predict methods that nobody has read cannot", {
  model <- loess(time ~ pace, runners)
  expect_match(bridge$merge_obstacle(model), "predict\\(\\) of class loess")
  model <- structure(lm(time ~ pace, runners), class = c("mine", "lm"))
  expect_match(bridge$merge_obstacle(model), "of class mine/lm is not known")
})

test_that("predictions that are finite and off the limits stay exact", {
  expect_true(bridge$merging_is_exact(c(1, 2), NULL))
  expect_true(bridge$merging_is_exact(matrix(1:4, 2), NULL))
  expect_true(bridge$merging_is_exact(c("a", "b"), NULL))
  expect_true(bridge$merging_is_exact(c(0, 1), NULL))
  for (value in list(NA, NaN, Inf, -Inf)) {
    expect_false(bridge$merging_is_exact(c(1, value), NULL))
  }
  expect_false(bridge$merging_is_exact(c("a", NA), NULL))
  expect_false(bridge$merging_is_exact(list(a = 1, b = NA), NULL))
})

test_that("a probability of 0 or 1 may come of an infinite predictor", {
  model <- glm(fast ~ pace, binomial(), runners)
  limits <- bridge$limits(model)
  expect_true(bridge$merging_is_exact(c(0.5, 0.25), limits))
  expect_false(bridge$merging_is_exact(c(0.5, limits[1]), limits))
  expect_false(bridge$merging_is_exact(c(0.5, limits[2]), limits))
  expect_null(bridge$limits(lm(time ~ pace, runners)))
})

test_that("merged and single answers are the same, bit for bit", {
  many <- runners[rep(1:8, 50), ]
  many$pace <- many$pace + seq_len(400) / 1024
  for (formula in list(time ~ poly(pace, 2) * gender, time ~ log(pace) + fast,
                       time ~ splines::ns(pace, 3), time ~ scale(pace) + club)) {
    model <- lm(formula, runners)
    expect_identical(bridge$merge_obstacle(model), "")
    single <- vapply(seq_len(400), function(i) predict(model, many[i, ]), 0)
    expect_identical(unname(predict(model, many)), unname(single))
  }
})

test_that("with a tuned BLAS requests are not merged", {
  model <- lm(time ~ pace, runners)
  expect_identical(bridge$merge_obstacle(model, "blas/libblas.so.3.11.0"), "")
  expect_identical(bridge$merge_obstacle(model, "lib/libRblas.so"), "")
  expect_match(bridge$merge_obstacle(model, "openblas-pthread/libblas.so.3"),
               "openblas-pthread/libblas.so.3 is not the reference BLAS")
})

mixed <- data.frame(y = sin(1:20), x = 1:20 + 0.5, g = factor(rep(c("a", "b"), 10)),
                    s = rep(0:1, 10))

obstacle <- function(model) bridge$merge_obstacle(model, "blas/libblas.so.3")

test_that("what depends on the other rows is found inside of calls", {
  d <- mixed
  k <- c(1, 2)
  for (formula in c(
    y ~ I(2 * scale(x, TRUE, TRUE)), y ~ I(splines::ns(x, knots = 3) * 2),
    y ~ as.integer(factor(g)), y ~ I(x %in% s), y ~ ifelse(x > 10, x, c(0, 1)),
    y ~ I(x * c(1, -1)), y ~ pmin(x, c(5, 10)), y ~ I(x * k),
    y ~ factor(s, labels = c("m", "f")), y ~ factor(s, 0:1, c("m", "f")), y ~ cut(x, 3)
  )) {
    model <- suppressWarnings(lm(formula, d))  # R itself warns of some
    expect_match(obstacle(model), "not known to be row by row", info = deparse(formula))
  }
})

test_that("what fitting has fixed, and constants, do not depend on them", {
  d <- mixed
  one <- 2
  for (formula in c(
    y ~ poly(x, 2) + scale(x) + splines::ns(x, 3) + splines::bs(x, knots = c(5, 9)),
    y ~ factor(s) + as.factor(g) + I(x^one), y ~ I(s %in% c(1, 3)) + log(x + 1) * g,
    y ~ factor(s, levels = 0:1) + offset(x / 2)
  )) {
    expect_identical(obstacle(lm(formula, d)), "", info = deparse(formula))
  }
})
