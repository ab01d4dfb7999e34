# Asking predict(), as a user would in a fresh session.

# Arguments beside newdata that make predict() give the scoring answer: the
# response and not the link, the class and not the votes. docs/families.md holds
# the table.
scoring_arguments <- function(model) UseMethod("scoring_arguments")

# Whatever has both scales is asked for that of the response.
scoring_arguments.default <- function(model) {
  type <- tryCatch(eval(type_formal(model), baseenv()), error = function(e) NULL)
  choices <- is.character(type) && length(type) > 1
  if (choices && type[1] == "link" && "response" %in% type) {
    return(list(type = "response"))
  }
  list()
}

type_formal <- function(model) formals_of_method(model)$type

formals_of_method <- function(model) {
  method <- method_of(model)
  if (!is.null(method)) formals(method)
}

# The first method of predict() among the object's classes, or NULL.
method_of <- function(model) {
  for (class in classes_of(model)) {
    method <- predict_method(class)
    if (!is.null(method)) return(method)
  }
}

# Whether the method knows the scale of the response; one that passes its arguments on
# may well.
knows_response <- function(model) {
  type <- tryCatch(eval(type_formal(model), baseenv()), error = function(e) NULL)
  length(type) < 2 || "response" %in% type
}

# The value of predict() for newdata, with what a class wraps around it taken
# off. `served` holds the call; arguments go beside newdata.
predicted <- function(model, newdata, served, arguments) UseMethod("predicted")

predicted.default <- function(model, newdata, served, arguments) {
  if (served$horizon) return(predict_ahead(model, newdata, served, arguments))
  frame <- served$frame
  frame$.newdata <- newdata
  call <- served$call
  if (length(arguments)) call <- as.call(c(as.list(call), arguments))
  eval(call, frame)
}

# predict() is called from below the global environment, as a user calls it: some
# methods evaluate the model's own call where they were called from. The model
# stands there by a name, for a call that held the model itself would be slow to
# print in an error.
calling_frame <- function(model) {
  frame <- new.env(parent = globalenv())
  frame$.predict <- if (isS4(model)) s4_predict(model)
  if (is.null(frame$.predict)) frame$.predict <- stats::predict
  frame$.model <- model
  frame
}

# newdata is mostly the second argument, whatever its name; where it is not, it goes by
# that name.
predict_call <- function(model) {
  arguments <- names(formals_of_method(model))
  if (match("newdata", arguments, nomatch = 2) == 2) return(quote(.predict(.model, .newdata)))
  quote(.predict(.model, newdata = .newdata))
}
