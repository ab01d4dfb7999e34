# Rscript sizes.R FOLDER: saves FOLDER/lm/model.RData once more as model.rds, which every server
# reads, and prints what predict() alone takes with the data in memory: lines of rows, seconds.

folder <- commandArgs(trailingOnly = TRUE)[1]
load(file.path(folder, "lm", "model.RData"))
saveRDS(model, file.path(folder, "lm", "model.rds"))
unlink(file.path(folder, "lm", "model.RData"))
data <- readRDS(file.path(folder, "lm.rds"))
rows <- 1000
while (rows <= nrow(data)) {
  some <- data[seq_len(rows), ]
  repeats <- if (rows < nrow(data)) 9 else 3
  predict(model, some)
  seconds <- replicate(repeats, {
    began <- Sys.time()
    predict(model, some)
    as.numeric(difftime(Sys.time(), began, units = "secs"))
  })
  cat(rows, median(seconds), "\n")
  rows <- rows * 10
}
