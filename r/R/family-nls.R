# Formulas that hold parameters beside variables.

predictors.nls <- function(model, saved_levels, known = character()) {
  parameters <- names(model$m$getPars())
  env <- environment(stats::formula(model))
  variables <- setdiff(all.vars(stats::formula(model)[[3]]), c(parameters, known))
  data <- names(model$dataClasses)
  variables <- Filter(function(v) v %in% data || !exists(v, envir = env), variables)
  lapply(variables, field, type = "number")
}

model_terms.nls <- function(model) NULL
