# nlme: the groups of an lme are variables that predict() wants.

predictors.lme <- function(model, saved_levels, known = character()) {
  fixed <- predictors.gls(model, saved_levels, known)
  names <- setdiff(names(model$groups), c(vapply(fixed, `[[`, "", "name"), known))
  c(fixed, lapply(names, function(name) {
    raw <- if (is.data.frame(model$data)) model$data[[name]]
    levels <- if (is.null(raw)) levels(model$groups[[name]]) else levels(factor(raw))
    level_field(name, levels, saved_levels[[name]])
  }))
}

# The terms tell no classes: what has no contrasts is a number, unless the data
# are there to say otherwise.
predictors.gls <- function(model, saved_levels, known = character()) {
  terms <- model_terms(model)
  evidence <- gather_evidence(model, terms)
  plain <- vapply(as.list(attr(terms, "variables"))[-1], is.name, NA)
  numbers <- vapply(as.list(attr(terms, "variables"))[-1][plain], as.character, "")
  evidence$classes <- stats::setNames(rep("numeric", length(numbers)), numbers)
  wanted <- setdiff(model_variables(model, terms), known)
  fields <- lapply(wanted, variable_fields, evidence = evidence, saved_levels = saved_levels)
  refuse_unknown_types(wanted[vapply(fields, is.null, NA)], model)
  do.call(c, c(list(list()), fields))
}

model_terms.gls <- function(model) {
  stats::delete.response(stats::terms(stats::formula(model)))
}

model_terms.lme <- model_terms.gls

# The formula of a gnls holds its parameters.
predictors.gnls <- function(model, saved_levels, known = character()) {
  formula <- eval(model$call$model)
  parameters <- c(names(model$plist), names(stats::coef(model)))
  number_fields(setdiff(all.vars(formula[[3]]), c(parameters, known)))
}

# The formula of an nlme holds its parameters.
predictors.nlme <- function(model, saved_levels, known = character()) {
  formula <- eval(model$call$model)
  parameters <- c(names(model$modelStruct), all.vars(model$call$fixed),
                  colnames(model$coefficients$random[[1]]))
  variables <- setdiff(all.vars(formula[[3]]), c(parameters, names(model$groups)))
  groups <- lapply(names(model$groups), function(name) {
    field(name, "factor", levels(model$groups[[name]]))
  })
  fields <- c(number_fields(variables), groups)
  fields[!vapply(fields, `[[`, "", "name") %in% known]
}
