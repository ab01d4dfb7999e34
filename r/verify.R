# The fresh session of `rbridge verify`: loads the model file as its owner would, and calls
# predict() by itself. Uses nothing of r/R, so that a fault there cannot hide here.
#
# Run by bridge/verify/session.py with the path of a task file and of a pipe for the answers,
# in an environment whose parent is base: the global one is left to the model file.

# --- Values to and from bytes; bridge/verify/exchange.py describes the format.

get_value <- function(con) {
  tag <- readBin(con, "integer", 1)
  if (tag == 0) return(NULL)
  n <- readBin(con, "integer", 1)
  switch(
    tag,
    as.logical(readBin(con, "integer", n)),
    readBin(con, "integer", n),
    readBin(con, "double", n),
    get_strings(con, n),
    get_list(con, n)
  )
}

get_strings <- function(con, n) {
  bytes <- readBin(con, "integer", n)
  there <- bytes >= 0
  text <- rep(NA_character_, n)
  if (any(there)) text[there] <- readChar(con, bytes[there], useBytes = TRUE)
  Encoding(text) <- "UTF-8"
  text
}

get_list <- function(con, n) {
  names <- get_value(con)
  value <- lapply(seq_len(n), function(i) get_value(con))
  names(value) <- names
  value
}

put_value <- function(con, value) {
  put_int <- function(x) writeBin(as.integer(x), con)
  if (is.null(value)) {
    put_int(0)
  } else if (is.list(value)) {
    put_int(c(5, length(value)))
    put_value(con, names(value))
    for (item in value) put_value(con, item)
  } else if (is.character(value)) {
    value <- enc2utf8(value)
    put_int(c(4, length(value), ifelse(is.na(value), -1L, nchar(value, "bytes"))))
    writeBin(charToRaw(paste(value[!is.na(value)], collapse = "")), con)
  } else {
    put_int(c(if (is.double(value)) 3 else if (is.integer(value)) 2 else 1, length(value)))
    if (is.double(value)) writeBin(as.vector(value), con) else put_int(value)
  }
}

# --- The model, as its owner would load it

load_model <- function(task) {
  if (is.null(task$file)) return(list())
  if (!grepl("[.]rds$", task$file, ignore.case = TRUE)) {
    load(task$file, envir = globalenv())
    return(list(
      model = get(task$object, globalenv()),
      factor_levels = get0("factor_levels", globalenv(), inherits = FALSE)
    ))
  }
  value <- readRDS(task$file)
  is_bundle <- is.list(value) && !is.object(value) && task$object %in% names(value)
  if (!is_bundle) return(list(model = value))
  list(model = value[[task$object]], factor_levels = value$factor_levels)
}

# The hooks see the model, the levels and a reject() of this session's own.
source_hooks <- function(script, found) {
  seen <- new.env(parent = globalenv())
  list2env(list(
    model = found$model, factor_levels = found$factor_levels, reject = mark_rows
  ), seen)
  hooks <- new.env(parent = seen)
  if (!is.null(script)) sys.source(script, envir = hooks)
  mget(c("model_fn", "input_fn", "predict_fn", "output_fn"), hooks, "function",
       ifnotfound = list(NULL))
}

mark_rows <- function(message, rows = NULL, field = NULL) {
  if (is.logical(rows)) rows <- which(rows)
  if (!is.null(rows) && !length(rows)) return(invisible())
  stop(structure(class = c("marked", "condition"), list(message = message, call = NULL)))
}

prepare <- function(task) {
  for (package in task$packages) library(package, character.only = TRUE)
  found <- load_model(task)
  hooks <- source_hooks(task$script, found)
  if (!is.null(hooks$model_fn)) {
    made <- hooks$model_fn(task$dir)
    found <- if (!is.object(made) && is.list(made)) made else list(model = made)
    hooks <- source_hooks(task$script, found)
  }
  model <- if (inherits(found$model, "gamm")) found$model$gam else found$model
  list(model = model, hooks = hooks, arguments = task$predict,
       newdata = as_data_frame(task, model))
}

# --- The data, as a user would read them: text where the model was fitted on text, else
# factors with the saved levels.

as_data_frame <- function(task, model) {
  classes <- tryCatch(attr(stats::terms(model), "dataClasses"), error = function(e) NULL)
  columns <- Map(function(column, field) {
    as_field(column, field, isTRUE(unname(classes[field$name]) == "character"))
  }, task$columns, task$fields)
  names(columns) <- vapply(task$fields, `[[`, "", "name")
  columns <- bind_matrices(columns, classes)
  structure(columns, class = "data.frame", row.names = .set_row_names(task$rows))
}

as_field <- function(column, field, text) {
  switch(
    field$type,
    factor = if (text) {
      ifelse(column %in% field$levels, column, NA)
    } else {
      factor(column, levels = field$levels, ordered = field$ordered)
    },
    date = as.Date(column, format = "%Y-%m-%d"),
    datetime = as.POSIXct(column, format = "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC"),
    column
  )
}

# A matrix X in the data that lm(y ~ X) was fitted on arrives as X.a, X.b.
bind_matrices <- function(columns, classes) {
  for (name in setdiff(names(classes)[grepl("^nmatrix", classes)], names(columns))) {
    parts <- startsWith(names(columns), paste0(name, "."))
    if (make.names(name) != name || !any(parts)) next
    matrix <- do.call(cbind, columns[parts])
    colnames(matrix) <- substring(colnames(matrix), nchar(name) + 2)
    columns <- c(columns[!parts], stats::setNames(list(matrix), name))
  }
  columns
}

# --- One request

score <- function(session, rows) {
  hooks <- session$hooks
  newdata <- session$newdata[rows, , drop = FALSE]
  row.names(newdata) <- NULL
  if (!is.null(hooks$input_fn)) newdata <- hooks$input_fn(newdata)
  prediction <- if (is.null(hooks$predict_fn)) {
    as_typed(session$model, newdata, session$arguments)
  } else {
    hooks$predict_fn(newdata, session$model)
  }
  if (!is.null(hooks$output_fn)) {
    named_columns(hooks$output_fn(prediction, newdata), newdata, character())
  } else {
    named_columns(prediction, newdata, c("residual.scale", "df"))
  }
}

# The call that a user types at the prompt, seen from the global environment: whatever
# predict() is there, stats' or that of an attached package, is the one.
as_typed <- function(model, newdata, arguments) {
  here <- new.env(parent = globalenv())
  here$model <- model
  takes_matrix <- inherits(model, c("glmnet", "cv.glmnet", "xgb.Booster"))
  here$newdata <- if (takes_matrix) as.matrix(newdata) else newdata
  eval(as.call(c(quote(predict), quote(model), quote(newdata), arguments)), here)
}

# The answer as a named list of plain vectors, one value per row. scalars: elements of a list
# that are of the model, not of a row.
named_columns <- function(value, newdata, scalars) {
  if (inherits(value, "ranger.prediction")) value <- value$predictions
  if (isS4(value) && length(dim(value)) == 2) value <- as.matrix(value)
  one_row <- nrow(newdata) == 1 && is.null(dim(value)) && length(value) > 1
  columns <- if (is.list(value)) {
    list_columns(unclass(value)[setdiff(names(value), scalars)], newdata)
  } else if (one_row && !is.null(names(value))) {
    as.list(value)
  } else {
    array_columns(value, "prediction", "")
  }
  lapply(columns, function(column) aligned(plain(column), newdata))
}

list_columns <- function(elements, newdata) {
  whole <- c(nrow(newdata), sum(stats::complete.cases(newdata)))
  keeps <- vapply(elements, function(x) NROW(x) %in% whole, NA)
  parts <- Map(function(x, name) array_columns(x, name, paste0(name, ".")),
               elements[keeps], names(elements)[keeps])
  do.call(c, unname(parts))
}

# alone: the name of a single column; prefix: goes before the names of several.
array_columns <- function(value, alone, prefix) {
  if (length(dim(value)) == 3) value <- flat(value)
  if (length(dim(value)) < 2 || ncol(value) == 1) {
    return(stats::setNames(list(if (is.matrix(value)) value[, 1] else value), alone))
  }
  names <- if (is.null(colnames(value))) paste0("V", seq_len(ncol(value))) else colnames(value)
  stats::setNames(lapply(seq_len(ncol(value)), function(i) value[, i]), paste0(prefix, names))
}

flat <- function(value) {
  names <- dimnames(value)[2:3]
  size <- dim(value)
  labels <- lapply(1:2, function(i) {
    if (is.null(names[[i]])) paste0("V", seq_len(size[i + 1])) else names[[i]]
  })
  pairs <- outer(labels[[1]], labels[[2]], paste, sep = ".")
  matrix(value, size[1], dimnames = list(NULL, if (size[3] == 1) labels[[1]] else pairs))
}

plain <- function(column) {
  if (inherits(column, "POSIXct")) {
    column <- format(column, "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC")
  } else if (inherits(column, c("factor", "Date"))) {
    column <- as.character(column)
  }
  as.vector(unclass(column))
}

# Some methods answer nothing for a row with NA, and are shorter then.
aligned <- function(column, newdata) {
  rows <- nrow(newdata)
  if (length(column) == rows) return(column)
  whole <- which(stats::complete.cases(newdata))
  if (length(column) != length(whole)) {
    stop(sprintf("predict() gave %d values for %d rows", length(column), rows))
  }
  column[match(seq_len(rows), whole)]
}

# --- The whole run

# What it takes to have this session again.
about <- function() {
  loaded <- setdiff(loadedNamespaces(), rownames(utils::installed.packages(priority = "base")))
  list(
    r = R.version.string, blas = unname(extSoftVersion()["BLAS"]), lapack = La_library(),
    packages = lapply(stats::setNames(nm = sort(loaded)),
                      function(name) as.character(utils::packageVersion(name)))
  )
}

answer <- function(session, rows) {
  tryCatch(
    list("answer", suppressWarnings(score(session, rows))),
    marked = function(c) list("rejected", paste(c$message, collapse = " ")),
    error = function(e) list("error", conditionMessage(e))
  )
}

run <- function(task_file, pipe) {
  out <- file(pipe, "wb")
  on.exit(close(out))
  source <- file(task_file, "rb")
  task <- get_value(source)
  close(source)
  session <- tryCatch(prepare(task), error = function(e) conditionMessage(e))
  if (is.character(session)) return(put_value(out, list("cannot", session)))
  put_value(out, list("session", about()))
  for (rows in split(task$order, rep(seq_along(task$sizes), task$sizes))) {
    put_value(out, answer(session, rows))
    flush(out)
  }
}
