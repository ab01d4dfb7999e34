# Checks the R code with lintr, where that is installed. The linters are named one by one:
# which of them are lintr's defaults differs from version to version.
if (!nzchar(system.file(package = "lintr"))) {
  message("left out: the R package lintr is not installed")
  quit(status = 0)
}
suppressPackageStartupMessages(library(lintr))

# Methods are named by their generic and a class, whose name is not ours to choose.
generics <- "predictors|predicted|scoring_arguments|column_names|own_levels|model_terms"
is_method_name <- function(found) {
  found$linter == "object_name_linter" && grepl(sprintf("^(%s)[.]", generics), found$line)
}

linters <- list(
  any_is_na_linter(), assignment_linter(), brace_linter(), class_equals_linter(),
  commas_linter(), commented_code_linter(), equals_na_linter(),
  function_left_parentheses_linter(), infix_spaces_linter(), line_length_linter(100),
  missing_argument_linter(), object_length_linter(), object_name_linter(),
  paren_body_linter(), semicolon_linter(), seq_linter(), spaces_inside_linter(),
  spaces_left_parentheses_linter(), T_and_F_symbol_linter(), trailing_blank_lines_linter(),
  trailing_whitespace_linter(), unreachable_code_linter(), vector_logic_linter()
)
folders <- Filter(dir.exists, c("r", "models", "scripts", "benchmarks", "tests"))
files <- list.files(folders, "[.]R$", full.names = TRUE, recursive = TRUE)
lints <- unlist(lapply(files, lint, linters = linters), recursive = FALSE)
lints <- Filter(Negate(is_method_name), lints)
for (found in lints) print(found)

# Names that r/R uses and nobody defines: its functions see each other and base R alone.
functions <- new.env(parent = baseenv())
for (file in list.files("r/R", "[.]R$", full.names = TRUE)) {
  sys.source(file, envir = functions, keep.source = TRUE)
}
unknown <- character()
codetools::checkUsageEnv(functions, report = function(text) unknown <<- c(unknown, text))
cat(unknown, sep = "")

problems <- length(lints) + length(unknown)
cat(sprintf("%d R files checked, %d problems\n", length(files), problems))
quit(status = as.integer(problems > 0))
