# rms: its Design says what each variable is.

predictors.rms <- function(model, saved_levels, known = character()) {
  design <- model$Design
  if (is.null(design)) return(predictors.default(model, saved_levels, known))
  plain <- design$assume != "interaction"
  lapply(setdiff(design$name[plain], known), function(name) {
    kind <- design$assume[design$name == name][1]
    if (!kind %in% c("category", "scored", "strata")) return(field(name, "number"))
    levels <- as.character(design$parms[[name]])
    if (kind != "scored") return(level_field(name, levels, saved_levels[[name]]))
    levels <- common_levels(name, levels, saved_levels[[name]])
    field(name, "factor", levels, values = utils::type.convert(levels, as.is = TRUE))
  })
}

scoring_arguments.lrm <- function(model) list(type = "fitted")
