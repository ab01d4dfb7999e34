# Which packages a model needs.

test_that("a missing package is told with what to install", {
  expect_error(bridge$load_packages("notThere"), paste0(
    "the R package notThere, which is not installed; install it with ",
    "`apt-get install r-cran-notthere` .* or install.packages\\(\"notThere\"\\)"
  ), class = "not_servable")
})

test_that("the class says the package", {
  expect_identical(bridge$package_of("rpart"), "rpart")
  expect_identical(bridge$packages_of_class(lm(time ~ pace, runners)), character())
})

test_that("a predict method of an installed package is found without a table", {
  methods <- bridge$installed_methods()
  expect_true("stats" %in% methods$package[methods$class == "lm"])
})

test_that("functions of the formula say the package", {
  expect_null(bridge$packages_of_terms(lm(time ~ log(pace), runners)))
  expect_identical(bridge$package_of_function("ns"), "splines")
  expect_null(bridge$package_of_function("no.such.function"))
})

test_that("a class that nobody knows does not get the answer of its parent", {
  model <- lm(time ~ pace, runners)
  class(model) <- c("outlandish", "lm")
  expect_error(bridge$check_class(model, NULL), "the method for lm would answer",
               class = "not_servable")
  expect_silent(bridge$check_class(model, "stats"))
})
