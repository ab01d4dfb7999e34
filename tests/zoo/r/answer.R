# What predict() gave as a table, by the rules of docs/http.md, written anew for the tests.

# rows: how many rows were asked. Stops if there is not one value for each.
answer_table <- function(value, rows) {
  table <- if (inherits(value, "forecast")) {
    forecast_table(value)
  } else if (is.list(value)) {
    list_table(value, rows)
  } else if (rows == 1 && length(value) > 1 && length(dim(value)) < 2) {
    records(as.list(value))
  } else {
    array_table(value)
  }
  lengths <- lengths(table$columns)
  if (length(lengths) == 0 || any(lengths != rows)) {
    stop("predict() gives ", paste(lengths, collapse = ", "), " values for ", rows, " rows")
  }
  table
}

array_table <- function(value) {
  extents <- dim(value)
  if (length(extents) == 3) {
    names <- outer(names_of(value, 2), names_of(value, 3), paste, sep = ".")
    if (extents[3] == 1) names <- names_of(value, 2)
    value <- matrix(value, extents[1], dimnames = list(NULL, as.vector(names)))
    return(records(split_matrix(value)))
  }
  if (length(extents) == 2 && extents[2] > 1) return(records(split_matrix(value)))
  list(layout = "values", names = "prediction", columns = list(cells_of(value)))
}

names_of <- function(value, extent) {
  names <- dimnames(value)[[extent]]
  if (is.null(names)) paste0("V", seq_len(dim(value)[extent])) else names
}

list_table <- function(value, rows) {
  value <- unclass(value)
  fits <- vapply(value, function(x) is.atomic(x) && NROW(x) == rows, NA)
  records(do.call(c, unname(Map(element, value[fits], names(value)[fits]))))
}

element <- function(column, name) {
  if (length(dim(column)) == 2 && ncol(column) == 1) column <- column[, 1]
  flat(column, name)
}

records <- function(columns) {
  list(layout = "records", names = names(columns), columns = unname(lapply(columns, cells_of)))
}

# The mean, then a column for each bound and level.
forecast_table <- function(value) {
  columns <- list(mean = as.vector(value$mean))
  for (bound in c("lower", "upper")) {
    limits <- split_matrix(as.matrix(value[[bound]]))
    columns[sprintf("%s.%s%%", bound, value$level)] <- limits
  }
  records(columns)
}

# Only the columns that `wanted` has: for one row, a list may hold more that has one value.
only_columns <- function(table, wanted) {
  kept <- table$names %in% wanted$names
  list(layout = table$layout, names = table$names[kept], columns = table$columns[kept])
}
