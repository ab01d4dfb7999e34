# Makes the objects of a file visible to formulas, as they were when it was fitted.

# A formula's environment is mostly the global one, where a user's load() would
# put the objects of the file. We attach a copy right behind it, so the global
# environment stays empty, without those that would stand before R's own.
expose <- function(objects) {
  names <- Filter(function(name) is_exposable(name, objects[[name]]),
                  ls(objects, all.names = TRUE))
  visible <- list2env(mget(names, envir = objects), parent = emptyenv())
  attach(visible, pos = 2, name = "rbridge:objects", warn.conflicts = FALSE)
}

# R finds a function by its name behind any object that is none, so a constant may
# be called c. Not pi, T, F or letters: nothing would tell one from the other.
is_exposable <- function(name, value) {
  if (name %in% c(".Random.seed", ".First", ".Last", ".Last.value")) return(FALSE)
  mode <- if (is.function(value)) "function" else "any"
  !any(vapply(c("base", "stats", "methods", "utils"), function(package) {
    own <- get0(name, envir = asNamespace(package), mode = mode, inherits = FALSE)
    !is.null(own) && is.function(own) == is.function(value)
  }, NA))
}
