# Formulas that hold parameters beside variables.

# The model keeps its data in an environment.
predictors.nls <- function(model, saved_levels, known = character()) {
  formula <- stats::formula(model)
  data <- model$m$getEnv()
  parameters <- names(model$m$getPars())
  wanted <- setdiff(all.vars(formula[[3]]), c(parameters, known))
  if (length(model$dataClasses)) wanted <- intersect(wanted, names(model$dataClasses))
  wanted <- Filter(function(v) exists(v, envir = data, inherits = FALSE), wanted)
  do.call(c, lapply(wanted, function(name) {
    category_or_column(name, data[[name]], saved_levels[[name]])
  }))
}

predictors.nlrq <- predictors.nls

model_terms.nls <- function(model) NULL

model_terms.nlrq <- model_terms.nls
