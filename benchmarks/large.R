# A model of some 300 MB: Rscript large.R KIND FILE, where KIND is lm or randomForest. Fits it
# and saves it to FILE if that is not there. Else reads it, predicts for x1 = 0.5, x2 = 0.25
# and 0 for the rest, and prints the MiB that this process takes then, and the prediction.

fit_lm <- function() {
  rows <- 1000000L
  data <- as.data.frame(matrix(runif(rows * 10), rows, dimnames = list(NULL, paste0("x", 1:10))))
  data$y <- data$x1 - data$x2 + rnorm(rows)
  lm(y ~ ., data)
}

fit_forest <- function() {
  rows <- 16000L
  x <- as.data.frame(matrix(runif(rows * 10), rows, dimnames = list(NULL, paste0("x", 1:10))))
  randomForest::randomForest(x, x$x1 - x$x2 + rnorm(rows), ntree = 850, mtry = 1)
}

pss_mib <- function() {
  rollup <- readLines("/proc/self/smaps_rollup")
  as.numeric(gsub("[^0-9]", "", grep("^Pss:", rollup, value = TRUE))) / 1024
}

arguments <- commandArgs(trailingOnly = TRUE)
kind <- arguments[1]
file <- arguments[2]
if (!file.exists(file)) {
  set.seed(1)
  model <- if (kind == "lm") fit_lm() else fit_forest()
  saveRDS(model, file, compress = FALSE)
} else {
  if (kind == "randomForest") suppressPackageStartupMessages(library(randomForest))
  model <- readRDS(file)
  newdata <- as.data.frame(as.list(c(0.5, 0.25, numeric(8))), col.names = paste0("x", 1:10))
  for (i in 1:100) prediction <- predict(model, newdata)
  cat(pss_mib(), sprintf("%a", prediction))
}
