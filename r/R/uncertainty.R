# Standard errors and intervals of models that were stripped of their residuals.

# predict.lm() takes the residual variance from the residuals, and without them
# answers a standard error of zero, without a word.
with_uncertainty <- function(model, arguments) {
  plain <- class(model)[1] %in% c("lm", "aov", "glm", "negbin")
  if (!plain || !wants_uncertainty(arguments) || length(model$residuals)) return(arguments)
  if (inherits(model, "glm")) return(with_dispersion(model, arguments))
  if (is.null(arguments$scale)) {
    arguments$scale <- residual_scale(model)
    arguments$df <- model$df.residual
  }
  arguments
}

wants_uncertainty <- function(arguments) {
  isTRUE(as.logical(arguments$se.fit)) ||
    !(is.null(arguments$interval) || arguments$interval == "none")
}

# Of these families the dispersion is one by definition.
with_dispersion <- function(model, arguments) {
  if (!model$family$family %in% c("binomial", "poisson")) refuse_uncertainty()
  arguments$dispersion <- 1
  arguments
}

# The residual standard error, from the effects (the part of Q'y beyond the
# rank), or from the response in the model frame.
residual_scale <- function(model) {
  df <- model$df.residual
  if (is.null(df) || is.null(model$qr)) refuse_uncertainty()
  if (length(model$effects) > model$rank) {
    return(sqrt(sum(model$effects[-seq_len(model$rank)]^2) / df))
  }
  if (!is.data.frame(model$model) || !is.null(model$weights)) refuse_uncertainty()
  fitted <- qr.fitted(model$qr, stats::model.response(model$model))
  sqrt(sum((stats::model.response(model$model) - fitted)^2) / df)
}

refuse_uncertainty <- function() {
  reject(paste("this model was saved without its residuals and without what they",
               "could be recovered from: standard errors and intervals cannot",
               "be given"))
}
