# From what predict() or an output_fn gave to columns of plain vectors.

# A prediction or an output_fn's value as list(layout, names, columns), of `rows`
# rows. hooked: an output_fn made it.
as_answer <- function(value, rows, hooked = FALSE) {
  answer <- if (hooked && is.list(value) && !is.data.frame(value) &&
                  !is.null(names(value))) {
    list(layout = "columns", names = names(value), columns = unclass(value))
  } else {
    shape(value, rows)
  }
  names <- answer$names
  if (length(names) > 1 && anyDuplicated(names)) {
    stop(sprintf("the answer names \"%s\" twice", names[anyDuplicated(names)]))
  }
  columns <- answer$columns
  for (i in seq_along(names)) {
    column <- columns[[i]]
    if (!is_bare(column) || length(column) != rows) {
      column <- plain_column(column, names[i], rows)
    }
    columns[[i]] <- as.vector(if (is.character(column)) in_utf8(column) else column)
  }
  list(layout = answer$layout, names = in_utf8(names), columns = columns)
}

# Strings as bytes, a NUL after each, where none is NA: the server takes them as one. Fewer
# than these it takes faster one by one, and more it codes.
few_strings <- 16
many_strings <- 4096

sent <- function(columns) {
  for (i in seq_along(columns)) {
    column <- columns[[i]]
    if (is.character(column) && length(column) >= few_strings &&
          length(column) < many_strings && !anyNA(column)) {
      columns[[i]] <- writeBin(column, raw(), useBytes = TRUE)
    }
  }
  columns
}

is_bare <- function(x) {
  (is.numeric(x) || is.character(x) || is.logical(x)) && !is.object(x) && is.null(dim(x))
}

# Some methods drop dimensions: of one row with several values, of one column, of
# the last extent of an array.
shape <- function(value, rows) {
  if (isS4(value)) value <- plain_s4(value)
  if (length(dim(value)) == 1) dim(value) <- NULL
  if (length(dim(value)) == 3) value <- flat_matrix(value)
  if (is.data.frame(value)) return(records(as.list(value), rows))
  if (is.matrix(value) && ncol(value) > 1) return(records(list(value), rows, ""))
  if (is.matrix(value) && nrow(value) == rows) value <- value[, 1]
  if (is.list(value) && !is_column(value)) return(records(value, rows))
  if (rows == 1 && length(value) > 1 && !is.null(names(value))) {
    return(records(as.list(value), rows))
  }
  list(layout = "values", names = "prediction", columns = list(value))
}

# What predict() tells of the whole call, be it of one row.
whole_call <- c("residual.scale", "df", "n.trees", "call", "terms", "level")

# The elements that have a value, or a row of a matrix, for each row asked.
records <- function(elements, rows, prefix = NULL) {
  names <- names(elements)
  if (is.null(names)) names <- if (is.null(prefix)) paste0("V", seq_along(elements)) else prefix
  fitting <- vapply(elements, NROW, 0L) == rows & !names %in% whole_call
  if (!any(fitting)) {
    stop(sprintf("the answer has %d values for %d rows", NROW(elements[[1]]), rows))
  }
  columns <- Map(split_matrix, elements[fitting], names[fitting])
  columns <- do.call(c, unname(columns))
  list(layout = "records", names = names(columns), columns = unname(columns))
}

# The columns of a matrix m as m.a and m.b; anything else is one column.
split_matrix <- function(value, name) {
  if (length(dim(value)) == 3) value <- flat_matrix(value)
  if (!is.matrix(value) && !is.data.frame(value)) {
    return(stats::setNames(list(value), name))
  }
  labels <- colnames(value)
  if (is.null(labels)) labels <- paste0("V", seq_len(ncol(value)))
  if (nzchar(name)) labels <- if (ncol(value) == 1) name else paste(name, labels, sep = ".")
  stats::setNames(lapply(seq_len(ncol(value)), function(i) value[, i]), labels)
}

# An array of three dimensions as a matrix: of the last extent, if there is one
# only, else with a column a.b for each pair.
flat_matrix <- function(array) {
  size <- dim(array)
  names <- dimnames(array)
  labels <- names[[2]]
  if (is.null(labels)) labels <- paste0("V", seq_len(size[2]))
  if (size[3] > 1) {
    last <- if (is.null(names[[3]])) seq_len(size[3]) else names[[3]]
    labels <- as.vector(outer(labels, last, paste, sep = "."))
  }
  matrix(array, nrow = size[1], dimnames = list(NULL, labels))
}

# Matrices of the package Matrix, and S4 objects that extend a basic type.
plain_s4 <- function(value) {
  if (length(dim(value)) == 2) return(as.matrix(value))
  if (methods::is(value, "vector")) return(methods::as(value, "vector"))
  stop(sprintf("the answer is an S4 object of class %s", class(value)[1]))
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
  if (is.object(column)) unclassed(column) else column
}

# Text for what reads as text, the numbers for anything else (AsIs, difftime,
# labelled, ts).
unclassed <- function(column) {
  if (inherits(column, "POSIXct")) {
    return(format(column, "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC"))
  }
  text <- c("factor", "Date", "POSIXlt", "integer64", "noquote")
  if (inherits(column, text)) as.character(column) else unclass(column)
}

is_column <- function(x) {
  plain <- is.null(x) || is.numeric(x) || is.logical(x) || is.character(x) ||
    is.factor(x) || (is.object(x) && is.atomic(x))
  plain && !is.raw(x) && is.null(dim(x))
}
