# Puts together all that answering calls takes: model, fields, hooks.

# dir: the model folder. file: the saved file in it, NULL if model_fn makes the
# model. object: which object to serve, NULL to find it. script: path of
# inference.R or NULL. inputs: fields that bridge.toml declares, or NULL.
# Returns a list; `fields`, `merge` and `hooked` are what the server asks for.
serve_model <- function(dir, file = NULL, object = NULL, script = NULL,
                        inputs = NULL) {
  bindings <- new.env(parent = globalenv())
  found <- new.env(parent = bindings)
  bindings$reject <- reject
  # Read when first wanted: after the packages that inference.R loads, and
  # before what inference.R itself does with the model.
  delayedAssign("saved", fetch(dir, file, object, found$model_fn))
  delayedAssign("model", saved$model, assign.env = bindings)
  delayedAssign("factor_levels", saved$factor_levels, assign.env = bindings)
  source_hooks(script, found)
  hooks <- find_hooks(found)
  model <- bindings$model
  levels <- bindings$factor_levels
  fields <- if (is.null(inputs)) {
    predictors(model, levels)
  } else {
    declared(inputs, levels)
  }
  check_declared(fields, model, hooks)
  list(
    model = model, hooks = hooks, fields = fields,
    attributes = lapply(fields, column_attributes),
    names = vapply(fields, `[[`, "", "name"),
    variables = needed_variables(model, hooks),
    arguments = scoring_arguments(model),
    limits = limits(model),
    merge = merge_obstacle(model),
    hooked = !all(vapply(hooks, is.null, NA))
  )
}

# The model and the factor levels saved with it, from the file or from model_fn.
fetch <- function(dir, file, object, model_fn) {
  if (is.function(model_fn)) return(from_model_fn(model_fn, dir))
  if (is.null(file)) {
    not_servable("the folder holds no model file, and no model_fn makes one")
  }
  objects <- read_objects(file)
  name <- model_name(objects, object)
  list(model = objects[[name]], factor_levels = objects$factor_levels)
}

from_model_fn <- function(model_fn, dir) {
  made <- tryCatch(model_fn(dir), error = function(e) {
    not_servable("model_fn stops with an error: %s", conditionMessage(e))
  })
  if (!is.object(made) && is.list(made) && !is.null(made$model)) return(made)
  list(model = made, factor_levels = NULL)
}

# Without an input_fn the fields must be all that the model wants: R would read
# a column that is not there from the formula's environment or the global one.
check_declared <- function(fields, model, hooks) {
  if (!is.null(hooks$input_fn)) return(invisible())
  names <- vapply(fields, `[[`, "", "name")
  missing <- setdiff(needed_variables(model, hooks), names)
  if (length(missing)) {
    not_servable(
      paste("the model wants %s: declare it in bridge.toml under [inputs], or",
            "make it in an input_fn"), paste(missing, collapse = ", ")
    )
  }
}

# What predict() needs to find in newdata after input_fn; nothing is known
# where a predict_fn takes its place.
needed_variables <- function(model, hooks) {
  if (!is.null(hooks$predict_fn)) return(character())
  fields <- tryCatch(predictors(model, NULL), not_servable = function(e) NULL)
  vapply(fields, `[[`, "", "name")
}
