# One call: columns in, an answer or a failure out. Never stops with an error.

# served: from serve_model(). columns: see as_newdata(). counts: how many rows
# there are, and how many requests they belong to. parameters: arguments for
# predict() that the request asks for, as a named list.
# Returns list("answer", layout, names, columns), the columns as sent() makes them,
# list("rejected", message, field, rows), list("apart") if the requests must be
# asked one by one, or list("failed", message, detail).
call_model <- function(served, columns, counts, parameters = NULL) {
  outcome <- answer_or_condition(served, columns, counts, parameters)
  if (!is.object(outcome)) return(outcome)
  if (!inherits(outcome, "bridge_rejection")) return(failed(outcome))
  rejected(outcome, counts[1])
}

# tryCatch() for two classes would take a tenth of what predict() does. So the handlers
# are calling ones, and leave by a promise that returns from here. R skips them where its
# C stack is all but used up: then the error ends the call, which RModel finds out.
answer_or_condition <- function(served, columns, counts, parameters) {
  condition <- NULL
  delayedAssign("leave", return(condition))
  stopped <- function(c) {
    condition <<- c
    leave
  }
  withCallingHandlers(
    answer(served, columns, counts[1], requests = counts[2], parameters),
    warning = log_warning, bridge_rejection = stopped, error = stopped
  )
}

answer <- function(served, columns, rows, requests, parameters = NULL) {
  hooks <- served$hooks
  newdata <- as_newdata(served, columns, rows)
  if (!is.null(hooks$input_fn)) {
    newdata <- check_newdata(hooks$input_fn(newdata), served$variables, rows)
  }
  prediction <- if (is.null(hooks$predict_fn)) {
    default_predict(served, newdata, parameters)
  } else {
    hooks$predict_fn(newdata, served$model)
  }
  if (requests > 1 && !merging_is_exact(prediction, served$limits)) {
    return(list("apart"))
  }
  if (served$horizon) rows <- steps_ahead(served$model, newdata)
  hooked <- !is.null(hooks$output_fn)
  if (hooked) prediction <- hooks$output_fn(prediction, newdata)
  answer <- as_answer(prediction, rows, hooked)
  list("answer", layout = answer$layout, names = answer$names, columns = sent(answer$columns))
}

default_predict <- function(served, newdata, parameters) {
  arguments <- served$arguments
  if (length(parameters)) arguments[names(parameters)] <- parameters
  if (length(arguments)) arguments <- with_uncertainty(served$model, arguments)
  if (!has_missing(newdata)) return(predicted(served$model, newdata, served, arguments))
  ask <- function(newdata) predicted(served$model, newdata, served, arguments)
  predicted_aligned(ask, newdata)
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

# One string, whatever a condition's author made of it.
as_text <- function(x) in_utf8(paste(x, collapse = " "))
