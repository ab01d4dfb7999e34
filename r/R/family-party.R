# party: the data are in an environment. It wants whole numbers where it was fitted
# on such.

predictors.BinaryTree <- function(model, saved_levels, known = character()) {
  input <- model@data@get("input")
  names <- setdiff(names(input), known)
  do.call(c, lapply(names, function(name) {
    column <- input[[name]]
    if (is.integer(column)) return(list(field(name, "integer")))
    category_or_column(name, column, saved_levels[[name]])
  }))
}

predictors.RandomForest <- predictors.BinaryTree
