# Called from among the functions of r/R, where its methods are looked up.
fields_of <- function(model, saved_levels = NULL) {
  predictors(model, saved_levels)
}
environment(fields_of) <- bridge

field_of <- function(model, name, saved_levels = NULL) {
  fields <- fields_of(model, saved_levels)
  fields[[match(name, names_of(fields))]]
}

types_of <- function(model, saved_levels = NULL) {
  fields <- fields_of(model, saved_levels)
  setNames(vapply(fields, `[[`, "", "type"), names_of(fields))
}

refused <- function(expression) {
  conditionMessage(expect_error(expression, class = "not_servable"))
}

test_that("the fields are the variables of the formula, with their types", {
  model <- lm(time ~ pace + gender + club + fast + size, runners)
  expect_identical(types_of(model), c(
    pace = "number", gender = "factor", club = "factor", fast = "boolean",
    size = "factor"
  ))
})

test_that("factors, ordered factors and text have levels in R's order", {
  model <- lm(time ~ gender + club + size, runners)
  expect_identical(field_of(model, "gender")$levels, c("F", "M"))
  expect_identical(field_of(model, "size"),
                   bridge$field("size", "factor", c("S", "M", "L"), ordered = TRUE))
  expect_identical(field_of(model, "club"),
                   bridge$field("club", "factor", c("east", "north", "south"),
                                values = c("east", "north", "south")))
})

test_that("a field is a variable, not a term", {
  pace <- c(pace = "number")
  expect_identical(types_of(lm(time ~ poly(pace, 2), runners)), pace)
  expect_identical(types_of(lm(time ~ splines::ns(pace, 3), runners)), pace)
  expect_identical(types_of(lm(log(time) ~ log(pace), runners)), pace)
  expect_identical(types_of(lm(time ~ pace + I(pace^2), runners)), pace)
  expect_identical(types_of(lm(time ~ sin(2 * pi * pace), runners)), pace)
  expect_identical(types_of(lm(time ~ pace * gender, runners)),
                   c(pace, gender = "factor"))
  expect_identical(types_of(lm(time ~ ., runners[c("time", "pace")])), pace)
  expect_identical(types_of(lm(time ~ pace + offset(2 * fast), runners)),
                   c(pace, fast = "boolean"))
})

test_that("a model without predictors has no fields", {
  expect_length(fields_of(lm(time ~ 1, runners)), 0)
})

test_that("an offset given as an argument is a field as well", {
  model <- glm(round(time) ~ fast, poisson(), runners, offset = log(pace))
  expect_identical(types_of(model), c(fast = "boolean", pace = "number"))
  model <- lm(time ~ fast, runners, offset = pace)
  expect_identical(types_of(model), c(fast = "boolean", pace = "number"))
})

test_that("levels are those that both the model and factor_levels know", {
  complete <- transform(runners, time = ifelse(club == "east", NA, time))
  model <- lm(time ~ club, complete)
  saved <- list(club = c("west", "south", "north", "east"))
  expect_identical(field_of(model, "club", saved)$levels, c("north", "south"))
  expect_identical(field_of(model, "club", list())$levels, c("north", "south"))
  expect_identical(field_of(model, "club", list(club = character()))$levels,
                   c("north", "south"))
})

test_that("saved levels serve where the formula makes the factor", {
  model <- lm(time ~ factor(club), runners)
  saved <- list(club = c("east", "north", "south"))
  expect_identical(field_of(model, "club", saved)$levels, saved$club)
})

test_that("levels that have nothing in common are refused", {
  model <- lm(time ~ gender, runners)
  expect_identical(
    refused(fields_of(model, list(gender = c("female", "male")))),
    paste("field gender: the model's levels and the saved ones differ:",
          "F, M, female, male")
  )
})

test_that("dates and times are told by the model frame", {
  dated <- transform(runners, day = as.Date("2020-01-01") + pace,
                     at = as.POSIXct("2020-01-01", tz = "UTC") + pace)
  expect_identical(types_of(lm(time ~ day + at, dated)),
                   c(day = "date", at = "datetime"))
})

test_that("a variable that nothing tells of is asked for, with what to write", {
  model <- lm(time ~ as.numeric(gender), runners)
  model$call$data <- NULL
  message <- refused(fields_of(model))
  expect_match(message, "what is to be sent for gender", fixed = TRUE)
  expect_match(message, "[inputs.gender]\ntype = \"number\"", fixed = TRUE)
})

test_that("a model that cannot tell its fields is refused with the cure", {
  model <- structure(list(), class = "outlandish")
  message <- refused(fields_of(model))
  expect_match(message, "class outlandish cannot be read", fixed = TRUE)
  expect_match(message, "[inputs.FIELD]\ntype = \"number\"", fixed = TRUE)
})

test_that("declared fields are taken as they are", {
  fields <- bridge$declared(list(
    input("hmtime", "string"), input("n", "integer"), input("day", "date"),
    input("size", "factor", levels = c("S", "L"))
  ), NULL)
  expect_identical(names_of(fields), c("hmtime", "n", "day", "size"))
  expect_identical(fields[[4]],
                   bridge$field("size", "factor", c("S", "L")))
  expect_identical(fields[[1]]$levels, character())
})

test_that("a declared factor finds its levels in factor_levels", {
  saved <- list(gender = c("F", "M"), code = 1:3)
  levels_of <- function(...) {
    bridge$declared(list(input(..., type = "factor")), saved)[[1]]$levels
  }
  expect_identical(levels_of("gender"), c("F", "M"))
  expect_identical(levels_of("sex", saved = "gender"), c("F", "M"))
  expect_identical(levels_of("code"), c("1", "2", "3"))
})

test_that("levels that are not saved are told with those that are", {
  declare <- function(saved) {
    bridge$declared(list(input("sex", "factor", saved = "Gender")), saved)
  }
  expect_identical(
    refused(declare(list(gender = "F", club = "north"))),
    paste("bridge.toml: inputs.sex wants the levels \"Gender\";",
          "factor_levels holds gender, club")
  )
  expect_match(refused(declare(NULL)), "factor_levels holds none$")
  expect_match(refused(declare(list(Gender = NULL, club = "north"))), "Gender")
  expect_match(refused(declare(list(Gender = character()))), "Gender")
})

test_that("a formula that names columns of an object is refused", {
  data <- runners
  expect_match(refused(fields_of(lm(time ~ data$pace, data))),
               "the formula names data$pace, a column of one data frame", fixed = TRUE)
})
