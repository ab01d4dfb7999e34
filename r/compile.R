# Rscript --vanilla compile.R: compiles the functions of R/, once, where they are installed.
#
# R would do so when they are called the second time, in every process that it starts: for
# what a start calls, that takes longer than the start itself.

folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(folder, "functions.R"))
functions <- from_sources(folder)
for (name in ls(functions, all.names = TRUE)) {
  if (is.function(functions[[name]])) functions[[name]] <- compiler::cmpfun(functions[[name]])
}
fresh <- paste0(compiled_in(folder), ".new")
saveRDS(list(of = origin(folder), functions = functions), fresh, compress = FALSE)
invisible(file.rename(fresh, compiled_in(folder)))
