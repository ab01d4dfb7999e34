# Objects of the file are seen by formulas, and stand before nothing of R's own.

test_that("constants and functions of the file are found from the global environment", {
  local_exposed(per = 60, doubled = function(x) 2 * x)
  expect_identical(evalq(doubled(per), globalenv()), 120)
  expect_identical(ls(globalenv(), pattern = "^per$"), character())
})

test_that("what R has is not shadowed", {
  local_exposed(pi = 3, T = FALSE, predict = function(...) "shadow",
                predict.lm = function(...) "shadow", sum = function(...) "shadow",
                c = 299792458)
  expect_identical(evalq(pi, globalenv()), base::pi)
  expect_true(get("T", globalenv()))
  expect_identical(evalq(sum(1, 2), globalenv()), 3)
  model <- lm(time ~ pace, runners)
  expect_identical(predict_by_bridge(model, runners), predict(model, runners))
  expect_identical(evalq(c, globalenv()), 299792458)
  expect_identical(evalq(c(1, 2), globalenv()), base::c(1, 2))
})

test_that("a predict method of the file answers for its class", {
  local_exposed(predict.homemade = function(object, newdata, ...) newdata$pace * 2)
  model <- structure(list(terms = terms(time ~ pace, data = runners)),
                     class = "homemade")
  expect_true(bridge$is_model(model))
  served <- bridge$assembled(model, NULL, list(), list(input("pace", "number")),
                             NULL, "m")
  expect_identical(prediction(bridge$call_model(served, list(4), c(1L, 1L))), 8)
})
