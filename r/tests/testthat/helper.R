# What every test starts from: the functions of r/R, as a worker holds them, and
# small models, saved as their owners would save them.

# In an environment whose parent is base, so that a function that leans on an
# attached package or on the global environment fails here as it would there.
bridge <- new.env(parent = baseenv())
local({
  files <- list.files(testthat::test_path("..", "..", "R"), full.names = TRUE)
  stopifnot(length(files) > 0)
  for (file in files) sys.source(file, envir = bridge, keep.source = FALSE)
})

runners <- data.frame(
  time = c(10.5, 12.25, 9.75, 14, 11.5, 13.25, 10, 12.75),
  pace = c(5, 6.5, 4.25, 7.75, 5.5, 7, 4.75, 6.25),
  gender = factor(rep(c("F", "M"), 4)),
  club = rep(c("north", "south", "east", "north"), 2),
  fast = rep(c(TRUE, FALSE, FALSE, TRUE), 2),
  size = factor(rep(c("S", "M", "L", "S"), 2), c("S", "M", "L"), ordered = TRUE)
)

# A folder of its own for one test, with the objects in `...` saved to model.rda
# and `script` as inference.R. Gives arguments for serve_model().
model_folder <- function(..., script = NULL, env = parent.frame()) {
  dir <- withr::local_tempdir(.local_envir = env)
  objects <- list(...)
  arguments <- list(dir = dir)
  if (length(objects)) {
    arguments$file <- file.path(dir, "model.rda")
    save(list = names(objects), envir = list2env(objects),
         file = arguments$file)
  }
  if (!is.null(script)) {
    arguments$script <- file.path(dir, "inference.R")
    writeLines(script, arguments$script)
  }
  arguments
}

# serve_model() of such a folder.
serve <- function(..., script = NULL, inputs = NULL, env = parent.frame()) {
  arguments <- model_folder(..., script = script, env = env)
  do.call(bridge$serve_model, c(arguments, list(inputs = inputs)))
}

# A field as bridge.toml declares it.
input <- function(name, type, levels = character(), saved = NULL) {
  list(name = name, type = type, levels = levels, saved = saved)
}

# call_model() of `requests` requests.
ask <- function(served, ..., rows = length(..1), requests = 1) {
  bridge$call_model(served, list(...), as.integer(c(rows, requests)))
}

# The one column of a plain answer.
prediction <- function(answer) {
  testthat::expect_identical(answer[[1]], "answer")
  answer[[4]][[1]]
}

names_of <- function(fields) vapply(fields, `[[`, "", "name")

# Binds `values` in the global environment until the test ends.
local_globals <- function(..., env = parent.frame()) {
  values <- list(...)
  list2env(values, envir = globalenv())
  withr::defer(rm(list = names(values), envir = globalenv()), envir = env)
}

# What call_model() has at hand for a model without hooks.
served_model <- function(model, levels = NULL) {
  bridge$assembled(model, levels, list(), NULL, NULL, "m")
}

# The value that predict() is asked for, with what a request sets.
predict_by_bridge <- function(model, newdata, parameters = NULL) {
  bridge$default_predict(served_model(model), newdata, parameters)
}

# Attaches objects as those of a model file are, until the test ends.
local_exposed <- function(..., env = parent.frame()) {
  bridge$expose(list2env(list(...), parent = emptyenv()))
  withr::defer(detach("rbridge:objects"), envir = env)
}
