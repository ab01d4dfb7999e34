# A plumber service for a model folder: Rscript plumber.R FOLDER PORT

source("benchmarks/model.R")
arguments <- commandArgs(trailingOnly = TRUE)
found <- read_folder(arguments[1])

invocations <- function(req) {
  answer(found, as_newdata(found, req$body$hmtime, req$body$gender))
}

router <- plumber::pr_post(plumber::pr(), "/invocations", invocations)
plumber::pr_run(router, host = "127.0.0.1", port = as.integer(arguments[2]),
                docs = FALSE, quiet = TRUE)
