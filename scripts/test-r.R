# Runs the tests of r/ on its sources; a warning fails them too.
testthat::test_dir(
  "r/tests/testthat",
  reporter = testthat::ProgressReporter$new(
    show_praise = FALSE, max_failures = Inf, update_interval = Inf
  ),
  load_package = "none",
  stop_on_warning = TRUE
)
