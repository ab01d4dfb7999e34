# One call: columns in, an answer or a failure out. Never stops with an error.

# served: from serve_model(). columns: see as_newdata(). counts: how many rows
# there are, and how many requests they belong to.
# Returns list("answer", layout, names, columns),
# list("rejected", message, field, rows), list("apart") if the requests must be
# asked one by one, or list("failed", message, detail).
call_model <- function(served, columns, counts) {
  rows <- counts[1]
  tryCatch(
    withCallingHandlers(
      answer(served, columns, rows, requests = counts[2]),
      warning = function(w) {
        message("warning from R: ", conditionMessage(w))
        invokeRestart("muffleWarning")
      }
    ),
    bridge_rejection = function(c) rejected(c, rows),
    error = failed
  )
}

answer <- function(served, columns, rows, requests) {
  hooks <- served$hooks
  newdata <- as_newdata(served, columns, rows)
  if (!is.null(hooks$input_fn)) {
    newdata <- check_newdata(hooks$input_fn(newdata), served$variables, rows)
  }
  prediction <- if (is.null(hooks$predict_fn)) {
    default_predict(newdata, served$model, served$arguments)
  } else {
    hooks$predict_fn(newdata, served$model)
  }
  if (requests > 1 && !merging_is_exact(prediction, served$limits)) {
    return(list("apart"))
  }
  if (!is.null(hooks$output_fn)) {
    prediction <- hooks$output_fn(prediction, newdata)
  }
  c("answer", as_answer(prediction, rows))
}

rejected <- function(condition, rows) {
  refused <- condition$rows
  if (is.null(refused)) refused <- seq_len(rows)
  known <- is.numeric(refused) && length(refused) && !anyNA(refused)
  if (!known || any(refused < 1 | refused > rows)) {
    return(list("failed", sprintf("reject() names rows that are not in 1 to %d", rows), ""))
  }
  field <- if (is.null(condition$field)) "" else condition$field
  list("rejected", as_text(condition$message), as_text(field),
       as.integer(refused))
}

failed <- function(condition) {
  call <- paste(deparse(conditionCall(condition), nlines = 3), collapse = " ")
  detail <- paste0(paste(class(condition), collapse = "/"), " in ", call)
  list("failed", as_text(conditionMessage(condition)), as_text(detail))
}

# One string in UTF-8, whatever a condition's author made of it.
as_text <- function(x) enc2utf8(paste(x, collapse = " "))
