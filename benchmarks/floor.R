# What one row costs R itself: Rscript floor.R FOLDER CALLS
# Prints the median microseconds of predict() alone, and of predict() with hooks.

source("benchmarks/model.R")
arguments <- commandArgs(trailingOnly = TRUE)
found <- read_folder(arguments[1])
calls <- as.integer(arguments[2])
newdata <- as_newdata(found, "1:30:20", "M")
ready <- found$input_fn(newdata)
model <- found$marathon_lm

seconds_of <- function(call) {
  began <- Sys.time()
  call()
  difftime(Sys.time(), began, units = "secs")
}

# In turns, so that both meet the same machine; the first ones only make R compile.
warmup <- 200
seconds <- matrix(0, 2, warmup + calls)
for (i in seq_len(warmup + calls)) {
  seconds[1, i] <- seconds_of(function() predict(model, ready))
  seconds[2, i] <- seconds_of(function() answer(found, newdata))
}
medians <- apply(seconds[, -seq_len(warmup)], 1, median)
cat(round(1e6 * medians, 1), "\n")
