# Models that keep all they were fitted on in a data frame of another name.

predictors.classbagg <- function(model, saved_levels, known = character()) {
  if (!is.data.frame(model$X)) return(predictors.default(model, saved_levels, known))
  names <- setdiff(names(model$X), known)
  do.call(c, lapply(names, function(name) {
    category_or_column(name, model$X[[name]], saved_levels[[name]])
  }))
}

predictors.regbagg <- predictors.classbagg

# Terms for the count, for the zeros, and for both.
model_terms.zeroinfl <- function(model) stats::delete.response(model$terms$full)

model_terms.hurdle <- model_terms.zeroinfl

# Groups are in the frame, though not in the terms of the fixed effects.
model_terms.glmmTMB <- function(model) {
  stats::delete.response(attr(model$frame, "terms"))
}
