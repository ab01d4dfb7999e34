# Which fields a model takes: name, type, factor levels.

# The fields of `model`, a list of field(). Variables, not terms: for poly(x, 2)
# the field is x. Stops with what to write in bridge.toml where the model does
# not tell. known: fields that bridge.toml declares, which are not asked for.
predictors <- function(model, saved_levels, known = character()) {
  UseMethod("predictors")
}

predictors.default <- function(model, saved_levels, known = character()) {
  if (is_horizon_model(model)) return(horizon_fields(model))
  terms <- model_terms(model)
  if (is.null(terms)) return(fields_without_terms(model, saved_levels))
  refuse_columns_of_objects(terms)
  refuse_ambiguous(model, terms, known)
  wanted <- setdiff(model_variables(model, terms), known)
  evidence <- gather_evidence(model, terms)
  fields <- lapply(wanted, variable_fields, evidence = evidence,
                   saved_levels = saved_levels)
  refuse_unknown_types(wanted[vapply(fields, is.null, NA)], model)
  do.call(c, c(list(list()), fields))
}

# What predict() is given for one value of the field.
#
# levels: what may be sent, for a factor. all_levels: those that R's factor has, which
# may be more. values: what R gets for each of the
# levels where that is no factor but text, a number or a logical; else NULL.
# matrix: the variable whose column this is, for a matrix in the data.
field <- function(name, type, levels = character(), ordered = FALSE,
                  values = NULL, matrix = "", all_levels = levels) {
  list(name = enc2utf8(name), type = type,
       levels = enc2utf8(as.character(levels)), ordered = ordered,
       values = values, matrix = matrix,
       all_levels = enc2utf8(as.character(all_levels)))
}

# predict() takes such a column from where it was, not from newdata.
refuse_columns_of_objects <- function(terms) {
  named <- columns_of_objects(terms)
  if (length(named) == 0) return(invisible())
  not_servable(
    paste("the formula names %s, a column of one data frame and no variable: predict()",
          "would answer with its rows, whatever is asked; fit the model again with the",
          "column's name alone, and data ="),
    one_line(named[[1]])
  )
}

columns_of_objects <- function(terms) {
  Filter(function(call) function_name(call[[1]]) %in% c("$", "[["),
         calls_in(attr(terms, "variables")))
}

refuse_unknown_types <- function(names, model) {
  if (length(names) == 0) return(invisible())
  stanzas <- vapply(names, stanza, "", model)
  not_servable(
    paste("a model of class %s does not tell what is to be sent for %s; say so",
          "in bridge.toml (type is number, integer, string, boolean, date,",
          "datetime or factor, a factor with levels = [\"A\", \"B\"]):\n%s"),
    paste(class(model), collapse = "/"), paste(names, collapse = ", "),
    paste(stanzas, collapse = "\n")
  )
}

# What to paste: the levels of the term that is made of the variable, if any, else a
# number, to be mended.
stanza <- function(name, model) {
  levels <- c(part(model, "xlevels"), attr(model, "xlevels"))
  made_of_it <- vapply(names(levels), function(term) {
    identical(tryCatch(all.vars(str2lang(term)), error = function(e) NULL), name)
  }, NA)
  head <- sprintf("[inputs.%s]\ntype = ", toml_key(name))
  if (!any(made_of_it)) return(paste0(head, "\"number\""))
  known <- encodeString(levels[made_of_it][[1]], quote = "\"")
  paste0(head, "\"factor\"\nlevels = [", paste(known, collapse = ", "), "]")
}

toml_key <- function(names) {
  ifelse(grepl("^[A-Za-z0-9_-]+$", names), names, encodeString(names, quote = "\""))
}

# Fields of numbers, from the column names that a matrix interface kept.
number_fields <- function(names) lapply(names, field, type = "number")

fields_without_terms <- function(model, saved_levels) {
  names <- column_names(model)
  if (length(names) == 0) {
    not_servable(
      paste("the fields of a model of class %s cannot be read from it; declare",
            "each, in the order in which predict() wants them, in",
            "bridge.toml:\n[inputs.FIELD]\ntype = \"number\""),
      paste(class(model), collapse = "/")
    )
  }
  lapply(names, function(name) {
    own <- own_levels(model, name)
    known <- length(own) || length(saved_levels[[name]])
    if (known) level_field(name, own, saved_levels[[name]]) else field(name, "number")
  })
}

# A factor of the model's own levels, of which clients may send those that the saved
# ones have too.
level_field <- function(name, own, saved, ordered = FALSE, values = NULL) {
  levels <- common_levels(name, own, saved)
  field(name, "factor", levels, ordered, values = values,
        all_levels = if (length(own)) own else levels)
}

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
    field(input$name, input$type, levels)
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
