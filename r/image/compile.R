# Compiling what Debian lacks, with the libraries that it turns out to need.

# Compiles `wanted` and what they need; what of Debian they need when they run, pinned.
from_sources <- function(wanted, here, debian, system) {
  apt_get("install", "ca-certificates")
  cran <- index_of_cran(Sys.getenv("CRAN"))
  needs <- needs_of(wanted, cran, here, debian)
  cat("to be compiled:", sprintf("%s %s", needs$sources, cran[needs$sources, "Version"]), "\n")
  apt_get("install", c("r-base-dev", needs$binaries, needs$headers, system))
  build_all(needs$sources)
  c(pinned(needs$binaries, debian), libraries_used(library_of_site))
}

index_of_cran <- function(url) {
  tryCatch(
    utils::available.packages(repos = c(CRAN = url), type = "source", filters = list()),
    warning = function(problem) {
      stop("CRAN cannot be read at ", url, ": ", conditionMessage(problem), call. = FALSE)
    }
  )
}

# Again and again, as long as what the compiler missed can be found in Debian.
build_all <- function(packages) {
  logs <- tempfile("logs")
  dir.create(logs)
  tried <- character()
  while (length(left <- setdiff(packages, compiled(packages)))) {
    build(left, logs)
    left <- setdiff(packages, compiled(packages))
    log <- unlist(lapply(log_files(logs, left), readLines, warn = FALSE))
    found <- setdiff(if (length(left)) packages_for(missing_in(log)), tried)
    if (length(left) && !length(found)) stop(failure_text(left, log), call. = FALSE)
    if (length(found)) apt_get("install", found)
    tried <- c(tried, found)
  }
}

build <- function(packages, logs) {
  dir.create(library_of_site, recursive = TRUE, showWarnings = FALSE)
  suppressWarnings(utils::install.packages(
    packages, library_of_site, repos = c(CRAN = Sys.getenv("CRAN")), type = "source",
    dependencies = FALSE, keep_outputs = logs,
    INSTALL_opts = c("--no-help", "--no-docs", "--no-demo", "--strip", "--no-test-load")
  ))
}

compiled <- function(packages) {
  packages[file.exists(file.path(library_of_site, packages, "Meta", "package.rds"))]
}

log_files <- function(folder, packages) {
  files <- file.path(folder, paste0(packages, ".out"))
  files[file.exists(files)]
}

# What a log says is missing: files of Debian's packages as regular expressions, and packages
# that a configure script names itself.
missing_in <- function(log) {
  quoted <- function(text) gsub("([^A-Za-z0-9_/-])", "\\\\\\1", text)
  files <- c(
    sprintf("/usr/include/(.*/)?%s", quoted(caught("fatal error: ([^:]+): No such file", log))),
    sprintf("/usr/lib/(.*/)?lib%s[.]so", quoted(caught("cannot find -l([^ :]+)", log))),
    sprintf("/usr/(lib|share)/(.*/)?pkgconfig/%s[.]pc", quoted(c(
      caught("Package ([^ ,']+) was not found in the pkg-config", log),
      caught("[Pp]ackage '([^']+)'.* (not )?found", log)
    )))
  )
  list(files = unique(files), packages = caught("deb: ([a-z0-9.+-]+-dev)\\b", log))
}

caught <- function(pattern, log) {
  found <- regmatches(log, regexec(pattern, log, perl = TRUE))
  unique(vapply(found[lengths(found) > 0], `[[`, "", 2))
}

# Debian's packages that have what is missing. Which files are in which, apt-file tells.
packages_for <- function(missing) {
  if (length(missing$packages) || !length(missing$files)) return(missing$packages)
  apt_get("install", "apt-file")
  apt_get("update")
  unlist(lapply(missing$files, package_with))
}

package_with <- function(file) {
  found <- suppressWarnings(run("apt-file", "--regexp", "search", shQuote(paste0(file, "$"))))
  found <- strsplit(found, ": ", fixed = TRUE)
  packages <- vapply(found, `[[`, "", 1)
  paths <- vapply(found, `[[`, "", 2)
  choose_package(packages[is_header(packages)], paths[is_header(packages)])
}

# The one that has it nearest to the root: jansson.h before other/jansson.h.
choose_package <- function(packages, paths) {
  depth <- lengths(strsplit(sub("^/usr/include/[^/]*-linux-gnu[^/]*/", "/usr/include/", paths),
                            "/", fixed = TRUE))
  nearest <- unique(packages[depth == min(depth, Inf)])
  if (length(nearest) > 1) {
    stop(sprintf(paste(
      "%s is in several packages of Debian: %s. Please choose one:",
      "--build-arg DEBIAN_PACKAGES=%s"
    ), basename(paths[1]), paste(nearest, collapse = ", "), nearest[1]), call. = FALSE)
  }
  nearest
}

failure_text <- function(packages, log) {
  sprintf(paste(
    "%s of CRAN cannot be compiled; the end of what the compiler says:\n%s\nIf a library is",
    "missing, name Debian's package of it: --build-arg DEBIAN_PACKAGES=\"libNAME-dev\""
  ), paste(packages, collapse = ", "), paste(utils::tail(log, 25), collapse = "\n"))
}
