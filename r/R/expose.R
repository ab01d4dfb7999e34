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

# Names in the formula, or in functions of the file that it reaches, and methods for the
# model's classes, where the file has an object that does not come before R's own.
hidden_objects <- function(objects, model) {
  hidden <- Filter(function(name) !is_exposable(name, objects[[name]]), ls(objects))
  terms <- model_terms(model)
  used <- if (is.null(terms)) character() else reached(all.names(terms), objects)
  methods <- paste0("predict.", classes_of(model))
  intersect(hidden, c(used, methods))
}

# These names and those that functions of the file behind them use.
reached <- function(names, objects) {
  done <- character()
  while (length(names)) {
    done <- union(done, names)
    functions <- Filter(is.function, mget(names, objects, ifnotfound = list(NULL)))
    names <- setdiff(unlist(lapply(functions, function(f) all.names(body(f)))), done)
  }
  done
}

refuse_hidden <- function(objects, model) {
  hidden <- hidden_objects(objects, model)
  if (length(hidden) == 0) return(invisible())
  not_servable(
    paste("the file has an object of its own called %s, which the model uses; nothing",
          "in a model file may take the place of R's own. Call it otherwise and fit the",
          "model again, or save it without, if R's own is meant"),
    hidden[1]
  )
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
