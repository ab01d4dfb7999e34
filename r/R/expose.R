# Makes the objects of a file visible to formulas, as they were when it was fitted.

# A formula's environment is mostly the global one, where a user's load() would
# put the objects of the file. We attach a copy right behind it, so the global
# environment stays empty, without those that would stand before R's own.
expose <- function(objects) {
  names <- Filter(function(name) is_exposable(name, objects[[name]]),
                  ls(objects, all.names = TRUE))
  visible <- list2env(mget(names, envir = objects), parent = emptyenv())
  attach(visible, pos = 2, name = "rbridge:objects", warn.conflicts = FALSE)
  register_methods(visible)
}

# Generics of stats that prediction goes through.
predicting_generics <- c(
  "predict", "makepredictcall", "model.frame", "model.matrix", "terms", "formula",
  "family", "coef", "vcov", "fitted", "residuals", "simulate"
)

# Methods are looked up in the global environment and among the registered ones,
# not on the search path. One that a package has is not replaced.
register_methods <- function(objects) {
  for (generic in predicting_generics) {
    prefix <- paste0(generic, ".")
    for (name in Filter(function(n) startsWith(n, prefix), ls(objects))) {
      class <- substring(name, nchar(prefix) + 1)
      own <- is.function(objects[[name]]) && !is_registered(generic, class)
      if (own) registerS3method(generic, class, objects[[name]], asNamespace("stats"))
    }
  }
}

is_registered <- function(generic, class) {
  !is.null(utils::getS3method(generic, class, optional = TRUE, envir = baseenv()))
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
