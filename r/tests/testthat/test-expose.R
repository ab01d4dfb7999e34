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

test_that("an object that the model would use instead of R's own is refused", {
  objects <- function(...) list2env(list(...), parent = emptyenv())
  model <- lm(log(time) ~ log(pace), runners)
  refused_for <- function(...) bridge$hidden_objects(objects(...), model)
  expect_identical(refused_for(log = function(x) x + 100), "log")
  expect_identical(refused_for(sqrt = function(x) x, note = 1), character())
  expect_identical(refused_for(predict.lm = function(...) 42), "predict.lm")
  bent <- function(x) round(x)
  model <- lm(time ~ bent(pace), runners)
  expect_identical(refused_for(bent = bent, round = function(x) 0), "round")
  expect_error(bridge$refuse_hidden(objects(round = function(x) 0, bent = bent), model),
               "an object of its own called round", class = "not_servable")
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
