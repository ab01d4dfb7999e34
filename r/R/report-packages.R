# The packages that must be installed where the model is served.

packages_of_r <- c(
  "base", "compiler", "datasets", "graphics", "grDevices", "grid", "methods", "parallel",
  "splines", "stats", "stats4", "tcltk", "tools", "utils"
)

# What is attached, what no other package has loaded, and what hooks name; those that
# come along with these are left out.
needed_packages <- function(hooks) {
  loaded <- loadedNamespaces()
  brought <- unlist(lapply(loaded, function(package) names(getNamespaceImports(package))))
  needed <- c(attached_packages(), setdiff(loaded, brought), packages_named(hooks))
  sort(setdiff(needed, packages_of_r))
}

# By the hooks and the functions beside them, as package::name or library(package).
packages_named <- function(hooks) {
  hooks <- Filter(is.function, hooks)
  if (length(hooks) == 0) return(character())
  functions <- Filter(is.function, as.list(environment(hooks[[1]])))
  calls <- do.call(c, lapply(unname(functions), function(f) calls_in(body(f))))
  unlist(lapply(calls, package_named))
}

# library(x, character.only = TRUE) and requireNamespace(x) do not say which.
package_named <- function(call) {
  if (is.call(call[[1]])) call <- call[[1]]
  if (length(call) < 2 || !is.null(call$character.only)) return(NULL)
  named <- call[[2]]
  said <- switch(
    function_name(call[[1]]),
    `::` = , `:::` = , library = , require = is.name(named) || is.character(named),
    requireNamespace = , loadNamespace = is.character(named),
    FALSE
  )
  if (said) as.character(named)
}
