# From columns to predict() and back to columns.

# Attributes that turn the plain vector that arrives into the field's R type.
column_attributes <- function(field) {
  switch(
    field$type,
    factor = if (!field$text) {
      list(levels = field$levels,
           class = c(if (field$ordered) "ordered", "factor"))
    },
    date = list(class = "Date")
  )
}

# columns: list of vectors in the order of served$fields, each `rows` long.
as_newdata <- function(served, columns, rows) {
  for (i in seq_along(columns)) {
    field <- served$fields[[i]]
    if (!is.null(served$attributes[[i]])) {
      attributes(columns[[i]]) <- served$attributes[[i]]
    } else if (field$type == "factor") {
      columns[[i]] <- field$levels[columns[[i]]]
    }
  }
  attributes(columns) <- list(names = served$names, class = "data.frame",
                              row.names = .set_row_names(rows))
  columns
}

# R would read a column that newdata lacks from the formula's environment or
# the global one, without a word.
check_newdata <- function(newdata, variables, rows) {
  if (!is.data.frame(newdata) || nrow(newdata) != rows) {
    stop(sprintf("input_fn must return a data.frame of %d rows", rows))
  }
  there <- variables %in% names(newdata)
  if (!all(there)) {
    stop("newdata lacks what the model wants: ",
         paste(variables[!there], collapse = ", "))
  }
  newdata
}

# Arguments beside newdata that make predict() give the answer on the scale of
# the response: predict.glm gives the linear predictor unless it is asked.
scoring_arguments <- function(model) {
  if (inherits(model, "glm")) list(type = "response") else list()
}

default_predict <- function(newdata, model, arguments) {
  if (length(arguments) == 0) return(stats::predict(model, newdata))
  do.call(stats::predict, c(list(model, newdata), arguments), quote = TRUE)
}

# A prediction or an output_fn's value as list(layout, names, columns).
as_answer <- function(value, rows) {
  answer <- if (is.data.frame(value)) {
    list(layout = "records", names = names(value), columns = as.list(value))
  } else if (is.matrix(value)) {
    matrix_answer(value)
  } else if (is.list(value) && !is.null(names(value))) {
    list(layout = "columns", names = names(value), columns = unclass(value))
  } else {
    list(layout = "values", names = "prediction", columns = list(value))
  }
  if (anyDuplicated(answer$names)) {
    stop(sprintf("the answer names \"%s\" twice",
                 answer$names[anyDuplicated(answer$names)]))
  }
  for (i in seq_along(answer$names)) {
    answer$columns[[i]] <- plain_column(answer$columns[[i]], answer$names[i],
                                        rows)
  }
  answer$names <- enc2utf8(answer$names)
  answer
}

matrix_answer <- function(value) {
  names <- colnames(value)
  if (is.null(names)) names <- paste0("V", seq_len(ncol(value)))
  columns <- lapply(seq_len(ncol(value)), function(i) value[, i])
  list(layout = "records", names = names, columns = columns)
}

plain_column <- function(column, name, rows) {
  if (length(dim(column)) == 1) dim(column) <- NULL
  if (!is_column(column)) {
    stop(sprintf("the answer's \"%s\" is a %s, not a vector", name,
                 paste(class(column), collapse = "/")))
  }
  if (length(column) != rows) {
    stop(sprintf("the answer's \"%s\" has %d values for %d rows", name,
                 length(column), rows))
  }
  if (is.object(column)) column <- as.character(column)
  if (is.character(column)) column <- enc2utf8(column)
  as.vector(column)
}

is_column <- function(x) {
  plain <- is.null(x) || is.numeric(x) || is.logical(x) || is.character(x) ||
    is.factor(x) || (is.object(x) && is.atomic(x))
  plain && is.null(dim(x))
}
