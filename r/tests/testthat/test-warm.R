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
