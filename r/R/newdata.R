# From the columns that arrive to the data.frame that predict() gets.

# Attributes that turn the plain vector that arrives into the field's R type.
column_attributes <- function(field) {
  switch(
    field$type,
    factor = if (is.null(field$values)) {
      list(levels = field$all_levels,
           class = c(if (field$ordered) "ordered", "factor"))
    },
    date = list(class = "Date"),
    datetime = list(class = c("POSIXct", "POSIXt"), tzone = "UTC")
  )
}

# R's code for each level that may be sent, where there are others; else NULL.
factor_codes <- function(field) {
  codes <- match(field$levels, field$all_levels)
  if (is.null(field$values) && !identical(codes, seq_along(codes))) codes
}

# Strings in ASCII that are neither few nor many arrive as bytes, a NUL after each: R makes
# them faster of these than the server can.
strings_in <- function(column, rows) {
  if (is.raw(column)) readBin(column, "character", rows) else column
}

# What makes a field's column of the vector that arrives; NULL if that is it already.
column_maker <- function(field) {
  values <- field$values
  codes <- factor_codes(field)
  attributes <- column_attributes(field)
  if (!is.null(values)) return(function(column, rows) values[column])
  if (field$type == "string") return(strings_in)
  if (is.null(attributes)) return(NULL)
  function(column, rows) {
    if (!is.null(codes)) column <- codes[column]
    attributes(column) <- attributes
    column
  }
}

# Those of all fields, and the places of the fields that have one.
column_makers <- function(fields) {
  makers <- lapply(fields, column_maker)
  list(makers = makers, made = which(lengths(makers) > 0))
}

# columns: list of vectors in the order of served$fields, each `rows` long.
as_newdata <- function(served, columns, rows) {
  for (i in served$made) columns[[i]] <- served$makers[[i]](columns[[i]], rows)
  names <- served$names
  if (length(served$matrices)) {
    columns <- bind_matrices(served$matrices, columns)
    names <- names(served$matrices)
  }
  attributes(columns) <- list(names = names, class = "data.frame",
                              row.names = .set_row_names(rows))
  columns
}

# Which fields make up each column of newdata; NULL if each is one by itself. A
# group named in "matrices" is a matrix, even of one column.
matrix_groups <- function(fields) {
  matrices <- vapply(fields, `[[`, "", "matrix")
  if (!any(nzchar(matrices))) return(NULL)
  names <- ifelse(nzchar(matrices), matrices, vapply(fields, `[[`, "", "name"))
  groups <- split(seq_along(fields), factor(names, unique(names)))
  structure(groups, matrices = unique(matrices[nzchar(matrices)]))
}

bind_matrices <- function(groups, columns) {
  is_matrix <- names(groups) %in% attr(groups, "matrices")
  Map(function(group, matrix) {
    if (matrix) do.call(cbind, columns[group]) else columns[[group]]
  }, groups, is_matrix)
}

# R would read a column that newdata lacks from the formula's environment or
# the global one, without a word.
check_newdata <- function(newdata, variables, rows) {
  if (!is.data.frame(newdata) || .row_names_info(newdata, 2L) != rows) {
    stop(sprintf("input_fn must return a data.frame of %d rows", rows))
  }
  places <- match(variables, names(newdata))
  if (anyNA(places)) {
    stop("newdata lacks what the model wants: ",
         paste(variables[is.na(places)], collapse = ", "))
  }
  newdata
}

# Names of newdata's columns that the model wants; NULL where nothing is known.
newdata_names <- function(fields) {
  groups <- matrix_groups(fields)
  if (is.null(groups)) vapply(fields, `[[`, "", "name") else names(groups)
}
