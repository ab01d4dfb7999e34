# Runs the tests of r/R: `Rscript testthat.R` in this folder.

testthat::test_dir("testthat", stop_on_failure = TRUE)
