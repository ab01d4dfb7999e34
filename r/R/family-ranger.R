# ranger: levels by variable in the forest, the answer in an element.

column_names.ranger <- function(model) model$forest$independent.variable.names

own_levels.ranger <- function(model, name) model$forest$covariate.levels[[name]]

predicted.ranger <- function(model, newdata, served, arguments) {
  value <- predicted.default(model, newdata, served, arguments)
  if (!is.null(value$survival)) return(value$survival)
  if (is.null(value$se)) value$predictions else value[c("predictions", "se")]
}
