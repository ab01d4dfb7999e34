# Long requests in plain R: Rscript bulk.R make FOLDER ROWS writes models and data,
# answers FOLDER CASE what R answers; predict FOLDER CASE prints the seconds, and those of
# CPU, of predict() alone and of the hooks and predict(); base or table FOLDER CASE does
# what a script of one's own would do.

source("benchmarks/model.R")
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[2]

cars_like <- function(n) {
  data.frame(
    a = round(rnorm(n, 50, 10), 3), b = round(rnorm(n), 6), c = round(runif(n), 5),
    d = sample(1:100, n, TRUE) + 0, e = round(rexp(n), 4),
    region = factor(sample(c("east", "north", "south", "west"), n, TRUE)),
    kind = factor(sample(letters[1:8], n, TRUE))
  )
}

times_like <- function(n) {
  clock <- sprintf("%d:%02d:%02d", sample(1:2, n, TRUE), sample(0:59, n, TRUE),
                   sample(0:59, n, TRUE))
  data.frame(hmtime = clock, gender = factor(sample(c("F", "M"), n, TRUE)))
}

make <- function(rows) {
  set.seed(1)
  small <- cars_like(2000)
  small$y <- 1 + 0.2 * small$a + small$b + rnorm(2000)
  model <- lm(y ~ a + b + c + d + e + region + kind, small)
  dir.create(file.path(folder, "lm"))
  save(model, file = file.path(folder, "lm", "model.RData"))
  write(cars_like(rows), "lm")
  write(times_like(rows), "marathon")
}

write <- function(data, case) {
  saveRDS(data, file.path(folder, paste0(case, ".rds")), compress = FALSE)
  write.csv(data, file.path(folder, paste0(case, ".csv")), row.names = FALSE, quote = FALSE)
}

# The model, and what its owner does before and after predict().
loaded <- function(case) {
  if (case == "marathon") {
    found <- read_folder("models/marathon")
    return(list(model = found$marathon_lm, before = found$input_fn,
                after = function(p, data) found$output_fn(p, data)[[1]]))
  }
  found <- new.env()
  load(file.path(folder, case, "model.RData"), envir = found)
  list(model = found$model, before = identity, after = function(p, data) p)
}

# Elapsed, and of CPU.
seconds_of <- function(call) {
  times <- system.time(call())
  c(times[["elapsed"]], times[["user.self"]] + times[["sys.self"]])
}

predicted <- function(case) {
  found <- loaded(case)
  data <- readRDS(file.path(folder, paste0(case, ".rds")))
  ready <- found$before(data)
  alone <- function() predict(found$model, ready)
  whole <- function() found$after(predict(found$model, found$before(data)), data)
  alone()
  medians <- function(call) apply(replicate(3, seconds_of(call)), 1, median)
  cat(medians(alone), medians(whole), "\n")
}

scripted <- function(case, read, write) {
  found <- loaded(case)
  data <- found$before(read(file.path(folder, paste0(case, ".csv"))))
  out <- data.frame(prediction = found$after(predict(found$model, data), data))
  write(out, file.path(folder, "answer.csv"))
}

# What the service must answer: doubles as they are, or a text a line.
answers <- function(case) {
  found <- loaded(case)
  data <- readRDS(file.path(folder, paste0(case, ".rds")))
  answer <- found$after(predict(found$model, found$before(data)), data)
  path <- file.path(folder, paste0(case, ".answers"))
  if (is.character(answer)) writeLines(answer, path) else writeBin(unname(answer), path)
}

switch(
  arguments[1],
  answers = answers(arguments[3]),
  make = make(as.integer(arguments[3])),
  predict = predicted(arguments[3]),
  base = scripted(arguments[3], function(path) read.csv(path, stringsAsFactors = FALSE),
                  function(data, path) write.csv(data, path, row.names = FALSE)),
  table = scripted(arguments[3],
                   function(path) as.data.frame(data.table::fread(path, stringsAsFactors = FALSE)),
                   function(data, path) data.table::fwrite(data, path))
)
