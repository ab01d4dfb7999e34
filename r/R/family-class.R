# Classifiers whose predict() gives something else than the class unless asked.

scoring_arguments.rpart <- function(model) {
  if (identical(model$method, "class")) list(type = "class") else list()
}

scoring_arguments.nnet <- function(model) {
  if (is.null(model$lev)) list() else list(type = "class")
}

scoring_arguments.multinom <- function(model) list(type = "class")

scoring_arguments.clm <- function(model) list(type = "class")

# The fitted value of a glm or a gam is on the scale of the response.
scoring_arguments.glm <- function(model) {
  if (knows_response(model)) list(type = "response") else list()
}

scoring_arguments.gam <- scoring_arguments.glm

scoring_arguments.earth <- scoring_arguments.glm
