# e1071's naiveBayes: a table for each variable; that of a factor has its levels.

column_names.naiveBayes <- function(model) names(model$tables)

own_levels.naiveBayes <- function(model, name) colnames(model$tables[[name]])

# A formula fit has no terms that would tell more.
model_terms.naiveBayes <- function(model) NULL
