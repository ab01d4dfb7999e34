# Reads a saved file into an environment of its own and finds the model in it.

# All objects of an .RData, .rda or .rds file, as an environment without parent.
# A list in an .rds that is no model itself is taken as a bundle of objects. A
# warning is fatal: R only warns of a damaged file, or of a package that is
# missing, and then goes on with other numbers.
read_objects <- function(path) {
  objects <- new.env(parent = emptyenv())
  problem <- tryCatch({
    if (grepl("\\.rds$", path, ignore.case = TRUE)) {
      unpack_object(readRDS(path), objects)
    } else {
      load(path, envir = objects)
    }
    NULL
  }, warning = identity, error = identity)
  if (!is.null(problem)) {
    not_servable("%s cannot be read: %s", basename(path),
                 conditionMessage(problem))
  }
  objects
}

unpack_object <- function(object, objects) {
  if (is.list(object) && !is.object(object) && !is.null(names(object))) {
    list2env(object, envir = objects)
  } else {
    assign("model", object, envir = objects)
  }
}

# The name of the one object in `objects` that has a predict method, or of the
# one that bridge.toml names.
model_name <- function(objects, wanted = NULL) {
  if (!is.null(wanted) && !exists(wanted, envir = objects, inherits = FALSE)) {
    not_servable("bridge.toml names the object \"%s\"; the file holds %s",
                 wanted, inventory(objects))
  }
  candidates <- if (is.null(wanted)) ls(objects, all.names = TRUE) else wanted
  usable <- vapply(candidates, function(name) has_predict(objects[[name]]), NA)
  candidates <- candidates[usable]
  if (length(candidates) == 1) return(candidates)
  if (length(candidates) == 0) refuse_no_model(objects)
  not_servable(
    paste("the file holds %d models: %s; say which one to serve in",
          "bridge.toml:\nobject = \"%s\""),
    length(candidates), inventory(objects, candidates), candidates[1]
  )
}

refuse_no_model <- function(objects) {
  not_servable(
    paste("no object of the file has a predict method: it holds %s; if the",
          "method comes with a package, load it in inference.R",
          "(library(PACKAGE)); else write model_fn(model_dir) there"),
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

has_predict <- function(object) {
  method <- function(class) {
    utils::getS3method("predict", class, optional = TRUE, envir = globalenv())
  }
  s3 <- !vapply(class(object), function(class) is.null(method(class)), NA)
  any(s3) || (isS4(object) && methods::existsMethod("predict", class(object)))
}
