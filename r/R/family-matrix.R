# Models that were fitted on a matrix, or on columns without a formula.

column_names.randomForest <- function(model) rownames(model$importance)

column_names.lda <- function(model) colnames(model$means)

column_names.qda <- column_names.lda

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
