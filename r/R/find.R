# Finds the model among the objects of a file.

# The name of the one object in `objects` that has a predict method, or of the
# one that bridge.toml names.
model_name <- function(objects, wanted = NULL) {
  if (!is.null(wanted) && !exists(wanted, envir = objects, inherits = FALSE)) {
    not_servable("bridge.toml names the object \"%s\"; the file holds %s",
                 wanted, inventory(objects))
  }
  candidates <- candidates(objects, wanted)
  if (length(candidates) == 1) return(candidates)
  if (length(candidates) == 0) refuse_no_model(objects)
  not_servable(
    paste("the file holds %d models: %s; say which one to serve in",
          "bridge.toml:\nobject = \"%s\""),
    length(candidates), inventory(objects, candidates), candidates[1]
  )
}

# Only where no object is a model are lists searched for one.
candidates <- function(objects, wanted) {
  if (!is.null(wanted)) return(Filter(function(n) is_model(objects[[n]]), wanted))
  found <- models_in(objects)
  if (length(found)) return(found)
  unpack_bundles(objects)
  models_in(objects)
}

models_in <- function(objects) {
  Filter(function(name) is_model(objects[[name]]), ls(objects, all.names = TRUE))
}

refuse_no_model <- function(objects) {
  not_servable(
    paste("no object of the file has a predict method: it holds %s; if the",
          "method comes with a package, name that in bridge.toml:\npackages =",
          "[\"PACKAGE\"]\nor write model_fn(model_dir) or predict_fn(newdata,",
          "model) in inference.R"),
    inventory(objects)
  )
}

# Objects and their classes, in words.
inventory <- function(objects, names = ls(objects, all.names = TRUE)) {
  if (length(names) == 0) return("nothing")
  shown <- utils::head(names, 20)
  classes <- vapply(shown, function(name) {
    paste(class(objects[[name]]), collapse = "/")
  }, "")
  text <- paste0(shown, " (", classes, ")", collapse = ", ")
  more <- length(names) - length(shown)
  if (more > 0) sprintf("%s and %d more", text, more) else text
}

# Classes of data: some package or other has a predict method even for these.
data_classes <- c(
  "data.frame", "factor", "table", "ts", "mts", "zoo", "xts", "formula", "Date",
  "POSIXct", "POSIXlt", "difftime", "Surv", "terms", "noquote", "dist", "matrix",
  "integer64", "hexmode", "package_version", "numeric_version"
)

# A fitted model: it has a class, not one of data, and a predict method.
is_model <- function(object) {
  is.object(object) && !is.function(object) && !is.environment(object) &&
    !inherits(object, data_classes) && has_predict(object)
}

has_predict <- function(object) {
  object <- unwrapped(object)
  load_packages(packages_of_class(object))
  any(vapply(classes_of(object), function(class) !is.null(predict_method(class)), NA)) ||
    has_s4_predict(object) || is_horizon_model(object)
}

# S4 classes with all that they extend.
classes_of <- function(object) {
  if (isS4(object)) methods::is(object) else class(object)
}

# The part of a fit that predict() knows.
unwrapped <- function(model) {
  if (inherits(model, "gamm")) model$gam else model
}

# The S3 method of predict() for `class`: saved in the file, or registered. As getS3method()
# finds it, which loads the package tools for 10 ms.
predict_method <- function(class) {
  name <- paste0("predict.", class)
  method <- get0(name, envir = globalenv(), mode = "function")
  if (!is.null(method)) return(method)
  get0(name, envir = asNamespace("stats")[[".__S3MethodsTable__."]], inherits = FALSE)
}

has_s4_predict <- function(object) {
  isS4(object) && !is.null(s4_predict(object))
}

# The generic that the package of an S4 class made of predict(): stats::predict
# itself knows nothing of its methods.
s4_predict <- function(object) {
  package <- attr(class(object), "package")
  if (is.null(package)) return(NULL)
  where <- if (package == ".GlobalEnv") globalenv() else asNamespace(package)
  generic <- get0("predict", where, mode = "function")
  known <- methods::is(generic, "standardGeneric") &&
    methods::hasMethod("predict", class(object), where = where)
  if (known) generic
}
