# What `rbridge check` warns of: a model that is served, but maybe not as its owner thinks.

# A list of list(code, text).
model_warnings <- function(served, terms) {
  model <- served$model
  c(
    residuals_warning(model),
    family_warning(model),
    unlist(lapply(served$fields, levels_warning, served), recursive = FALSE),
    across_rows_warning(model, terms),
    constants_warning(served, terms),
    blas_warning(blas_name())
  )
}

told <- function(code, ...) list(list(code = code, text = sprintf(...)))

# See with_uncertainty(). A gam needs no residuals.
residuals_warning <- function(model) {
  if (!inherits(model, "lm") || inherits(model, "gam") || length(model$residuals)) return(NULL)
  recovered <- tryCatch(with_uncertainty(model, list(se.fit = TRUE)),
                        bridge_rejection = function(c) NULL)
  if (is.null(recovered)) {
    return(told("residuals_stripped", paste(
      "The model was saved without its residuals and without what they could be",
      "recovered from. Predictions do not need them; requests for standard errors or",
      "intervals are refused."
    )))
  }
  told("residuals_stripped", paste(
    "The model was saved without its residuals. Predictions do not need them. Where",
    "standard errors or intervals are asked for, %s."
  ), uncertainty_text(recovered))
}

uncertainty_text <- function(arguments) {
  if (is.null(arguments$scale)) return("the dispersion is 1, as the family has it")
  sprintf("the residual standard error is recovered from the rest of the object: %s",
          format(arguments$scale, digits = 4))
}

family_warning <- function(model) {
  family <- if (is.list(model)) model$family
  lost <- inherits(model, "lm") && !inherits(model, "glm") && is.list(family) &&
    is.function(family$linkinv) && !identical(family$link, "identity")
  if (!lost) return(NULL)
  told("family_ignored", paste0(
    "This was a glm of the family %s, and its class was changed to %s: predict() answers ",
    "on the scale of the link, %s. For the scale of the response write in inference.R, ",
    "in the model's folder:\noutput_fn <- function(prediction, newdata) {\n",
    "  list(prediction = model$family$linkinv(prediction))\n}"
  ), family$family, paste(class(model), collapse = "/"),
  if (identical(family$link, "logit")) "which is log-odds" else family$link)
}

# Levels that factor_levels promises, or the model knows, and that are refused.
levels_warning <- function(field, served) {
  if (field$type != "factor") return(NULL)
  saved <- as.character(served$objects$factor_levels[[field$name]])
  own <- as.character(own_levels(served$model, field$name))
  c(
    refused_warning(field$name, setdiff(saved, field$levels), paste(
      "in factor_levels, but not in the model, which was fitted on no complete row with"
    )),
    refused_warning(field$name, setdiff(own, field$levels), paste(
      "in the model, but not in the factor_levels saved beside"
    ))
  )
}

refused_warning <- function(name, levels, where) {
  if (length(levels) == 0) return(NULL)
  it <- if (length(levels) == 1) "it" else "them"
  told("levels_refused", "%s: %s %s %s %s. Requests with %s are refused.", name,
       quoted(levels), if (length(levels) == 1) "is" else "are", where, it, it)
}

quoted <- function(texts) {
  shown <- encodeString(utils::head(texts, 10), quote = "\"")
  more <- length(texts) - length(shown)
  paste0(paste(shown, collapse = ", "), if (more > 0) sprintf(" and %d more", more))
}

# Functions whose value for a row depends on the other rows.
across_rows <- c(
  "mean", "median", "sd", "var", "min", "max", "range", "quantile", "sum", "prod",
  "cumsum", "cumprod", "cummax", "cummin", "rank", "order", "sort", "rev", "diff", "lag",
  "ave", "length", "nrow", "mad", "IQR", "ecdf", "fivenum", "tabulate", "table"
)

across_rows_warning <- function(model, terms) {
  if (is.null(terms)) return(NULL)
  variables <- attr(terms, "predvars")
  if (is.null(variables)) variables <- attr(terms, "variables")
  found <- Filter(function(call) {
    is_across_rows(call) && any(all.vars(call) %in% model_variables(model, terms))
  }, calls_in(variables))
  names <- unique(vapply(found, function(call) function_name(call[[1]]), ""))
  if (length(names) == 0) return(NULL)
  told("depends_on_the_request", paste(
    "The formula works with %s of the rows that are predicted together, as predict()",
    "does in R: what a row is answered depends on the other rows of its request, and one",
    "row by itself may get nonsense."
  ), paste0(names, "()", collapse = ", "))
}

is_across_rows <- function(call) {
  name <- function_name(call[[1]])
  fixed <- fixed_arguments[[name]]
  name %in% across_rows || (!is.null(fixed) && !all(fixed %in% names(call))) ||
    (name == "cut" && is_count(match.call(cut.default, call)$breaks))
}

# cut(x, 3) takes its breaks from the range of x.
is_count <- function(breaks) is.numeric(breaks) && length(breaks) == 1

# Only the data that the model was fitted on could tell a constant from a field.
constants_warning <- function(served, terms) {
  if (is.null(terms) || served$hooked) return(NULL)
  evidence <- gather_evidence(served$model, terms)
  known <- c(names(evidence$classes), names(evidence$frame), names(evidence$data))
  unlist(lapply(as.list(attr(terms, "variables"))[-1], function(variable) {
    fields <- intersect(all.vars(variable), served$names)
    if (length(fields) < 2 || all(fields %in% known)) return(NULL)
    told("constant_or_field", paste(
      "%s: the object does not tell whether %s were all columns of the data; requests",
      "must send each of them. What was a constant of the training script belongs into",
      "the model file, by its name."
    ), one_line(variable), paste(fields, collapse = ", "))
  }), recursive = FALSE)
}

blas_warning <- function(name) {
  if (is_reference_blas(name)) return(NULL)
  told("other_blas", paste(
    "R uses %s. With another BLAS than the reference one the last digits of a prediction",
    "can differ from those of another machine, and with the number of rows that are asked",
    "together. On Debian install libblas3, and choose it with update-alternatives."
  ), name)
}
