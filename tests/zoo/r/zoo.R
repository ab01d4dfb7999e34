# Fits and saves the cases of one theme: Rscript zoo.R SOURCES THEME.R OUT.
#
# A theme is a script that calls zoo() once per case. A case that cannot be fitted leaves its
# reason in OUT/NAME/failed.txt and does not keep the others from being fitted.

helpers <- new.env(parent = baseenv())
arguments <- commandArgs(TRUE)
for (file in c("transfer.R", "case.R")) sys.source(file.path(arguments[1], file), helpers)
helpers$out <- arguments[3]
theme <- new.env(parent = globalenv())
theme$zoo <- helpers$zoo
source(arguments[2], local = theme, encoding = "UTF-8")
