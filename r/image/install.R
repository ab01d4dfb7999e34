# Puts R packages into an image, in two stages: docs/container.md.
#
#   Rscript image/install.R compile    in a stage that is thrown away: finds where each package
#                                      of R_PACKAGES is to come from, compiles what Debian lacks
#   Rscript image/install.R finish     in the stage that is shipped: installs what is written down
#
# Debian's binaries come first. What it has not, or not new enough, is compiled from CRAN.

notes <- "/opt/rbridge/packages"
library_of_site <- "/usr/local/lib/R/site-library"

compile <- function() {
  wanted <- words(Sys.getenv("R_PACKAGES"))
  system <- words(Sys.getenv("DEBIAN_PACKAGES"))
  here <- versions_here()
  binaries <- character()
  if (length(setdiff(wanted, names(here)))) {
    apt_get("update")
    debian <- versions_of_debian()
    sorted <- sort_out(wanted, here, debian)
    binaries <- pinned(sorted$debian, debian)
    if (length(sorted$others)) {
      binaries <- c(binaries, from_sources(sorted$others, here, debian, system))
    }
  }
  needed <- c(unique(binaries), system[!is_header(system)])
  dir.create(notes, recursive = TRUE, showWarnings = FALSE)
  writeLines(needed, file.path(notes, "debian.txt"))
  writeLines(wanted, file.path(notes, "wanted.txt"))
}

finish <- function() {
  packages <- readLines(file.path(notes, "debian.txt"))
  if (length(packages)) {
    apt_get("update")
    apt_get("install", packages)
    clean()
  }
  wanted <- readLines(file.path(notes, "wanted.txt"))
  for (package in wanted) check_loads(package)
  versions <- versions_here()[wanted]
  cat(sprintf("%s %s\n", names(versions), versions), sep = "")
}

words <- function(text) {
  found <- unique(strsplit(trimws(text), "[[:space:],]+")[[1]])
  odd <- found[!grepl("^[A-Za-z][A-Za-z0-9.+-]*$", found)]
  if (length(odd)) stop(dQuote(odd[1], FALSE), " cannot be the name of a package", call. = FALSE)
  found
}

is_header <- function(package) grepl("-dev$", package)

check_loads <- function(package) {
  problem <- tryCatch({
    loadNamespace(package)
    NULL
  }, error = conditionMessage)
  if (is.null(problem)) return(invisible())
  names <- names(versions_here())
  meant <- names[tolower(names) == tolower(package) & names != package]
  if (length(meant)) problem <- paste0("is it ", meant[1], "? R tells capitals from small letters")
  stop("the package ", package, " cannot be loaded: ", problem, call. = FALSE)
}

# What of Debian's the files below `folder` are linked with, with versions: what must be there
# when they run.
libraries_used <- function(folder) {
  files <- list.files(folder, "[.]so$", full.names = TRUE, recursive = TRUE)
  linked <- unlist(lapply(shQuote(files), function(file) run("ldd", file)))
  linked <- grep("=> /", linked, value = TRUE, fixed = TRUE)
  files <- unique(normalizePath(sub("^.*=> (/[^ ]+).*$", "\\1", linked)))
  files <- files[!startsWith(files, R.home("lib"))]
  if (!length(files)) return(character())
  owners <- unique(sub(":.*$", "", run("dpkg-query", "--search", shQuote(files))))
  run("dpkg-query", "--show", "--showformat='${Package}=${Version}\\n'", owners)
}

# As the Dockerfile does for R itself.
clean <- function() {
  apt_get("clean")
  left <- c("/var/lib/apt/lists/*", "/var/log/apt", "/var/log/dpkg.log", "/var/cache/debconf/*-old",
            "/usr/lib/R/site-library/*/help", "/usr/lib/R/site-library/*/html",
            "/usr/lib/R/site-library/*/doc", "/usr/lib/R/site-library/*/demo")
  unlink(Sys.glob(left), recursive = TRUE)
}

# --- Programs

apt_get <- function(verb, packages = character()) {
  options <- c("-qq", "-o", "Dpkg::Use-Pty=0", "-o", "Acquire::Retries=3")
  install <- c("--yes", "--no-install-recommends", shQuote(unique(packages)))
  status <- system2("apt-get", c(options, verb, if (verb == "install") install),
                    stdout = FALSE, env = "DEBIAN_FRONTEND=noninteractive")
  if (status) {
    stop("apt-get ", paste(c(verb, packages), collapse = " "), " failed; it says why above",
         call. = FALSE)
  }
}

# The lines that a program prints; none if it finds nothing.
run <- function(program, ...) suppressWarnings(system2(program, c(...), stdout = TRUE))

main <- function(arguments) {
  file <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
  for (part in c("origins.R", "compile.R")) sys.source(file.path(dirname(file), part), globalenv())
  switch(arguments, compile = compile(), finish = finish(), stop("compile or finish?"))
}

if (sys.nframe() == 0L) main(commandArgs(TRUE))
