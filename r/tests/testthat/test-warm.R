# Warming up, for a process from which models are forked.

test_that("warming up leaves nothing that a model could see", {
  search <- search()
  objects <- ls(globalenv(), all.names = TRUE)
  options <- options()
  files <- list.files(tempdir(), pattern = "[.]rds$")
  bridge$warm_up()
  expect_identical(search(), search)
  expect_identical(ls(globalenv(), all.names = TRUE), objects)
  expect_identical(options(), options)
  expect_identical(list.files(tempdir(), pattern = "[.]rds$"), files)
})

test_that("what is compiled answers as before", {
  functions <- list2env(list(double = function(x) 2 * x, kept = 3))
  bridge$compile_all(functions)
  expect_identical(functions$double(21), 42)
  expect_identical(functions$kept, 3)
})
