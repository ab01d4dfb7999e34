# lme4: the model frame holds fixed effects and groups alike.

model_terms.merMod <- function(model) {
  stats::delete.response(attr(model@frame, "terms"))
}

scoring_arguments.glmerMod <- function(model) list(type = "response")
