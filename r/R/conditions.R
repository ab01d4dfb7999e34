# The conditions that this package raises on purpose.

# The model cannot be served; the message is for the operator, at start.
not_servable <- function(...) {
  stop(errorCondition(sprintf(...), class = "not_servable"))
}

# What hooks call to refuse rows of newdata.
#
# message: what is wrong and what would be right, for the client.
# rows: which rows of newdata, counted from 1, or a logical vector; NULL refuses
#   all of them. No row (integer(0), or all FALSE) refuses nothing.
# field: the incoming field to name in the error.
#
# The condition is no "error", so a hook's own tryCatch(error = ) lets it pass.
reject <- function(message, rows = NULL, field = NULL) {
  if (is.logical(rows)) rows <- which(rows)
  if (!is.null(rows) && length(rows) == 0) return(invisible())
  stop(structure(
    class = c("bridge_rejection", "condition"),
    list(message = message, call = NULL, rows = rows, field = field)
  ))
}
