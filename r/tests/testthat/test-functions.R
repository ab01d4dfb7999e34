# The functions of r/R as they are loaded: compiled, or from their sources.

# A folder like r/ of two small files; compile.R is run as a setup does.
r_folder <- function(env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = env)
  dir.create(file.path(folder, "R"))
  file.copy(testthat::test_path("..", "..", c("compile.R", "functions.R")), folder)
  writeLines("twice <- function(x) 2 * x", file.path(folder, "R", "a.R"))
  writeLines("limit <- twice(3)", file.path(folder, "R", "b.R"))
  folder
}

compiled <- function(folder) {
  program <- file.path(R.home("bin"), "Rscript")
  system2(program, c("--vanilla", shQuote(file.path(folder, "compile.R"))))
  folder
}

functions_in <- function(folder) {
  reading <- new.env(parent = baseenv())
  sys.source(file.path(folder, "functions.R"), reading)
  reading$functions_in(folder)
}

is_compiled <- function(f) any(grepl("^<bytecode", utils::capture.output(print(f))))

test_that("they are read from their sources, in the order of the files' names", {
  functions <- functions_in(r_folder())
  expect_identical(functions$limit, 6)
  expect_identical(parent.env(functions), baseenv())
  expect_false(is_compiled(functions$twice))
})

test_that("once compiled they are read as they were compiled, with all that is beside them", {
  functions <- functions_in(compiled(r_folder()))
  expect_true(is_compiled(functions$twice))
  expect_identical(functions$twice(4), 8)
  expect_identical(functions$limit, 6)
  expect_identical(environment(functions$twice), functions)
  expect_identical(parent.env(functions), baseenv())
})

test_that("the sources are the truth: what was compiled of others counts for nothing", {
  folder <- compiled(r_folder())
  writeLines("twice <- function(x) x + x + 0", file.path(folder, "R", "a.R"))
  expect_false(is_compiled(functions_in(folder)$twice))
  folder <- compiled(folder)
  expect_true(is_compiled(functions_in(folder)$twice))
  writeLines("more <- 1", file.path(folder, "R", "c.R"))
  expect_identical(functions_in(folder)$more, 1)
})

test_that("so does what another R has compiled, or a damaged file", {
  folder <- compiled(r_folder())
  file <- file.path(folder, "compiled.rds")
  made <- readRDS(file)
  made$of[[1]] <- "R version 4.0.0"
  saveRDS(made, file)
  expect_false(is_compiled(functions_in(folder)$twice))
  writeBin(as.raw(1:100), file)
  expect_identical(functions_in(folder)$limit, 6)
})
