# S4 models that keep their variables in slots.

# kernlab
model_terms.ksvm <- function(model) {
  if (inherits(model@terms, "terms")) stats::delete.response(model@terms)
}

column_names.ksvm <- function(model) {
  matrix <- model@xmatrix
  colnames(if (is.list(matrix)) matrix[[1]] else matrix)
}

# party
predictors.BinaryTree <- function(model, saved_levels, known = character()) {
  input <- model@data@get("input")
  names <- setdiff(names(input), known)
  do.call(c, lapply(names, function(name) {
    column <- input[[name]]
    category_or_column(name, column, saved_levels[[name]])
  }))
}

category_or_column <- function(name, column, saved) {
  if (is.factor(column) || is.character(column)) {
    return(category_fields(name, "", column, levels(column), saved))
  }
  column_fields(name, column)
}
