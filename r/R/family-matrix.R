# Models that were fitted on a matrix, or on columns without a formula.

column_names.randomForest <- function(model) rownames(model$importance)

# An ordered factor takes one number of categories, as a number does.
predictors.randomForest <- function(model, saved_levels, known = character()) {
  fields <- predictors.default(model, saved_levels, known)
  lapply(fields, function(field) {
    one <- identical(unname(model$forest$ncat[field$name]), 1)
    if (one && field$type == "factor" && is.null(field$values)) field$ordered <- TRUE
    field
  })
}

column_names.lda <- function(model) colnames(model$means)

column_names.qda <- # An ordered factor takes one number of categories, as a number does.
predictors.randomForest <- function(model, saved_levels, known = character()) {
  fields <- predictors.default(model, saved_levels, known)
  lapply(fields, function(field) {
    one <- identical(unname(model$forest$ncat[field$name]), 1)
    if (one && field$type == "factor" && is.null(field$values)) field$ordered <- TRUE
    field
  })
}

column_names.lda

column_names.prcomp <- function(model) rownames(model$rotation)

column_names.princomp <- function(model) rownames(model$loadings)

column_names.svm <- function(model) colnames(model$SV)

column_names.nnet <- function(model) model$coefnames

column_names.smooth.spline <- function(model) "x"

column_names.bSpline <- column_names.smooth.spline

column_names.polySpline <- column_names.smooth.spline

column_names.xgb.Booster <- function(model) model$feature_names

column_names.loess <- function(model) model$xnames

column_names.ppr <- function(model) model$xnames

column_names.mars <- function(model) colnames(model$factor)

column_names.earth <- function(model) colnames(model$dirs)

# What is asked for by column number, or wants one vector.
predicted.smooth.spline <- function(model, newdata, served, arguments) {
  predicted.default(model, newdata[[1]], served, arguments)
}

predicted.bSpline <- predicted.smooth.spline

predicted.polySpline <- predicted.smooth.spline

predicted.xgb.Booster <- function(model, newdata, served, arguments) {
  predicted.default(model, as.matrix(newdata), served, arguments)
}
