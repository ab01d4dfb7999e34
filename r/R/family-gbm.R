# gbm: variables and levels by position, and the number of trees to use.

predictors.gbm <- function(model, saved_levels, known = character()) {
  lapply(setdiff(model$var.names, known), function(name) {
    i <- match(name, model$var.names)
    if (model$var.type[i] == 0) return(field(name, "number"))
    level_field(name, as.character(model$var.levels[[i]]), saved_levels[[name]])
  })
}

# Without a number predict.gbm() says in a message that it takes all trees.
scoring_arguments.gbm <- function(model) {
  list(type = "response", n.trees = model$n.trees)
}
