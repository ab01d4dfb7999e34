# A model in a plumber service: Rscript plumber.R FOLDER PORT. Takes JSON of a record or of several,
# or CSV.

source("benchmarks/cases.R")
arguments <- commandArgs(trailingOnly = TRUE)
case <- load_case(arguments[1])

# As fast as R reads and writes CSV: data.table where it is installed.
source("benchmarks/rivals/csv.R")

invocations <- function(req, res) {
  if (startsWith(req$CONTENT_TYPE, "text/csv")) {
    res$serializer <- plumber::serializer_text()
    return(csv_text(case$answer(csv_rows(rawToChar(req$bodyRaw)))))
  }
  case$answer(as.data.frame(req$body))
}

router <- plumber::pr_post(plumber::pr(), "/invocations", invocations,
                           parsers = c("json", "text"),
                           serializer = plumber::serializer_json(digits = NA))
plumber::pr_run(router, host = "127.0.0.1", port = as.integer(arguments[2]),
                docs = FALSE, quiet = TRUE)
