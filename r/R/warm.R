# What R does once for all models: reading functions from its packages.

# For a process from which those of many models are forked: what is done here costs
# no model time, and its memory is shared. Leaves nothing else behind.
warm_up <- function() {
  file <- tempfile(fileext = ".rds")
  on.exit(unlink(file))
  saveRDS(stats::lm(dist ~ speed, datasets::cars), file)
  served <- serve_model(dirname(file), file)
  detach("rbridge:objects")
  description(served)
  call_model(served, list(10), c(1L, 1L))
}
