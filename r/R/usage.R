# What the formula tells of a variable that appears only inside of calls.

# The field of such a variable, or NULL.
inferred_fields <- function(name, evidence, saved_levels) {
  wrapped <- wrapped_levels(name, evidence$model)
  if (length(wrapped)) return(list(wrapped_field(name, wrapped, saved_levels[[name]])))
  if (length(saved_levels[[name]])) {
    return(list(field(name, "factor", saved_levels[[name]])))
  }
  # By itself in the formula, and no levels are kept of it.
  terms <- as.list(attr(evidence$terms, "variables"))[-1]
  type <- if (list(as.name(name)) %in% terms) "number" else usage_type(usages(name, evidence))
  if (!is.null(type)) list(field(name, type))
}

# What factor() is called on was a number if all the levels read as such; strata()
# writes "name=level" for what was no factor already.
wrapped_field <- function(name, levels, saved) {
  prefix <- paste0(name, "=")
  stratum <- all(startsWith(levels, prefix))
  if (stratum) levels <- substring(levels, nchar(prefix) + 1)
  levels <- common_levels(name, levels, saved)
  values <- utils::type.convert(levels, as.is = TRUE, na.strings = character())
  if (!identical(as.character(values), levels)) values <- levels
  field(name, "factor", levels, values = values)
}

# The levels that the model keeps for factor(name) and its like.
wrapped_levels <- function(name, model) {
  known <- c(part(model, "xlevels"), attr(model, "xlevels"))
  for (term in names(known)) {
    call <- tryCatch(str2lang(term), error = function(e) NULL)
    if (is_wrapping(call, name)) return(known[[term]])
  }
}

is_wrapping <- function(call, name) {
  wrappers <- c("factor", "as.factor", "ordered", "as.ordered", "as.character",
                "strata")
  wraps <- is.call(call) && is.name(call[[1]]) && as.character(call[[1]]) %in% wrappers
  if (!wraps) return(FALSE)
  # labels may stand by their place.
  call <- tryCatch(match.call(base::factor, call), error = function(e) call)
  identical(call[[2]], as.name(name)) && !any(c("labels", "exclude") %in% names(call))
}

# Every call in which the variable stands as an argument.
usages <- function(name, evidence) {
  found <- list()
  walk <- function(expression) {
    if (!is.call(expression)) return(invisible())
    arguments <- as.list(expression)[-1]
    for (argument in arguments) {
      if (missing(argument)) next
      if (identical(argument, as.name(name))) found[[length(found) + 1]] <<- expression
      walk(argument)
    }
  }
  walk(attr(evidence$terms, "variables"))
  walk(offset_argument(evidence$model))
  found
}

# The type that all of the calls agree on, or NULL.
usage_type <- function(calls) {
  types <- unique(unlist(lapply(calls, call_type)))
  if (length(types) == 1 && !is.na(types)) types
}

number_functions <- c(
  "+", "-", "*", "/", "^", "%%", "%/%", "(", "I", "log", "log2", "log10",
  "log1p", "exp", "expm1", "sqrt", "abs", "sin", "cos", "tan", "asin", "acos",
  "atan", "atan2", "sinh", "cosh", "tanh", "floor", "ceiling", "trunc", "sign",
  "round", "signif", "pmin", "pmax", "poly", "ns", "bs", "scale", "cut",
  "offset", "lp", "qss", "s", "te", "ti", "t2", "lo", "rcs", "lsp", "pol", "pspline",
  "findInterval", "logb", "besselJ", "gamma", "lgamma", "stats::poly",
  "splines::ns", "splines::bs"
)
text_functions <- c(
  "nchar", "substr", "substring", "grepl", "sub", "gsub", "tolower", "toupper",
  "startsWith", "endsWith", "paste", "paste0"
)

# NULL where the call tells nothing, NA where it could be anything.
call_type <- function(call) {
  name <- function_name(call[[1]])
  if (name %in% c("list", "c", "is.na", "ifelse", "is.null")) return(NULL)
  if (name %in% number_functions) return("number")
  if (name %in% text_functions) return("string")
  if (name %in% c("!", "&", "|")) return("boolean")
  if (name %in% c("==", "!=", "<", "<=", ">", ">=", "%in%")) return(compared_type(call, name))
  NA
}

# The type of what the variable is compared with. Dates and ordered factors are put in
# order by texts as well.
compared_type <- function(call, name) {
  constants <- lapply(as.list(call)[-1], function(side) {
    if (is.call(side) && all(all.names(side) %in% c("c", "-"))) eval(side, baseenv()) else side
  })
  types <- vapply(constants, function(value) {
    if (is.character(value)) "string" else if (is.numeric(value)) "number" else ""
  }, "")
  types <- unique(types[nzchar(types)])
  if (length(types) != 1) return(NA)
  if (types == "string" && !name %in% c("==", "!=", "%in%")) NA else types
}

# Every call in an expression, the outer ones first.
calls_in <- function(expression) {
  if (!is.call(expression)) return(list())
  inner <- lapply(as.list(expression)[-1], function(argument) {
    if (missing(argument)) list() else calls_in(argument)
  })
  c(list(expression), do.call(c, c(list(list()), inner)))
}
