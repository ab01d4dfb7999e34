# Asks the saved models in the global environment of a session that has done nothing else:
# all rows at once, each row alone, and all rows with one cell missing.

main <- function(folders) {
  cases <- lapply(file.path(folders, "case.rds"), readRDS)
  packages <- setdiff(cases[[1]]$package, "stats")
  for (name in packages) suppressPackageStartupMessages(library(name, character.only = TRUE))
  rm(list = ls(globalenv()), envir = globalenv())
  for (i in seq_along(cases)) {
    parallel::mccollect(parallel::mcparallel(answer_case(cases[[i]], folders[i], packages)))
  }
}

answer_case <- function(case, folder, packages) {
  answers <- tryCatch(ask_all(case, folder), error = failure)
  versions <- vapply(packages, function(name) as.character(utils::packageVersion(name)), "")
  writeLines(json_object(answers = answers, versions = json_array(json_text(versions))),
             file.path(folder, "expected.json"), useBytes = TRUE)
}

ask_all <- function(case, folder) {
  open_model(case, folder)
  newdata <- case$newdata
  batch <- ask(case, newdata)
  singles <- lapply(seq_len(NROW(newdata)), function(i) {
    only_columns(ask(case, rows_of(newdata, i)), batch)
  })
  missing <- if (case$missing) ask_with_missing(case, newdata) else "null"
  json_object(batch = table_json(batch), missing = missing,
              single = json_array(vapply(singles, table_json, "")))
}

open_model <- function(case, folder) {
  old <- setwd(file.path(folder, "model"))
  on.exit(setwd(old))
  eval(case$load, globalenv())
}

ask <- function(case, newdata) answer_table(raw_answer(case, newdata), rows_asked(newdata))

raw_answer <- function(case, newdata) {
  assign("newdata", newdata, globalenv())
  suppressWarnings(eval(case$predict, globalenv()))
}

rows_of <- function(newdata, i) newdata[i, , drop = FALSE]

# A time series takes one record with the number of steps ahead.
rows_asked <- function(newdata) {
  horizon <- intersect(names(newdata), c("n.ahead", "h"))
  if (length(horizon)) newdata[[horizon]] else NROW(newdata)
}

# Where R leaves out the row, `kept` says which rows it answered; the service may refuse then.
ask_with_missing <- function(case, newdata) {
  newdata <- without_a_cell(newdata)
  tryCatch({
    value <- raw_answer(case, newdata)
    rows <- NROW(newdata)
    whole <- tryCatch(answer_table(value, rows), error = function(e) NULL)
    kept <- if (is.null(whole)) which(stats::complete.cases(newdata)) else seq_len(rows)
    table <- if (is.null(whole)) answer_table(value, length(kept)) else whole
    json_object(table = table_json(table), kept = json_array(kept))
  }, error = failure)
}

without_a_cell <- function(newdata) {
  if (!is.data.frame(newdata)) {
    newdata[2, 1] <- NA
  } else if (is.null(dim(newdata[[1]]))) {
    newdata[[1]][2] <- NA
  } else {
    newdata[[1]][2, 1] <- NA
  }
  newdata
}

failure <- function(condition) json_object(error = json_text(conditionMessage(condition)))
