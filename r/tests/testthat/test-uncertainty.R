# Intervals and standard errors of models that were stripped.

model <- lm(time ~ pace + gender, runners)
stripped <- function(model, ...) {
  model[c("residuals", "fitted.values", "x", ...)] <- NULL
  model
}
interval <- list(interval = "prediction", level = 0.9)

test_that("a whole model gives what R gives", {
  expect_identical(
    predict_by_bridge(model, runners, interval),
    predict(model, runners, interval = "prediction", level = 0.9)
  )
})

test_that("without residuals they are recovered, never a silent zero", {
  expected <- predict(model, runners, interval = "prediction", level = 0.9)
  for (lost in list(character(), "effects")) {
    found <- predict_by_bridge(stripped(model, lost), runners, interval)
    expect_equal(found, expected, tolerance = 1e-12)
  }
  found <- predict_by_bridge(stripped(model), runners, list(se.fit = TRUE))
  expect_equal(found, predict(model, runners, se.fit = TRUE), tolerance = 1e-12)
})

test_that("so it is where bridge.toml asks for all calls, whatever it calls TRUE", {
  expected <- predict(model, runners, se.fit = TRUE)$se.fit
  for (yes in list(TRUE, 1)) {
    served <- bridge$assembled(stripped(model), NULL, list(), NULL, list(se.fit = yes), "m")
    found <- bridge$default_predict(served, runners, NULL)
    expect_equal(found$se.fit, expected, tolerance = 1e-12)
  }
})

test_that("what cannot be recovered is refused with the reason", {
  bare <- stripped(model, "effects", "model")
  served <- served_model(bare, list(gender = c("F", "M")))
  answer <- bridge$call_model(served, list(5, 1L), c(1L, 1L), interval)
  expect_identical(answer[[1]], "rejected")
  expect_match(answer[[2]], "without its residuals")
})

test_that("a glm has a dispersion of one by its family, or none without residuals", {
  logit <- glm(fast ~ pace, binomial(), runners)
  expect_equal(
    predict_by_bridge(stripped(logit), runners, list(se.fit = TRUE)),
    predict(logit, runners, type = "response", se.fit = TRUE)
  )
  gamma <- stripped(glm(time ~ pace, Gamma(), runners))
  answer <- bridge$call_model(served_model(gamma), list(5), c(1L, 1L),
                              list(se.fit = TRUE))
  expect_match(answer[[2]], "without its residuals")
})
