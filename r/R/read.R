# Reads a saved file into an environment of its own.

# All objects of an .RData, .rda or .rds file, as an environment without parent.
# What a file is, its first bytes say, not its name.
read_objects <- function(path) {
  objects <- new.env(parent = emptyenv())
  refuse <- function(condition) {
    not_servable("%s cannot be read: %s", basename(path), conditionMessage(condition))
  }
  withCallingHandlers(
    tryCatch(read_into(objects, path), error = function(e) {
      if (inherits(e, "not_servable")) stop(e) else refuse(e)
    }),
    warning = function(w) if (is_of_reading(w)) refuse(w) else log_warning(w)
  )
  objects
}

read_into <- function(objects, path) {
  if (is_workspace(path)) {
    load(path, envir = objects)
  } else {
    unpack_object(readRDS(path), objects)
  }
}

# R only warns of a damaged file, or of a package that is missing, and then goes on
# with other numbers: fatal. Not so what a package warns of while it is loaded.
is_of_reading <- function(warning) {
  call <- conditionCall(warning)
  is.null(call) || function_name(call[[1]]) %in% c("load", "readRDS", "gzfile", "..getNamespace")
}

# Each text is logged once: the same request may come a million times. On one line,
# so that no text of a request looks like another event of the log.
log_warning <- function(warning) {
  text <- conditionMessage(warning)
  if (!text %in% warned$texts) {
    warned$texts <- utils::head(c(text, warned$texts), 1000)
    message("warning from R: ", gsub("[\001-\037\177]+", " ", text, useBytes = TRUE))
  }
  invokeRestart("muffleWarning")
}

warned <- new.env(parent = emptyenv())

# load() reads what begins with RDX or RDA and the format's version; saveRDS()
# writes no such word.
is_workspace <- function(path) {
  file <- gzfile(path, "rb")
  on.exit(close(file))
  grepl("^RD[ABX][23]\n$", rawToChar(Filter(as.logical, readBin(file, "raw", 5))))
}

# A list that is no model itself is taken as a bundle of objects, in an .rds or
# as the only object of an .RData.
unpack_object <- function(object, objects) {
  if (is_bundle(object)) {
    list2env(object, envir = objects)
  } else {
    assign("model", object, envir = objects)
  }
}

is_bundle <- function(object) {
  is.list(object) && !is.object(object) && !is.null(names(object)) &&
    all(nzchar(names(object)))
}

# The elements of bundles beside the objects that are none; an object of that
# name comes first.
unpack_bundles <- function(objects) {
  for (name in ls(objects, all.names = TRUE)) {
    bundle <- objects[[name]]
    if (name == "factor_levels" || !is_bundle(bundle)) next
    fresh <- setdiff(names(bundle), ls(objects, all.names = TRUE))
    list2env(bundle[fresh], envir = objects)
  }
}
