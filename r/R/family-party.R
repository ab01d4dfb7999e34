# party: the data are in an environment. It wants whole numbers where it was fitted
# on such.

predictors.BinaryTree <- function(model, saved_levels, known = character()) {
  party_fields(model@data@get("input"), saved_levels, known)
}

# A mob has variables to split by beside those of its linear models.
predictors.mob <- function(model, saved_levels, known = character()) {
  data <- model@data
  party_fields(c(data@get("input"), data@get("part")), saved_levels, known)
}

party_fields <- function(input, saved_levels, known) {
  names <- setdiff(names(input), known)
  do.call(c, lapply(names, function(name) {
    column <- input[[name]]
    if (is.integer(column)) return(list(field(name, "integer")))
    category_or_column(name, column, saved_levels[[name]])
  }))
}

predictors.RandomForest <- predictors.BinaryTree

# Its second argument is another one.
predicted.RandomForest <- function(model, newdata, served, arguments) {
  served$call <- quote(.predict(.model, newdata = .newdata))
  predicted.default(model, newdata, served, arguments)
}
