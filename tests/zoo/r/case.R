# zoo(): one case, fitted in the global environment and saved as its author would save it.

# name, family: for the table. package: what a user attaches to predict.
# fit: an expression; its value becomes `model`. newdata: the rows to ask for.
# predict: how a fresh session predicts. request: the rows as clients send them, where these
#   are no plain columns of newdata.
# save, load: expressions, run in the model folder. toml: text of a bridge.toml.
# refused: texts that a refusal to start must hold. never: no request may be answered.
# missing: FALSE where no cell of newdata can be missing.
# alike: list(JSON, row) pairs: that body gets the answer of that row.
# refuses: list(JSON, status, text): that body gets that status and an error with that text.
zoo <- function(name, family, package = "stats", fit, newdata = NULL,
                predict = predict(model, newdata), request = newdata,
                save = save(model, file = "model.RData"), load = NULL, toml = NULL,
                refused = character(), never = FALSE, missing = TRUE,
                alike = list(), refuses = list()) {
  folder <- file.path(out, name)
  dir.create(file.path(folder, "model"), recursive = TRUE)
  steps <- list(fit = substitute(fit), newdata = substitute(newdata),
                request = substitute(request), save = substitute(save))
  told <- list(name = name, family = family, package = package, refused = refused,
               never = never, toml = toml, alike = alike, refuses = refuses,
               predict = substitute(predict), load = substitute(load),
               missing = missing && length(refused) == 0 && !never)
  tryCatch(make_case(folder, steps, told), error = function(e) {
    writeLines(conditionMessage(e), file.path(folder, "failed.txt"))
  })
}

make_case <- function(folder, steps, case) {
  rm(list = ls(globalenv(), all.names = TRUE), envir = globalenv())
  set.seed(1)
  for (package in setdiff(case$package, "stats")) {
    suppressPackageStartupMessages(library(package, character.only = TRUE))
  }
  assign("model", suppressWarnings(eval(steps$fit, globalenv())), globalenv())
  case$newdata <- eval(steps$newdata, globalenv())
  request <- if (identical(steps$request, quote(newdata))) {
    case$newdata
  } else {
    eval(steps$request, list(newdata = case$newdata), globalenv())
  }
  save_case(file.path(folder, "model"), steps$save, case$toml)
  if (is.null(case$load)) case$load <- usual_load(file.path(folder, "model"))
  saveRDS(case, file.path(folder, "case.rds"))
  writeLines(case_json(case, request), file.path(folder, "case.json"), useBytes = TRUE)
}

save_case <- function(folder, expression, toml) {
  old <- setwd(folder)
  on.exit(setwd(old))
  eval(expression, globalenv())
  if (!is.null(toml)) writeLines(toml, "bridge.toml")
}

usual_load <- function(folder) {
  file <- list.files(folder, "[.](RData|rda|rds)$")[1]
  if (grepl("rds$", file)) bquote(model <- readRDS(.(file))) else bquote(load(.(file)))
}

case_json <- function(case, request) {
  flag <- function(x) if (x) "true" else "false"
  json_object(
    name = json_text(case$name), family = json_text(case$family), packages = texts(case$package),
    refused = texts(case$refused), never = flag(case$never), missing = flag(case$missing),
    toml = flag(!is.null(case$toml)),
    alike = json_array(vapply(case$alike, alike_json, "")),
    refuses = json_array(vapply(case$refuses, refusal_json, "")),
    request = if (is.null(request)) "null" else table_json(request_table(request))
  )
}

texts <- function(x) json_array(json_text(x))

alike_json <- function(pair) json_object(body = json_text(pair[[1]]), row = pair[[2]] - 1)

refusal_json <- function(refusal) {
  json_object(body = json_text(refusal[[1]]), status = refusal[[2]], text = json_text(refusal[[3]]))
}
