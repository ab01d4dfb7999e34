# What objects weigh, and the environments that they carry: bytes as they are saved,
# before compression. Neither promises nor active bindings are touched: what is in a
# file may be code that waits to be run.

# The bytes of `object` without environments, or with those alone that are `kept`.
bytes_of <- function(object, kept = function(e) FALSE) {
  counted <- tempfile()
  on.exit(unlink(counted))
  counter <- pipe(paste("wc -c >", shQuote(counted)), "wb")
  save_to(counter, object, function(e) if (!kept(e)) "")
  scan(counted, quiet = TRUE)
}

# serialize() walks through anything without evaluating it, and asks at each
# environment whether it shall go on into it.
save_to <- function(connection, object, refhook) {
  on.exit(close(connection))
  suppressWarnings(serialize(object, connection, xdr = FALSE, refhook = refhook))
}

# Every environment that would be saved with the object: not the global one, nor those
# of packages.
captured_environments <- function(object) {
  found <- list()
  save_to(file("/dev/null", "wb"), object, function(e) {
    if (is.environment(e)) found[[length(found) + 1]] <<- e
    NULL
  })
  unique(found)
}

most_weighed <- 200
most_shown <- 10

# The heaviest first. formula_env: of the formula.
environment_table <- function(environments, formula_env) {
  environments <- utils::head(environments, most_weighed)
  bytes <- vapply(environments, frame_bytes, 0)
  heaviest <- utils::head(order(-bytes), most_shown)
  lapply(heaviest, function(i) {
    env <- environments[[i]]
    list(of = origin(env, formula_env), bytes = bytes[i], objects = held_table(env, bytes[i]))
  })
}

# Of the formula, around that, or of any other part of the model.
origin <- function(env, formula_env) {
  if (identical(env, formula_env)) return("formula")
  while (!is.null(formula_env) && !identical(formula_env, emptyenv())) {
    formula_env <- parent.env(formula_env)
    if (identical(env, formula_env)) return("around the formula")
  }
  "other"
}

frame_bytes <- function(env) bytes_of(env, function(e) identical(e, env))

# What an environment holds, the heaviest first. What waits to be computed, or was
# computed as an argument, cannot be told apart nor looked at: it is weighed together.
held_table <- function(env, bytes) {
  names <- ls(env, all.names = TRUE)
  values <- lapply(names, settled, env = env)
  there <- lengths(values) == 1
  rows <- Map(function(name, value) object_row(name, value[[1]]), names[there], values[there])
  weighed <- vapply(rows, `[[`, 0, "bytes")
  arguments <- names[!there & !vapply(names, is_active, NA, env = env)]
  if (length(arguments)) {
    rest <- list(name = paste(arguments, collapse = ", "), class = "argument", shape = "",
                 bytes = max(0, bytes - sum(weighed)))
    rows <- c(rows, list(rest))
  }
  utils::head(unname(rows[order(-vapply(rows, `[[`, 0, "bytes"))]), most_shown)
}

object_row <- function(name, value) {
  list(name = name, class = class(value), shape = shape_text(value), bytes = bytes_of(value))
}

# The extent of a data frame, a matrix or a plain vector, in words.
shape_text <- function(value) {
  if (length(dim(value))) return(paste(dim(value), collapse = " x "))
  if (is.object(value) || !is.vector(value)) return("")
  sprintf("length %d", length(value))
}

# list(value) of what is bound to the name, or list() if it is not a plain value: then
# to look at it could run code. substitute() gives a value for a value and the code for
# a promise.
settled <- function(name, env) {
  if (name == "..." || is_active(name, env)) return(list())
  value <- list(do.call(substitute, list(as.name(name), env)))
  if (is.language(value[[1]]) && !is.object(value[[1]])) list() else value
}

is_active <- function(name, env) bindingIsActive(as.name(name), env)
