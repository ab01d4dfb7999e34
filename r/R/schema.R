# Which fields a model takes: name, type, factor levels.

# The fields of `model` as a list of list(name, type, levels, ordered, text).
# `text` says that the model was fitted on a character column, not a factor.
# Variables, not terms: for poly(x, 2) the field is x.
predictors <- function(model, saved_levels) {
  UseMethod("predictors")
}

predictors.default <- function(model, saved_levels) {
  terms <- tryCatch(stats::delete.response(stats::terms(model)),
                    error = function(e) NULL)
  if (is.null(terms)) {
    not_servable(
      paste("the fields of a model of class %s cannot be read from it; declare",
            "each in bridge.toml:\n[inputs.FIELD]\ntype = \"number\""),
      paste(class(model), collapse = "/")
    )
  }
  # An offset that was an argument of lm() is no part of the formula, and
  # predict() wants it nonetheless.
  variables <- unique(c(all.vars(terms), all.vars(offset_argument(model))))
  lapply(setdiff(variables, "pi"), function(variable) {
    field(variable, attr(terms, "dataClasses"), model$xlevels[[variable]],
          saved_levels[[variable]])
  })
}

offset_argument <- function(model) {
  if (is.call(model$call)) model$call$offset
}

field <- function(name, classes, model_levels, saved_levels) {
  class <- if (name %in% names(classes)) classes[[name]] else "numeric"
  levels <- common_levels(name, model_levels, saved_levels)
  type <- if (length(levels)) "factor" else field_types[class]
  if (is.na(type)) {
    not_servable(
      paste("field %s: its class in the model is \"%s\"; say in bridge.toml",
            "what to send:\n[inputs.%s]\ntype = \"number\""),
      name, class, name
    )
  }
  list(name = enc2utf8(name), type = unname(type), levels = enc2utf8(levels),
       ordered = class == "ordered", text = class == "character")
}

field_types <- c(numeric = "number", logical = "boolean", character = "string")

# The levels that both the model and the saved factor_levels know. lm() drops
# levels without a complete row, and cannot predict them.
common_levels <- function(name, model_levels, saved_levels) {
  if (length(model_levels) == 0 || length(saved_levels) == 0) {
    return(as.character(c(model_levels, saved_levels)))
  }
  common <- model_levels[model_levels %in% saved_levels]
  if (length(common) == 0) {
    not_servable("field %s: the model's levels and the saved ones differ: %s",
                 name, paste(c(model_levels, saved_levels), collapse = ", "))
  }
  common
}

# The fields that bridge.toml declares. `levels` there is a character vector of
# levels, or the name of an element of factor_levels (by default the field's own).
declared <- function(inputs, saved_levels) {
  lapply(inputs, function(input) {
    levels <- character()
    if (input$type == "factor") levels <- declared_levels(input, saved_levels)
    list(name = input$name, type = input$type, levels = levels,
         ordered = FALSE, text = FALSE)
  })
}

declared_levels <- function(input, saved_levels) {
  if (length(input$levels)) return(input$levels)
  name <- if (length(input$saved)) input$saved else input$name
  levels <- saved_levels[[name]]
  if (length(levels) == 0) {
    known <- paste(names(saved_levels), collapse = ", ")
    not_servable(
      paste("bridge.toml: inputs.%s wants the levels \"%s\"; factor_levels",
            "holds %s"),
      input$name, name, if (nzchar(known)) known else "none"
    )
  }
  enc2utf8(as.character(levels))
}
