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
# that was an argument of its own, which predict() wants nonetheless.
model_variables <- function(model, terms) {
  wanted <- c(list(attr(terms, "variables")), offset_argument(model))
  variables <- unique(unlist(lapply(wanted, all.vars)))
  known <- c(names(attr(terms, "dataClasses")), names(training_data(model, terms)))
  unknown <- setdiff(variables, c(known, "."))
  constants <- Filter(function(v) is_constant(v, model, terms, wanted), unknown)
  setdiff(variables, c(constants, "."))
}

offset_argument <- function(model) {
  call <- part(model, "call")
  if (is.call(call)) call$offset
}

# Whether a variable that is no column of the known data is found beside them: pi,
# contrasts, TRUE or FALSE as a named argument, or an object of the file or of the
# function that fitted the model, that has not a value for each row. Where the data
# are not known such an object may be a constant or what is left of a loop: see
# refuse_ambiguous().
is_constant <- function(variable, model, terms, expressions) {
  if (variable %in% c("T", "F")) return(is_named_argument(variable, expressions))
  if (variable == "pi") return(!varies(variable, model))
  value <- get0(variable, envir = formula_environment(terms))
  if (is.null(value)) return(FALSE)
  if (is.function(value)) return(startsWith(variable, "contr."))
  NROW(value) != rows_fitted(model)
}

formula_environment <- function(terms) {
  env <- environment(terms)
  if (is.null(env)) globalenv() else env
}

# As T in poly(x, 2, raw = T), and nowhere else.
is_named_argument <- function(variable, expressions) {
  calls <- do.call(c, lapply(expressions, calls_in))
  all(vapply(calls, function(call) {
    here <- vapply(as.list(call), identical, NA, as.name(variable))
    !any(here) || (!is.null(names(call)) && all(nzchar(names(call)[here])))
  }, NA))
}

# Without the data nothing tells a constant of the file from a field of that name.
refuse_ambiguous <- function(model, terms, known) {
  if (!is.null(training_data(model, terms))) return(invisible())
  left_out <- setdiff(all.vars(terms), c(model_variables(model, terms), known, ".", "pi", "T", "F"))
  env <- formula_environment(terms)
  left_out <- Filter(function(v) !is.function(get0(v, envir = env)), left_out)
  if (length(left_out) == 0) return(invisible())
  not_servable(
    paste("the formula uses %s, which the file holds as an object, and nothing tells",
          "whether the model was fitted with that, or with a column of its data; write",
          "in bridge.toml for a constant\nconstants = [%s]\nand for a field\n[inputs.%s]\n",
          "type = \"number\""),
    paste(left_out, collapse = ", "), paste0("\"", left_out, "\"", collapse = ", "),
    toml_key(left_out[1])
  )
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
    frame = model_frame(model), data = training_data(model, terms),
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
# names an object of the same file, of the function that fitted it, or of a package. One
# that does not agree with the model frame is another; without a frame to compare, a
# package's data set of that name tells nothing.
training_data <- function(model, terms) {
  data <- part(model, "data")
  if (is.data.frame(data)) return(data)
  call <- part(model, "call")
  name <- if (is.call(call)) call$data
  if (!is.name(name)) return(NULL)
  name <- as.character(name)
  env <- formula_environment(terms)
  found <- get0(name, envir = env)
  if (!is.data.frame(found)) return(NULL)
  frame <- model_frame(model)
  if (if (is.null(frame)) is_of_file(name, env) else agrees(found, frame, env)) found
}

# Not of a package: found in the file, or in the function that fitted the model.
is_of_file <- function(name, env) {
  file <- if ("rbridge:objects" %in% search()) as.environment("rbridge:objects")
  if (!is.null(file) && exists(name, file, inherits = FALSE)) return(TRUE)
  while (!identical(env, globalenv()) && !identical(env, emptyenv())) {
    if (exists(name, env, inherits = FALSE)) return(TRUE)
    env <- parent.env(env)
  }
  FALSE
}

# The columns of the frame, made once more of the same rows of the data, are the same.
agrees <- function(data, frame, env) {
  rows <- match(rownames(frame), rownames(data))
  if (length(rows) == 0 || anyNA(rows)) return(FALSE)
  data <- data[rows, , drop = FALSE]
  same <- vapply(names(frame), function(name) {
    made <- tryCatch(eval(str2lang(name), data, env), error = function(e) NULL)
    if (is.null(made) || is.function(made)) return(NA)
    isTRUE(all.equal(as.vector(made), as.vector(frame[[name]]), check.attributes = FALSE))
  }, NA)
  any(same, na.rm = TRUE) && all(same, na.rm = TRUE)
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
  all_levels <- if (length(own)) own else levels
  list(field(name, "factor", levels, ordered, values = if (text) levels,
             all_levels = all_levels))
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
