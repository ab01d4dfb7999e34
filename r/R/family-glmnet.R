# glmnet: a matrix in, for each lambda a column out.

column_names.glmnet <- function(model) {
  beta <- if (is.list(model$beta)) model$beta[[1]] else model$beta
  rownames(beta)
}

column_names.cv.glmnet <- function(model) column_names(model$glmnet.fit)

scoring_arguments.glmnet <- function(model) list(type = "response")

scoring_arguments.cv.glmnet <- scoring_arguments.glmnet

# A fit on unnamed columns calls them V1, V2 and so on.
predicted.glmnet <- function(model, newdata, served, arguments) {
  predicted.default(model, as.matrix(newdata), served, arguments)
}

predicted.cv.glmnet <- predicted.glmnet
