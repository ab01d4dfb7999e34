# caret: the training data are in the object, with the response as .outcome.

predictors.train <- function(model, saved_levels, known = character()) {
  if (!is.null(model$terms) || is.null(model$trainingData)) {
    return(predictors.default(model, saved_levels, known))
  }
  data <- model$trainingData
  names <- setdiff(names(data), c(".outcome", ".weights", known))
  do.call(c, lapply(names, function(name) {
    category_or_column(name, data[[name]], saved_levels[[name]])
  }))
}
