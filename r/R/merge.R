# Whether several requests may be asked in one call and still get, bit for bit,
# the answers they would get alone.

row_wise_functions <- c(
  "list", "+", "-", "*", "/", "^", "%%", "%/%", "%in%", ":", "(", "c", "I",
  "offset", "log", "log2", "log10", "log1p", "exp", "expm1", "sqrt", "abs",
  "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh",
  "floor", "ceiling", "trunc", "sign", "round", "signif", "pmin", "pmax",
  "==", "!=", "<", "<=", ">", ">=", "&", "|", "!", "is.na", "ifelse",
  "as.numeric", "as.integer", "as.character", "as.logical", "factor",
  "as.factor"
)

# Row by row only once fitting has fixed these arguments (see ?makepredictcall).
fixed_arguments <- list(
  poly = "coefs", ns = "knots", bs = "knots", scale = c("center", "scale")
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
  wanted <- list(predvars, offset_argument(model))
  culprit <- first_not_row_wise(as.call(c(quote(list), wanted)), environment(terms))
  if (is.null(culprit)) return("")
  sprintf("%s in the formula is not known to be row by row", culprit)
}

# The name of the first function in `expression`, evaluated in `env`, that is not
# row-wise, or NULL.
first_not_row_wise <- function(expression, env) {
  if (!is.call(expression)) return(NULL)
  name <- function_name(expression[[1]])
  fixed <- fixed_arguments[[name]]
  allowed <- name %in% row_wise_functions ||
    (!is.null(fixed) && all(fixed %in% names(expression)))
  if (!allowed || !is_the_known(expression[[1]], env)) return(paste0(name, "()"))
  for (argument in as.list(expression)[-1]) {
    if (missing(argument)) next
    culprit <- first_not_row_wise(argument, env)
    if (!is.null(culprit)) return(culprit)
  }
  NULL
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
