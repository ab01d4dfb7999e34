# The hooks of inference.R, resolved once.

hook_names <- c("input_fn", "predict_fn", "output_fn")

# Runs `script`, if there is one, in the environment `found`, from where model,
# factor_levels and reject are to be seen.
source_hooks <- function(script, found) {
  if (is.null(script)) return(invisible())
  tryCatch(
    sys.source(script, envir = found, keep.source = FALSE),
    not_servable = stop,
    bridge_rejection = function(c) {
      not_servable("%s refuses rows while it is read: %s", basename(script),
                   c$message)
    },
    error = function(e) {
      not_servable("%s stops with an error: %s", basename(script),
                   conditionMessage(e))
    }
  )
}

# The hooks that answer calls, as a list; NULL where there is none.
find_hooks <- function(found) {
  hooks <- lapply(hook_names, function(name) {
    get0(name, envir = found, mode = "function", inherits = FALSE)
  })
  stats::setNames(hooks, hook_names)
}
