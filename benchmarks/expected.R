# What R answers to single records: Rscript expected.R FOLDER
# Lines "hmtime<TAB>gender" come in, a marathon time goes out for each.

source("benchmarks/model.R")
found <- read_folder(commandArgs(trailingOnly = TRUE)[1])
records <- read.delim(file("stdin"), header = FALSE, colClasses = "character")
for (i in seq_len(nrow(records))) {
  newdata <- as_newdata(found, records[i, 1], records[i, 2])
  writeLines(answer(found, newdata)$marathon_time)
}
