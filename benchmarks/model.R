# The marathon model in plain R, as anybody would use it: nothing of the service.

# As in the service's hooks; a benchmark sends no rows that are refused.
reject <- function(message, rows, field) {
  if (any(rows)) stop(message)
}

# The saved objects and the hooks of a model folder, in one environment.
read_folder <- function(folder) {
  found <- new.env(parent = globalenv())
  load(file.path(folder, "model.RData"), envir = found)
  sys.source(file.path(folder, "inference.R"), envir = found)
  found
}

as_newdata <- function(found, hmtime, gender) {
  levels <- found$factor_levels$gender
  data.frame(hmtime = hmtime, gender = factor(gender, levels = levels))
}

answer <- function(found, newdata) {
  newdata <- found$input_fn(newdata)
  found$output_fn(predict(found$marathon_lm, newdata), newdata)
}
