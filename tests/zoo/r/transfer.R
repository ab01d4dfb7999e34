# Tables between R and the tests, exactly: numbers as hexadecimal, never rounded text.

# A table is list(layout, names, columns): layout "values" for one plain vector,
# "records" for named columns. Returns it as JSON.
table_json <- function(table) {
  json_object(layout = json_text(table$layout), names = json_array(json_text(table$names)),
         columns = json_array(vapply(table$columns, column_json, "")))
}

column_json <- function(column) {
  cells <- switch(
    typeof(column),
    double = json_number(column),
    integer = ifelse(is.na(column), "null", sprintf("%d", column)),
    logical = ifelse(is.na(column), "null", ifelse(column, "true", "false")),
    character = json_text(column),
    stop("a column of type ", typeof(column))
  )
  json_object(type = json_text(typeof(column)), values = json_array(cells))
}

json_number <- function(x) {
  ifelse(is.na(x) & !is.nan(x), "null", paste0("\"", sprintf("%a", x), "\""))
}

json_text <- function(x) {
  text <- enc2utf8(as.character(x))
  for (plain in names(escapes)) text <- gsub(plain, escapes[[plain]], text, fixed = TRUE)
  ifelse(is.na(x), "null", paste0("\"", text, "\""))
}

escapes <- c("\\" = "\\\\", "\"" = "\\\"", "\n" = "\\n", "\r" = "\\r", "\t" = "\\t")

json_array <- function(texts) paste0("[", paste(texts, collapse = ", "), "]")

json_object <- function(...) {
  fields <- list(...)
  paste0("{", paste0(json_text(names(fields)), ": ", fields, collapse = ", "), "}")
}

# A data frame or matrix as a client would write it: one plain column per field.
request_table <- function(data) {
  columns <- if (is.data.frame(data)) as.list(data) else split_matrix(data)
  columns <- do.call(c, unname(Map(flat, columns, names(columns))))
  list(layout = "records", names = names(columns), columns = unname(columns))
}

flat <- function(column, name) {
  if (length(dim(column)) == 2) {
    columns <- split_matrix(column)
    return(stats::setNames(columns, paste0(name, ".", names(columns))))
  }
  stats::setNames(list(cells_of(column)), name)
}

split_matrix <- function(x) {
  names <- colnames(x)
  if (is.null(names)) names <- paste0("V", seq_len(ncol(x)))
  stats::setNames(lapply(seq_len(ncol(x)), function(i) as.vector(x[, i])), names)
}

# Factors and dates as text, everything else as the plain vector that it is.
cells_of <- function(column) {
  if (inherits(column, "POSIXct")) {
    return(format(column, "%Y-%m-%dT%H:%M:%OS3Z", tz = "UTC"))
  }
  if (is.factor(column) || inherits(column, "Date")) as.character(column) else as.vector(column)
}
