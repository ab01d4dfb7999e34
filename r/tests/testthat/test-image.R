# Where an image's R packages come from, decided without apt and without CRAN. scripts/image-test
# builds with both.

image <- new.env(parent = globalenv())
for (file in list.files(testthat::test_path("..", "..", "image"), full.names = TRUE)) {
  sys.source(file, envir = image)
}

debian <- c(
  "r-cran-randomforest" = "4.7-1.2-1", "r-bioc-limma" = "3.62.2+dfsg-1", "r-cran-rlang" = "1.1.5-3",
  "r-cran-rcpp" = "1:1.0.14-1", "r-cran-vctrs" = "0.6.5-1"
)
here <- c(base = "4.5.0", stats = "4.5.0", utils = "4.5.0")

# As available.packages() gives it.
index <- function(...) {
  rows <- list(...)
  fields <- c("Version", "Depends", "Imports", "LinkingTo")
  cran <- t(vapply(rows, function(row) row[fields], character(4)))
  dimnames(cran) <- list(names(rows), fields)
  cran
}

test_that("Debian's packages are found whatever their capitals", {
  found <- image$sort_out(c("randomForest", "limma", "stats", "tiny"), here, debian)
  expect_identical(found, list(debian = c("r-cran-randomforest", "r-bioc-limma"), others = "tiny"))
  expect_identical(image$pinned("r-cran-randomforest", debian), "r-cran-randomforest=4.7-1.2-1")
  expect_identical(image$pinned(character(), debian), character())
})

test_that("names are words, and nothing else is taken", {
  expect_identical(image$words(" mgcv,  randomForest\n mgcv"), c("mgcv", "randomForest"))
  expect_identical(image$words(""), character())
  expect_error(image$words("mgcv; reboot"), "\"mgcv;\" cannot be the name", fixed = TRUE)
})

test_that("R's version is read from Debian's", {
  expect_identical(
    image$upstream(c("4.7-1.2-1", "1:1.0.14-1", "3.62.2+dfsg-1", "2.0.0~rc1-2+b1")),
    c("4.7-1.2", "1.0.14", "3.62.2", "2.0.0")
  )
})

test_that("what Debian lacks is compiled, with Debian's packages as far as they are new enough", {
  cran <- index(
    leaf = c(Version = "1.0", Depends = "R (>= 3.5), stats", Imports = "root, vctrs (>= 0.6)"),
    root = c(Version = "2.0", Imports = "rlang (>= 1.1.6),\nutils", LinkingTo = "Rcpp, vctrs"),
    rlang = c(Version = "1.1.6")
  )
  needs <- image$needs_of("leaf", cran, here, debian)
  expect_setequal(needs$sources, c("leaf", "root", "rlang"))
  expect_identical(needs$binaries, "r-cran-vctrs")
  expect_identical(needs$headers, c("r-cran-rcpp", "r-cran-vctrs"))
})

test_that("what is nowhere is told", {
  cran <- index(
    leaf = c(Version = "1.0", Imports = "nowhere (>= 2.0)"),
    young = c(Version = "1.0", Depends = "R (>= 99.1)")
  )
  expect_error(image$needs_of(c("leaf", "Lief"), cran, here, debian),
               "there is no R package Lief: neither Debian (r-cran-lief, r-bioc-lief) nor CRAN",
               fixed = TRUE)
  expect_error(image$needs_of("leaf", cran, here, debian),
               "leaf needs nowhere 2.0 or later, which neither Debian nor CRAN has")
  expect_error(image$needs_of("young", cran, here, debian),
               "young of CRAN needs R 99.1 or later; the image has R [0-9]")
})

test_that("a CRAN that cannot be read is told", {
  folder <- paste0("file://", withr::local_tempdir())
  expect_error(image$index_of_cran(folder), "CRAN cannot be read at file:", fixed = TRUE)
})

test_that("a package that is not there under this name is told", {
  expect_silent(image$check_loads("stats"))
  expect_error(image$check_loads("Stats"), "Stats cannot be loaded: is it stats? R tells capitals",
               fixed = TRUE)
  expect_error(image$check_loads("tinynothing"), "the package tinynothing cannot be loaded: ")
})

test_that("what a compiler missed is read from its log", {
  log <- c(
    "squared.c:3:10: fatal error: lib++/jansson.h: No such file or directory",
    "/usr/bin/ld: cannot find -ljansson: No such file or directory",
    "Package libxml-2.0 was not found in the pkg-config search path.",
    "Package 'fontconfig', required by 'virtual:world', not found",
    "checking for stdio.h... yes"
  )
  expect_identical(image$missing_in(log), list(
    files = c(
      "/usr/include/(.*/)?lib\\+\\+/jansson\\.h", "/usr/lib/(.*/)?libjansson[.]so",
      "/usr/(lib|share)/(.*/)?pkgconfig/libxml-2\\.0[.]pc",
      "/usr/(lib|share)/(.*/)?pkgconfig/fontconfig[.]pc"
    ),
    packages = character()
  ))
  hint <- " * deb: libcurl4-openssl-dev (Debian, Ubuntu, etc)"
  expect_identical(image$missing_in(hint)$packages, "libcurl4-openssl-dev")
  expect_identical(image$missing_in("all is well"), list(files = character(),
                                                         packages = character()))
})

test_that("of several packages that have a file, the nearest to the root is taken", {
  paths <- c("/usr/include/x86_64-linux-gnu/gsl.h", "/usr/include/other/gsl.h")
  expect_identical(image$choose_package(c("libgsl-dev", "libother-dev"), paths), "libgsl-dev")
  expect_identical(image$choose_package(character(), character()), character())
  same <- c("/usr/include/x86_64-linux-gnu/curl/curl.h", "/usr/include/curl/curl.h")
  expect_error(image$choose_package(c("libcurl4-gnutls-dev", "libcurl4-openssl-dev"), same),
               "curl.h is in several packages of Debian: .*DEBIAN_PACKAGES=libcurl4-gnutls-dev")
})
