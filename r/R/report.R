# What only R can tell of a served model, for `rbridge check`. Not computed when the
# server starts.

# served: from serve_model(). A list that goes to people as it is; docs/check.md
# names its parts.
report <- function(served) {
  model <- served$model
  terms <- model_terms(model)
  parts <- list(
    objects = object_table(), bytes = bytes_of(model), rows = rows_fitted(model),
    formula = formula_text(model),
    environments = environment_table(captured_environments(model), environment(terms)),
    constants = constant_table(model, terms),
    hooks = names(Filter(Negate(is.null), served$hooks)),
    attached = attached_packages(),
    blas = blas_file(), typical = typical_values(served$fields, model, terms),
    warnings = model_warnings(served, terms)
  )
  rapply(parts, printable, classes = "character", how = "replace")
}

# In UTF-8, whatever the file made of it.
printable <- function(text) iconv(enc2utf8(text), "UTF-8", "UTF-8", sub = "byte")

formula_text <- function(model) {
  formula <- tryCatch(stats::formula(model), error = function(e) NULL)
  if (inherits(formula, "formula")) one_line(formula) else ""
}

one_line <- function(expression) {
  text <- deparse(expression, width.cutoff = 500, nlines = 5)
  gsub("[[:space:]]+", " ", paste(text, collapse = " "))
}

# The objects of the file that formulas can see, the heaviest first.
object_table <- function() {
  objects <- objects_of_file()
  rows <- lapply(ls(objects, all.names = TRUE), function(name) {
    object_row(name, objects[[name]])
  })
  rows[order(-vapply(rows, `[[`, 0, "bytes"))]
}

# See expose(): empty where a hook made the model.
objects_of_file <- function() {
  if ("rbridge:objects" %in% search()) as.environment("rbridge:objects") else new.env()
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
  value <- if (!is.null(env)) unlist(settled(name, env), recursive = FALSE)
  if (is.atomic(value) && length(value) %in% 1:5) one_line(as.vector(value)) else ""
}

# For each field a value that is in the middle of what the model was fitted on, as a
# client would send it, where the object still holds that.
typical_values <- function(fields, model, terms) {
  if (is.null(terms)) return(list())
  evidence <- gather_evidence(model, terms)
  values <- lapply(fields, function(field) {
    if (nzchar(field$matrix)) return(NULL)
    typical_value(known_column(field$name, evidence), field)
  })
  names(values) <- vapply(fields, `[[`, "", "name")
  Filter(Negate(is.null), values)
}

typical_value <- function(column, field) {
  if (is.null(column) || all(is.na(column)) || length(dim(column))) return(NULL)
  counts <- sort(table(as.character(column)), decreasing = TRUE)
  switch(
    field$type,
    factor = c(intersect(names(counts), field$levels), field$levels)[1],
    string = names(counts)[1],
    boolean = names(counts)[1] == "TRUE",
    date = format(stats::median(column, na.rm = TRUE)),
    datetime = format(stats::median(column, na.rm = TRUE), "%Y-%m-%dT%H:%M:%SZ", tz = "UTC"),
    typical_number(column)
  )
}

typical_number <- function(column) {
  middle <- sort(as.vector(column))[(sum(!is.na(column)) + 1) %/% 2]
  if (is.double(middle)) signif(middle, 3) else middle
}
