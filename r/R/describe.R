# What the server, and people, are told of a served model.

description <- function(served) {
  model <- served$model
  all_in_utf8(list(
    fields = lapply(served$fields, function(field) {
      c(field[c("name", "type", "levels", "ordered")], numeric = is.numeric(field$values))
    }),
    merge = served$merge, hooked = served$hooked, horizon = served$horizon,
    object = served$object, class = class(model),
    packages = package_versions(), predict = served$arguments,
    r_version = as.character(getRversion()), blas = blas_name(),
    reference_blas = is_reference_blas(blas_name())
  ))
}

# The packages in use beyond those that R itself attaches.
package_versions <- function() {
  own <- c("base", "stats", "utils", "methods", "graphics", "grDevices", "datasets",
           "compiler", "tools")
  packages <- sort(setdiff(loadedNamespaces(), own))
  lapply(stats::setNames(packages, packages), function(package) {
    as.character(utils::packageVersion(package))
  })
}
