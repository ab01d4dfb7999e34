# What one row costs R itself: Rscript floor.R FOLDER CALLS
# Prints the median microseconds of predict() alone, and of predict() with hooks.

source("benchmarks/model.R")
arguments <- commandArgs(trailingOnly = TRUE)
found <- read_folder(arguments[1])
calls <- as.integer(arguments[2])
newdata <- as_newdata(found, "1:30:20", "M")
ready <- found$input_fn(newdata)
model <- found$marathon_lm

median_time <- function(call) {
  for (i in seq_len(200)) call() # so that R compiles what it runs often
  seconds <- numeric(calls)
  for (i in seq_len(calls)) {
    began <- Sys.time()
    call()
    seconds[i] <- difftime(Sys.time(), began, units = "secs")
  }
  round(1e6 * median(seconds), 1)
}

cat(median_time(function() predict(model, ready)),
    median_time(function() answer(found, newdata)), "\n")
