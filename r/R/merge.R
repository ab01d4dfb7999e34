# Whether several requests may be asked in one call and still get, bit for bit,
# the answers they would get alone.

row_wise_functions <- c(
  "list", "+", "-", "*", "/", "^", "%%", "%/%", "(", "I", "offset", "log", "log2",
  "log10", "log1p", "exp", "expm1", "sqrt", "abs", "sin", "cos", "tan", "asin",
  "acos", "atan", "atan2", "sinh", "cosh", "tanh", "floor", "ceiling", "trunc",
  "sign", "round", "signif", "pmin", "pmax", "==", "!=", "<", "<=", ">", ">=",
  "&", "|", "!", "is.na", "ifelse", "as.numeric", "as.integer", "as.character",
  "as.logical"
)

# Row by row where they make a term by themselves: the model then keeps the levels,
# or fitting has fixed these arguments (see ?makepredictcall).
fixed_arguments <- list(
  poly = "coefs", ns = "knots", bs = "knots", scale = c("center", "scale"),
  factor = character(), as.factor = character()
)

# Classes whose predict() works on the model matrix, or on the columns, row by
# row; others are asked one request at a time. Each is in tests/zoo.
row_wise_classes <- c(
  "lm", "mlm", "aov", "glm", "rlm", "negbin", "lqs", "rpart", "polr",
  "multinom", "nnet"
)

# Why requests cannot be merged for `model`, or "" if they can.
merge_obstacle <- function(model, blas = blas_name()) {
  if (!is_reference_blas(blas)) {
    return(sprintf("%s is not the reference BLAS, which adds up alike for any rows", blas))
  }
  classes <- setdiff(class(model), c("maov", "nnet.formula", "oldClass"))
  if (isS4(model) || !all(classes %in% row_wise_classes)) {
    return(sprintf("predict() of class %s is not known to be row by row",
                   paste(class(model), collapse = "/")))
  }
  terms <- model_terms(model)
  if (is.null(terms)) return("the model keeps no terms")
  predvars <- attr(terms, "predvars")
  if (is.null(predvars)) predvars <- attr(terms, "variables")
  culprit <- first_not_row_wise(c(as.list(predvars)[-1], offset_argument(model)),
                                environment(terms))
  if (is.null(culprit)) return("")
  sprintf("%s in the formula is not known to be row by row", culprit)
}

# What is not row by row in the terms, evaluated in `env`, or NULL.
first_not_row_wise <- function(terms, env) {
  for (term in terms) {
    culprit <- if (is_fixed(term, env)) NULL else culprit_in(term, env)
    if (!is.null(culprit)) return(culprit)
  }
}

# A term such as poly(x, 2, coefs = ...), of variables that are row by row.
is_fixed <- function(term, env) {
  if (!is.call(term)) return(FALSE)
  name <- function_name(term[[1]])
  known <- name %in% names(fixed_arguments) && is_the_known(term[[1]], env)
  if (!known || !is.null(culprit_in(term[[2]], env))) return(FALSE)
  if (name == "factor") term <- match.call(base::factor, term)
  all(fixed_arguments[[name]] %in% names(term)) &&
    !any(c("labels", "exclude") %in% names(term))
}

# The first function that is not row-wise, or constant of several values, which R
# would recycle along the rows.
culprit_in <- function(expression, env) {
  if (is.name(expression)) return(if (is_vector_beside(expression, env)) deparse(expression))
  if (!is.call(expression)) return(NULL)
  name <- function_name(expression[[1]])
  if (name == "%in%" && length(all.vars(expression[[3]])) == 0) {
    return(culprit_in(expression[[2]], env))
  }
  known <- name %in% row_wise_functions && is_the_known(expression[[1]], env)
  if (!known) return(paste0(name, "()"))
  for (argument in as.list(expression)[-1]) {
    if (missing(argument)) next
    culprit <- culprit_in(argument, env)
    if (!is.null(culprit)) return(culprit)
  }
}

is_vector_beside <- function(name, env) {
  value <- get0(as.character(name), envir = if (is.null(env)) globalenv() else env)
  !is.null(value) && !is.function(value) && NROW(value) > 1 && !is.data.frame(value) &&
    !is.environment(value)
}

# A formula may find a function of its own by the name of a known one.
is_the_known <- function(callee, env) {
  if (is.call(callee)) return(TRUE)
  if (is.null(env)) env <- globalenv()
  found <- get0(as.character(callee), envir = env, mode = "function")
  home <- if (as.character(callee) %in% c("ns", "bs")) "splines" else "stats"
  identical(found, get0(as.character(callee), asNamespace(home),
                        mode = "function"))
}

function_name <- function(callee) {
  if (is.call(callee) && as.character(callee[[1]]) %in% c("::", ":::")) {
    callee <- callee[[3]]
  }
  paste(deparse(callee), collapse = "")
}

# One infinite or missing value in the model matrix makes R's %*% add up in
# another order, for every row of the call. It shows in that row's prediction,
# which is not finite then, or is what the link makes of an infinite predictor.
limits <- function(model) {
  if (!inherits(model, "glm") || !is.function(model$family$linkinv)) return(NULL)
  model$family$linkinv(c(-Inf, Inf))
}

merging_is_exact <- function(prediction, limits) {
  if (!is.numeric(prediction)) return(!anyNA(prediction, recursive = TRUE))
  all(is.finite(prediction)) && !any(prediction %in% limits)
}
