# Puts together all that answering calls takes: model, fields, hooks.

# dir: the model folder. file: the saved file in it, NULL if model_fn makes the
# model. object: which object to serve, NULL to find it. script: path of
# inference.R or NULL. inputs: fields that bridge.toml declares, or NULL.
# packages: those that it names. arguments: for predict(), as it says. constants:
# variables of the formula that are no fields, as it says.
# Returns a list; what the server asks for is in `description`.
serve_model <- function(dir, file = NULL, object = NULL, script = NULL,
                        inputs = NULL, packages = NULL, arguments = NULL,
                        constants = NULL) {
  load_packages(packages)
  bindings <- new.env(parent = globalenv())
  found <- new.env(parent = bindings)
  bindings$reject <- reject
  # Read when first wanted: after the packages that inference.R loads, and
  # before what inference.R itself does with the model.
  delayedAssign("saved", fetch(dir, file, object, found$model_fn, packages))
  delayedAssign("model", saved$model, assign.env = bindings)
  delayedAssign("factor_levels", saved$factor_levels, assign.env = bindings)
  source_hooks(script, found)
  hooks <- find_hooks(found)
  served <- assembled(bindings$model, bindings$factor_levels, hooks, inputs, arguments,
                      saved$name, constants)
  served$objects <- saved$objects
  served
}

# What calls need, made once.
assembled <- function(model, levels, hooks, inputs, arguments, name,
                      constants = NULL) {
  fields <- all_fields(model, levels, hooks, inputs, constants)
  c(column_makers(fields), list(
    model = model, hooks = hooks, fields = fields,
    names = vapply(fields, `[[`, "", "name"),
    matrices = matrix_groups(fields),
    variables = needed_variables(model, hooks, constants),
    arguments = scoring(model, arguments),
    frame = calling_frame(model), call = predict_call(model),
    horizon = is_horizon_model(model) && is.null(hooks$predict_fn),
    limits = limits(model),
    merge = merge_obstacle(model),
    hooked = !all(vapply(hooks, is.null, NA)),
    object = name
  ))
}

# What bridge.toml says comes before the defaults of the class.
scoring <- function(model, arguments) {
  scoring <- scoring_arguments(model)
  scoring[names(arguments)] <- arguments
  scoring
}

# With an input_fn or predict_fn, what bridge.toml declares is all that clients
# send; else it stands for the fields that the model does not tell.
all_fields <- function(model, levels, hooks, inputs, constants) {
  given <- declared(inputs, levels)
  refuse_duplicates(given)
  replaced <- !is.null(hooks$input_fn) || !is.null(hooks$predict_fn)
  if (length(given) && replaced) return(given)
  names <- vapply(given, `[[`, "", "name")
  own <- tryCatch(predictors(model, levels, known = c(names, constants)), not_servable = identity)
  if (inherits(own, "condition")) {
    if (length(given) == 0 || !is.null(model_terms(model))) stop(own)
    return(given)
  }
  fields <- c(own[!vapply(own, `[[`, "", "name") %in% names], given)
  refuse_duplicates(fields)
  fields
}

# A matrix X with a column a beside a variable X.a.
refuse_duplicates <- function(fields) {
  names <- vapply(fields, `[[`, "", "name")
  if (anyDuplicated(names)) {
    not_servable("two fields would be called %s; give the model an input_fn and declare",
                 names[anyDuplicated(names)])
  }
}

# The model and the factor levels saved with it, from the file or from model_fn.
fetch <- function(dir, file, object, model_fn, packages) {
  if (is.function(model_fn)) return(from_model_fn(model_fn, dir))
  if (is.null(file)) {
    not_servable("the folder holds no model file, and no model_fn makes one")
  }
  objects <- read_objects(file)
  expose(objects)
  name <- model_name(objects, object)
  model <- unwrapped(objects[[name]])
  refuse_hidden(objects, model)
  check_class(model, packages)
  load_packages(packages_of_terms(model))
  list(model = model, factor_levels = objects$factor_levels, name = name,
       objects = objects)
}

from_model_fn <- function(model_fn, dir) {
  made <- tryCatch(model_fn(dir), error = function(e) {
    not_servable("model_fn stops with an error: %s", conditionMessage(e))
  })
  if (!is.object(made) && is.list(made) && !is.null(made$model)) {
    return(list(model = unwrapped(made$model), name = "",
                factor_levels = made$factor_levels))
  }
  list(model = unwrapped(made), factor_levels = NULL, name = "")
}

# What predict() needs to find in newdata after input_fn; nothing is known
# where a predict_fn takes its place.
needed_variables <- function(model, hooks, constants) {
  if (!is.null(hooks$predict_fn)) return(character())
  fields <- tryCatch(predictors(model, NULL, constants), not_servable = function(e) NULL)
  newdata_names(fields)
}
