# What only R can tell of a served model, for `rbridge check`. Not computed when the
# server starts.

# served: from serve_model(). A list that goes to people as it is; docs/check.md
# names its parts.
report <- function(served) {
  model <- served$model
  terms <- model_terms(model)
  parts <- list(
    objects = object_table(served$objects), bytes = bytes_of(model), rows = rows_fitted(model),
    formula = formula_text(model),
    environments = environment_table(captured_environments(model), environment(terms)),
    constants = constant_table(model, terms),
    hooks = names(Filter(Negate(is.null), served$hooks)),
    attached = attached_packages(), needed = needed_packages(served$hooks),
    typical = typical_values(served$fields, model, terms),
    warnings = model_warnings(served, terms)
  )
  all_in_utf8(parts)
}

formula_text <- function(model) {
  formula <- tryCatch(stats::formula(model), error = function(e) NULL)
  if (inherits(formula, "formula")) one_line(formula) else ""
}

one_line <- function(expression) {
  text <- deparse(expression, width.cutoff = 500, nlines = 5)
  gsub("[[:space:]]+", " ", paste(text, collapse = " "))
}

# The objects of the file, the heaviest first; none where a hook made the model.
object_table <- function(objects) {
  if (is.null(objects)) return(list())
  rows <- lapply(ls(objects, all.names = TRUE), function(name) {
    object_row(name, objects[[name]])
  })
  rows[order(-vapply(rows, `[[`, 0, "bytes"))]
}

attached_packages <- function() {
  own <- c("stats", "graphics", "grDevices", "utils", "datasets", "methods", "base")
  setdiff(sub("^package:", "", grep("^package:", search(), value = TRUE)), own)
}

# Constants that the formula does not take from newdata, and where it finds them.
constant_table <- function(model, terms) {
  if (is.null(terms)) return(list())
  names <- setdiff(all.vars(terms), c(model_variables(model, terms), "."))
  env <- environment(terms)
  if (is.null(env)) env <- globalenv()
  lapply(names, function(name) {
    holder <- holder_of(name, env)
    list(name = name, from = holder_text(holder), value = value_text(name, holder))
  })
}

holder_of <- function(name, env) {
  while (!identical(env, emptyenv())) {
    if (exists(name, envir = env, inherits = FALSE)) return(env)
    env <- parent.env(env)
  }
}

holder_text <- function(env) {
  if (is.null(env)) return("nowhere")
  name <- environmentName(env)
  if (identical(name, "rbridge:objects")) return("the file")
  if (nzchar(name)) return(paste("R's", sub("^package:", "", name)))
  "the environment saved with the formula"
}

value_text <- function(name, env) {
  value <- if (is.null(env)) NULL else known_value(name, env)
  if (is.atomic(value) && length(value) %in% 1:5) one_line(as.vector(value)) else ""
}

# Of environments that have a name, a package's or the file's, all values may be looked at.
known_value <- function(name, env) {
  if (nzchar(environmentName(env))) return(get(name, envir = env))
  value <- settled(name, env)
  if (length(value)) value[[1]]
}

# For each field a value that is in the middle of what the model was fitted on, as a
# client would send it, where the object still holds that.
typical_values <- function(fields, model, terms) {
  if (is.null(terms)) return(list())
  evidence <- gather_evidence(model, terms)
  values <- lapply(fields, function(field) {
    if (nzchar(field$matrix)) return(NULL)
    column <- known_column(field$name, evidence)
    if (is.null(column)) middle_of_basis(field$name, terms) else typical_value(column, field)
  })
  names(values) <- vapply(fields, `[[`, "", "name")
  Filter(Negate(is.null), values)
}

typical_value <- function(column, field) {
  if (length(dim(column))) return(NULL)
  column <- some_of(column[!is.na(column)])
  if (length(column) == 0) return(NULL)
  switch(
    field$type,
    factor = c(intersect(by_frequency(column), field$levels), field$levels)[1],
    string = by_frequency(column)[1],
    boolean = by_frequency(column)[1] == "TRUE",
    date = format(stats::median(column)),
    datetime = format(stats::median(column), "%Y-%m-%dT%H:%M:%SZ", tz = "UTC"),
    typical_number(column)
  )
}

# Enough to tell what is usual, from all over the column.
some_of <- function(column) {
  if (length(column) <= 1e4) column else column[round(seq(1, length(column), length.out = 1e4))]
}

by_frequency <- function(column) {
  names(sort(table(as.character(column)), decreasing = TRUE))
}

# What poly() and its like have fixed when the model was fitted tells where the middle of
# a number was.
middle_of_basis <- function(name, terms) {
  for (call in calls_in(attr(terms, "predvars"))) {
    if (length(call) < 2 || !identical(call[[2]], as.name(name))) next
    middle <- switch(
      function_name(call[[1]]),
      poly = eval(call$coefs, baseenv())$alpha[1],
      ns = , bs = mean(eval(call$Boundary.knots, baseenv())),
      scale = eval(call$center, baseenv())
    )
    if (is.numeric(middle) && length(middle) == 1) return(signif(middle[[1]], 3))
  }
}

typical_number <- function(column) {
  middle <- sort(as.vector(column))[(length(column) + 1) %/% 2]
  if (is.double(middle)) signif(middle, 3) else middle
}
