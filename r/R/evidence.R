# What a fitted model still tells of the variables it was fitted on.

# The terms without the response, or NULL. Not every object that has an element
# "terms" has a method of terms().
model_terms <- function(model) UseMethod("model_terms")

model_terms.default <- function(model) {
  for (find in list(stats::terms, kept_terms, terms_of_formula)) {
    found <- tryCatch(stats::delete.response(find(model)), error = function(e) NULL)
    if (inherits(found, "terms")) return(found)
  }
}

kept_terms <- function(model) {
  if (isS4(model)) slot_or_null(model, "terms") else part(model, "terms")
}

terms_of_formula <- function(model) {
  formula <- tryCatch(stats::formula(model), error = function(e) NULL)
  if (!is.call(formula)) {
    formula <- eval(part(model, "call")$formula, baseenv())
  }
  stats::terms(formula)
}

# The variables that newdata must have: those of the formula, and of an offset
# that was an argument of its own, which predict() wants nonetheless. Constants
# that the formula finds beside the data are none.
model_variables <- function(model, terms) {
  variables <- unique(c(all.vars(terms), all.vars(offset_argument(model))))
  classes <- attr(terms, "dataClasses")
  is_field <- function(variable) {
    variable %in% names(classes) || !is_constant(variable, model, environment(terms))
  }
  Filter(is_field, setdiff(variables, "."))
}

offset_argument <- function(model) {
  call <- part(model, "call")
  if (is.call(call)) call$offset
}

# A variable is a constant if the formula finds it, and not as a column of the
# data: it has not one value for each row the model was fitted on.
is_constant <- function(variable, model, env) {
  if (variable %in% names(training_data(model, env))) return(FALSE)
  if (is.null(env)) env <- globalenv()
  value <- get0(variable, envir = env)
  !is.null(value) && !is.function(value) && NROW(value) != rows_fitted(model) &&
    !varies(variable, model)
}

rows_fitted <- function(model) {
  known <- c(NROW(part(model, "model")), length(part(model, "fitted.values")),
             length(part(model, "residuals")), length(part(model, "effects")))
  c(known[known > 0], 0)[1]
}

# A column of the model frame that was made of the variable alone tells it from a
# constant of the same name, such as pi.
varies <- function(variable, model) {
  frame <- model_frame(model)
  made_of_it <- vapply(names(frame), function(name) {
    expression <- tryCatch(str2lang(name), error = function(e) NULL)
    identical(all.vars(expression), variable)
  }, NA)
  any(vapply(frame[made_of_it], function(x) NROW(unique(x)) > 1, NA))
}

# An element by its whole name, of a list of any class; NULL of anything else.
part <- function(model, name) if (is.list(model)) unclass(model)[[name]]

# The names of the columns that a model without terms was fitted on.
column_names <- function(model) UseMethod("column_names")

column_names.default <- function(model) {
  kept <- if (isS4(model)) slot_or_null(model, "xmatrix") else part(model, "data")
  if (is.list(kept) && !is.data.frame(kept)) kept <- kept[[1]]
  as.character(colnames(kept))
}

slot_or_null <- function(object, name) {
  if (methods::.hasSlot(object, name)) methods::slot(object, name)
}

# All that can be looked up, gathered once.
gather_evidence <- function(model, terms) {
  list(
    model = model, terms = terms, classes = attr(terms, "dataClasses"),
    frame = model_frame(model), data = training_data(model, environment(terms)),
    summary = part(model, "var.summary")  # of a gam
  )
}

# The model frame, where the object kept it.
model_frame <- function(model) {
  if (isS4(model)) return(slot_or_null(model, "frame"))
  if (!is.list(model)) return(NULL)
  kept <- Filter(is.data.frame, unclass(model)[c("model", "frame", "mf")])
  if (length(kept)) kept[[1]]
}

# The data the model was fitted on, where the object kept it, or where its call
# names an object of the same file or of the function that fitted it.
training_data <- function(model, env) {
  data <- part(model, "data")
  if (is.data.frame(data)) return(data)
  call <- part(model, "call")
  name <- if (is.call(call)) call$data
  if (!is.name(name)) return(NULL)
  if (is.null(env)) env <- globalenv()
  found <- get0(as.character(name), envir = env)
  if (is.data.frame(found)) found
}

# The field or, for a matrix, the fields of one variable; NULL if all are silent.
variable_fields <- function(name, evidence, saved_levels) {
  column <- known_column(name, evidence)
  levels <- own_levels(evidence$model, name)
  class <- known_class(name, evidence$classes)
  if (is.matrix(column) || startsWith(class, "nmatrix")) {
    return(matrix_fields(name, column, class, evidence$model))
  }
  if (!nzchar(class) && length(wrapped_levels(name, evidence$model))) {
    return(inferred_fields(name, evidence, saved_levels))
  }
  if (is.factor(column) && length(levels) == 0) levels <- levels(column)
  if (class %in% c("factor", "ordered", "character") || is.factor(column) ||
        is.character(column) || length(levels)) {
    return(category_fields(name, class, column, levels, saved_levels[[name]]))
  }
  if (!is.null(column)) return(column_fields(name, column))
  if (class %in% names(field_types)) {
    if (length(saved_levels[[name]])) {
      return(category_fields(name, "factor", NULL, NULL, saved_levels[[name]]))
    }
    return(list(field(name, field_types[[class]])))
  }
  inferred_fields(name, evidence, saved_levels)
}

field_types <- c(numeric = "number", logical = "boolean")

known_class <- function(name, classes) {
  if (name %in% names(classes)) classes[[name]] else ""
}

known_column <- function(name, evidence) {
  for (data in list(evidence$frame, evidence$data, evidence$summary)) {
    if (name %in% names(data)) return(data[[name]])
  }
}

# A factor, or text whose levels the model kept. Text whose levels nobody kept
# is any text.
category_fields <- function(name, class, column, own, saved) {
  text <- class == "character" || is.character(column)
  levels <- common_levels(name, own, saved)
  if (length(levels) == 0 && is.character(column)) levels <- sort(unique(column))
  if (length(levels) == 0) {
    return(if (text) list(field(name, "string")))
  }
  ordered <- class == "ordered" || is.ordered(column)
  list(field(name, "factor", levels, ordered, values = if (text) levels))
}

column_fields <- function(name, column) {
  type <- if (inherits(column, "Date")) {
    "date"
  } else if (inherits(column, "POSIXct")) {
    "datetime"
  } else if (is.logical(column)) {
    "boolean"
  } else if (is.numeric(column)) {
    "number"
  }
  if (!is.null(type)) list(field(name, type))
}

# The field of a column that is at hand.
category_or_column <- function(name, column, saved) {
  if (is.factor(column) || is.character(column)) {
    return(category_fields(name, "", column, levels(column), saved))
  }
  column_fields(name, column)
}

# One field for each column of a matrix, named as write.csv() names them.
matrix_fields <- function(name, column, class, model) {
  columns <- colnames(column)
  count <- if (is.matrix(column)) ncol(column) else as.integer(sub("nmatrix.", "", class))
  if (is.null(columns)) columns <- matrix_columns(name, count, model)
  names <- if (count == 1) name else paste(name, columns, sep = ".")
  lapply(names, field, type = "number", matrix = name)
}

# Coefficients are named after the matrix and its column.
matrix_columns <- function(name, count, model) {
  coefficients <- tryCatch(names(stats::coef(model)), error = function(e) NULL)
  found <- coefficients[startsWith(coefficients, name)]
  found <- substring(found, nchar(name) + 1)
  if (length(found) == count) found else as.character(seq_len(count))
}

# Levels that the model keeps for a variable, wherever its class keeps them.
own_levels <- function(model, name) UseMethod("own_levels")

own_levels.default <- function(model, name) {
  forest <- part(part(model, "forest"), "xlevels")
  for (levels in list(part(model, "xlevels"), attr(model, "xlevels"), forest)) {
    if (is.list(levels) && is.character(levels[[name]])) return(levels[[name]])
  }
  contrasts <- part(model, "contrasts")
  if (is.list(contrasts) && is.matrix(contrasts[[name]])) rownames(contrasts[[name]])
}
