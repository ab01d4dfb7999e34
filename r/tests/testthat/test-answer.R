# Answers that drop, or carry, dimensions.

answer <- function(value, rows = 2L) bridge$as_answer(value, rows)

test_that("a matrix of one column is a vector", {
  found <- answer(matrix(1:2, 2, dimnames = list(NULL, "s1")))
  expect_identical(found[c("layout", "names")], list(layout = "values",
                                                     names = "prediction"))
  expect_identical(found$columns[[1]], 1:2)
})

test_that("one row that lost its dimension is a row", {
  found <- answer(c(setosa = 0.1, versicolor = 0.9), 1L)
  expect_identical(found$layout, "records")
  expect_identical(found$names, c("setosa", "versicolor"))
})

test_that("an array is a matrix, by its last extent", {
  value <- array(as.double(1:4), c(2, 2, 1), list(NULL, c("a", "b"), "1"))
  expect_identical(answer(value)$names, c("a", "b"))
  value <- array(as.double(1:8), c(2, 2, 2), list(NULL, c("a", "b"), c("s0", "s1")))
  found <- answer(value)
  expect_identical(found$names, c("a.s0", "b.s0", "a.s1", "b.s1"))
  expect_identical(found$columns[[3]], c(5, 6))
})

test_that("a list gives the elements that have a value for each row", {
  found <- answer(list(fit = c(a = 1, b = 2), se.fit = c(3, 4), df = 5,
                       posterior = matrix(1:4, 2, dimnames = list(NULL, c("x", "y")))))
  expect_identical(found$names, c("fit", "se.fit", "posterior.x", "posterior.y"))
  expect_identical(found$columns[[1]], c(1, 2))
})

test_that("classed numbers are numbers, times are text", {
  expect_identical(answer(I(c(1.5, 2)))$columns[[1]], c(1.5, 2))
  expect_identical(answer(as.difftime(c(1, 2), units = "mins"))$columns[[1]], c(1, 2))
  expect_identical(answer(as.POSIXct(c(0, NA), origin = "1970-01-01", tz = "UTC"))$columns[[1]],
                   c("1970-01-01T00:00:00Z", NA))
})

test_that("text that is no UTF-8 is told byte by byte", {
  broken <- c("a\xff", NA, "b")
  for (mark in c("unknown", "UTF-8", "bytes")) {
    Encoding(broken) <- mark
    expect_identical(answer(broken, 3L)$columns[[1]], c("a<ff>", NA, "b"))
  }
  value <- data.frame(x = 1:2, y = 3:4)
  names(value)[2] <- broken[1]
  expect_identical(answer(value)$names, c("x", "a<ff>"))
})

test_that("strings that are neither few nor many are sent as one", {
  found <- bridge$sent(list(rep(c("caf\u00e9", ""), 8), 1:16))
  expect_identical(found, list(rep(c(charToRaw("caf\u00e9"), as.raw(0), as.raw(0)), 8), 1:16))
  for (kept in list(rep("a", 15), c(rep("a", 15), NA), rep("a", 4096))) {
    expect_identical(bridge$sent(list(kept)), list(kept))
  }
})

test_that("raw values are no answer: they would be taken for strings", {
  for (value in list(raw(2), structure(raw(2), class = "own"))) {
    expect_error(answer(list(a = value, b = 1:2)), "the answer's \"a\" is a .*, not a vector")
    expect_error(bridge$as_answer(list(a = value), 2L, hooked = TRUE), "not a vector")
  }
})
