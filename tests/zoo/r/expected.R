# What R answers for cases that want the same packages: Rscript expected.R SOURCES CASE...
#
# Attaches the packages as a user would; then a fork of this session for each case, in which
# nothing else has happened yet, loads the saved file and predicts. Knows nothing of the code
# under test.

helpers <- new.env(parent = baseenv())
arguments <- commandArgs(TRUE)
for (file in c("transfer.R", "answer.R", "fresh.R")) {
  sys.source(file.path(arguments[1], file), helpers)
}
helpers$main(arguments[-1])
