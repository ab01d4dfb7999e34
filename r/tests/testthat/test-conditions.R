rejection <- function(...) {
  tryCatch(bridge$reject(...), bridge_rejection = identity)
}

test_that("reject names the message, the rows and the field", {
  condition <- rejection("no time", rows = c(3, 1), field = "hmtime")
  expect_identical(conditionMessage(condition), "no time")
  expect_identical(condition$rows, c(3, 1))
  expect_identical(condition$field, "hmtime")
})

test_that("rows may be a logical vector, in which NA refuses nothing", {
  condition <- rejection("no", rows = c(FALSE, TRUE, NA, TRUE))
  expect_identical(condition$rows, c(2L, 4L))
})

test_that("without rows every row is refused", {
  expect_null(rejection("no")$rows)
  expect_s3_class(rejection("no"), "bridge_rejection")
})

test_that("no row refuses nothing", {
  expect_null(rejection("no", rows = integer()))
  expect_null(rejection("no", rows = c(FALSE, FALSE)))
  expect_null(rejection("no", rows = logical()))
})

test_that("a hook's own handler of errors lets a rejection pass", {
  condition <- tryCatch(
    tryCatch(bridge$reject("no", rows = 1), error = function(e) "swallowed"),
    bridge_rejection = identity
  )
  expect_s3_class(condition, "bridge_rejection")
})

test_that("not_servable is an error with a class of its own", {
  condition <- tryCatch(bridge$not_servable("%s: %d%%", "x", 5L),
                        not_servable = identity)
  expect_s3_class(condition, "error")
  expect_identical(conditionMessage(condition), "x: 5%")
})
