# Which BLAS R computes with. Tuned ones add up in an order that depends on how many
# rows there are: of 237 models 71 changed in the last digit with one, and the
# answers of 45 depended on what was asked beside them; with R's own none did.

# The file's name, links followed: libblas.so.3.11.0, libopenblasp-r0.3.21.so.
blas_name <- function() {
  file <- utils::sessionInfo()$BLAS
  if (is.null(file) || !nzchar(file)) return("unknown")
  basename(normalizePath(file, mustWork = FALSE))
}

# Debian's libblas and R's own libRblas are the reference implementation.
is_reference_blas <- function(name) grepl("^libR?blas[.]", name)
