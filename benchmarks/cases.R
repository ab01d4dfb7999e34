# The models that are compared, in plain R. Rscript cases.R fit CASE FOLDER fits one, with a fixed
# seed, and writes model.rds and its rows, rows.csv; answers FOLDER prints what predict() answers to
# each row; floor FOLDER ROWS CALLS prints the mean microseconds of a call for so many rows.
# Others source this file: load_case(FOLDER) is a model as its owner would use it.

source("benchmarks/model.R")

numbers <- function(n, count) {
  as.data.frame(matrix(round(runif(n * count), 4), n, dimnames = list(NULL, paste0("x", 1:count))))
}

places <- function(n) sample(c("east", "north", "south", "west"), n, TRUE)

fits <- list(
  glm = function(n) {
    d <- cbind(numbers(n, 5), region = factor(places(n)))
    d$y <- rbinom(n, 1, plogis(d$x1 - 2 * d$x2 + (d$region == "east")))
    glm(y ~ ., binomial, d)
  },
  randomForest = function(n) {
    d <- numbers(n, 8)
    randomForest::randomForest(d, d$x1 + 2 * d$x2 * d$x3 + rnorm(n, sd = 0.1), ntree = 500)
  },
  gam = function(n) {
    d <- cbind(numbers(n, 3), region = factor(places(n)))
    d$y <- sin(6 * d$x1) + d$x2^2 + (d$region == "east") + rnorm(n, sd = 0.2)
    mgcv::gam(y ~ s(x1) + s(x2) + s(x3) + region, data = d)
  },
  wide = function(n) {
    d <- numbers(n, 45)
    for (i in 1:5) d[[paste0("place", i)]] <- factor(places(n))
    d$y <- d$x1 - d$x2 + (d$place1 == "east") + rnorm(n)
    lm(y ~ ., d)
  }
)

new_rows <- list(
  glm = function(n) cbind(numbers(n, 5), region = places(n)),
  randomForest = function(n) numbers(n, 8),
  gam = function(n) cbind(numbers(n, 3), region = places(n)),
  wide = function(n) {
    d <- numbers(n, 45)
    for (i in 1:5) d[[paste0("place", i)]] <- places(n)
    d
  }
)

fit <- function(case, folder) {
  set.seed(1)
  saveRDS(fits[[case]](2000), file.path(folder, "model.rds"))
  rows <- new_rows[[case]](100)
  write.csv(rows, file.path(folder, "rows.csv"), row.names = FALSE, quote = FALSE)
}

# answer(newdata): named list of the answer's columns; newdata has texts where the model has
# factors.
load_case <- function(folder) {
  if (file.exists(file.path(folder, "inference.R"))) {
    found <- read_folder(folder)
    ready <- function(newdata) as_newdata(found, newdata$hmtime, newdata$gender)
    return(list(ready = ready, answer = function(newdata) answer(found, ready(newdata))))
  }
  model <- readRDS(list.files(folder, "[.]rds$", full.names = TRUE)[1])
  for (package in intersect(class(model), c("gam", "randomForest"))) {
    suppressPackageStartupMessages(library(c(gam = "mgcv", randomForest = package)[[package]],
                                           character.only = TRUE))
  }
  ready <- function(newdata) {
    for (field in names(model$xlevels)) {
      newdata[[field]] <- factor(newdata[[field]], levels = model$xlevels[[field]])
    }
    newdata
  }
  predicted <- function(newdata) {
    list(predictions = as.vector(predict(model, newdata, type = "response")))
  }
  list(ready = ready, predict = predicted, answer = function(newdata) predicted(ready(newdata)))
}

rows_of <- function(folder) read.csv(file.path(folder, "rows.csv"))

floor_us <- function(folder, rows, calls) {
  found <- load_case(folder)
  newdata <- found$ready(rows_of(folder)[seq_len(rows), , drop = FALSE])
  seconds <- vapply(seq_len(calls + 50), function(i) {
    began <- Sys.time()
    found$predict(newdata)
    as.numeric(difftime(Sys.time(), began, units = "secs"))
  }, 0)
  cat(round(1e6 * mean(seconds[-seq_len(50)]), 1), "\n")
}

if (sys.nframe() == 0) {
  arguments <- commandArgs(trailingOnly = TRUE)
  switch(
    arguments[1],
    fit = fit(arguments[2], arguments[3]),
    answers = {
      each <- load_case(arguments[2])$answer(rows_of(arguments[2]))
      writeLines(sprintf("%a", each$predictions))
    },
    floor = floor_us(arguments[2], as.integer(arguments[3]), as.integer(arguments[4]))
  )
}
