# Where packages come from: R itself, Debian or CRAN. Versions are texts by name.

versions_here <- function() {
  installed <- utils::installed.packages(noCache = TRUE)
  installed <- installed[!duplicated(rownames(installed)), , drop = FALSE]
  stats::setNames(installed[, "Version"], rownames(installed))
}

versions_of_debian <- function() {
  found <- run("apt-cache", "search", "--names-only", shQuote("^r-(cran|bioc)-"))
  shown <- run("apt-cache", "show", "--no-all-versions", sub(" .*", "", found))
  records <- read.dcf(textConnection(shown), fields = c("Package", "Version"))
  stats::setNames(records[, "Version"], records[, "Package"])
}

# list(debian = names of Debian's packages, others = names of R's that it lacks)
sort_out <- function(wanted, here, debian) {
  missing <- setdiff(wanted, names(here))
  named <- name_in_debian(missing, debian)
  list(debian = named[!is.na(named)], others = missing[is.na(named)])
}

# Debian writes names in small letters; NA where it has no such package.
name_in_debian <- function(packages, debian) {
  vapply(tolower(packages), function(package) {
    names <- paste0(c("r-cran-", "r-bioc-"), package)
    names[names %in% names(debian)][1]
  }, "", USE.NAMES = FALSE)
}

# R's version in one of Debian, 1:4.7-1.2+dfsg-1.
upstream <- function(version) {
  version <- sub("-[^-]*$", "", sub("^[0-9]+:", "", version))
  regmatches(version, regexpr("^[0-9]+([.-][0-9]+)*", version))
}

is_enough <- function(version, least) {
  !is.na(version) && package_version(version) >= package_version(least)
}

pinned <- function(packages, debian) {
  if (length(packages)) paste0(packages, "=", debian[packages]) else character()
}

# --- What Debian lacks

# list(sources = to be compiled, binaries = of Debian, headers = of Debian, to compile with).
needs_of <- function(wanted, cran, here, debian) {
  unknown <- setdiff(wanted, rownames(cran))
  if (length(unknown)) stop(unknown_text(unknown), call. = FALSE)
  needs <- list(sources = character(), binaries = character(), headers = character())
  left <- wanted
  while (length(left)) {
    package <- left[1]
    needs$sources <- c(needs$sources, package)
    asked <- requirements_of(package, cran)
    for (row in seq_len(nrow(asked))) {
      need <- asked[row, ]
      found <- source_of(need, package, cran, here, debian)
      kind <- if (need$to_compile) "headers" else "binaries"
      if (found == "cran") left <- c(left, need$name)
      else if (found != "here") needs[[kind]] <- union(needs[[kind]], found)
    }
    left <- setdiff(left, needs$sources)
  }
  needs
}

unknown_text <- function(packages) {
  sprintf(paste(
    "there is no R package %s: neither Debian (r-cran-%s, r-bioc-%s) nor CRAN has it.",
    "R tells capitals from small letters: it is randomForest, not randomforest"
  ), paste(packages, collapse = ", "), tolower(packages[1]), tolower(packages[1]))
}

# "here", "cran", or a package of Debian.
source_of <- function(need, package, cran, here, debian) {
  if (is_enough(here[need$name], need$least)) return("here")
  binary <- name_in_debian(need$name, debian)
  if (!is.na(binary) && is_enough(upstream(debian[[binary]]), need$least)) return(binary)
  if (need$name %in% rownames(cran)) return("cran")
  stop(sprintf("%s needs %s %s or later, which neither Debian nor CRAN has", package,
               need$name, need$least), call. = FALSE)
}

# data.frame(name, least, to_compile): what the fields of a package on CRAN ask for.
requirements_of <- function(package, cran) {
  used <- requirements(cran[package, c("Depends", "Imports")])
  linked <- requirements(cran[package, "LinkingTo"])
  linked <- linked[!linked$name %in% used$name, ]
  all <- rbind(cbind(used, to_compile = rep(FALSE, nrow(used))),
               cbind(linked, to_compile = rep(TRUE, nrow(linked))))
  check_r(package, all[all$name == "R", "least"])
  all[all$name != "R", ]
}

requirements <- function(fields) {
  parts <- trimws(unlist(strsplit(fields[!is.na(fields)], ",")))
  parts <- parts[nzchar(parts)]
  least <- sub("^.*[(][[:space:]]*>=?[[:space:]]*([0-9.-]+).*$", "\\1", parts)
  data.frame(name = sub("[[:space:](].*$", "", parts),
             least = ifelse(grepl(">", parts, fixed = TRUE), least, "0.0"))
}

check_r <- function(package, least) {
  for (version in least) {
    if (getRversion() < version) {
      stop(sprintf("%s of CRAN needs R %s or later; the image has R %s", package, version,
                   getRversion()), call. = FALSE)
    }
  }
}
