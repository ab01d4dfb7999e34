# Runs the tests of r/ on its sources, nothing installed. As in the server, its functions see
# each other and base R alone: what they need of other packages they name, package::name.
functions <- new.env(parent = baseenv())
for (file in list.files("r/R", "[.]R$", full.names = TRUE)) {
  sys.source(file, envir = functions)
}
testthat::test_dir(
  "r/tests/testthat",
  env = list2env(as.list(functions, all.names = TRUE), parent = globalenv()),
  reporter = testthat::ProgressReporter$new(update_interval = Inf),
  load_package = "none",
  stop_on_warning = TRUE
)
