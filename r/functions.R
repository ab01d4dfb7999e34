# The functions of R/, for who starts R and for compile.R.

# In an environment where nothing can shadow them or what they call. As compile.R has left
# them, if that was done from these very sources by this very R; else from the sources.
functions_in <- function(folder) {
  made <- tryCatch(readRDS(compiled_in(folder)), error = identity, warning = identity)
  if (is.list(made) && identical(made$of, origin(folder))) return(made$functions)
  from_sources(folder)
}

compiled_in <- function(folder) file.path(folder, "compiled.rds")

sources_in <- function(folder) {
  sort(list.files(file.path(folder, "R"), "[.]R$", full.names = TRUE), method = "radix")
}

origin <- function(folder) {
  texts <- lapply(sources_in(folder), function(file) {
    readChar(file, file.size(file), useBytes = TRUE)
  })
  c(R.version.string, texts)
}

from_sources <- function(folder) {
  functions <- new.env(parent = baseenv())
  for (file in sources_in(folder)) sys.source(file, envir = functions, keep.source = FALSE)
  functions
}
