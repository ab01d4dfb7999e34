# Traps known to be out there.

zoo(
  "numbers-of-17-digits", "traps",
  fit = {
    fit <- lm(y ~ x, data.frame(x = 1:3, y = c(2, 4, 6.5)))
    fit$coefficients[] <- c(0, 1)
    fit
  },
  newdata = data.frame(x = c(
    0.1, 1 / 3, 5e-324, 2.2250738585072011e-308, 1.7976931348623157e308, -0.0, 9007199254740993,
    123456789.123456789, 1e23, 4.35
  )),
  alike = list(list("{\"x\": 0.10000000000000001}", 1), list("{\"x\": 1e-1}", 1)),
  refuses = list(list("{\"x\": \"5\"}", 422, "\\\"5\\\""), list("{\"x\": 1e999}", 400, "finite"))
)

zoo(
  "glm-stripped-to-lm", "traps",
  fit = {
    fit <- glm(am ~ wt, binomial, mtcars)
    attributes(fit)$class <- "lm"
    fit
  },
  newdata = data.frame(wt = c(1.5, 2.2, 3, 3.215, 4, 5.4))
)

zoo(
  "column-by-dollar", "traps",
  fit = lm(mtcars$mpg ~ mtcars$wt),
  newdata = data.frame(wt = c(1.5, 2.2, 3, 3.215)),
  never = TRUE
)

zoo(
  "column-by-dollar-in-part", "traps",
  fit = lm(mpg ~ mtcars$wt + hp, mtcars),
  newdata = data.frame(hp = c(100, 120, 150, 200)),
  never = TRUE
)

zoo(
  "mean-of-the-request", "traps",
  fit = lm(mpg ~ I(wt - mean(wt)) + hp, mtcars),
  newdata = mtcars[1:8, c("wt", "hp")]
)

zoo(
  "data-by-name", "traps", "survival",
  fit = {
    patients <- lung
    coxph(Surv(time, status) ~ age + strata(sex), patients)
  },
  refused = "patients"
)

zoo(
  "series-by-name", "traps",
  fit = {
    sales <- ts(sin(1:60) + cos(0.3 * (1:60)))
    ar(sales)
  },
  refused = "sales"
)

zoo(
  "package-not-installed", "traps",
  fit = structure(list(handle = 1), class = "xgb.Booster"),
  refused = c("xgboost", "install")
)

zoo(
  "package-of-the-call", "traps",
  fit = structure(list(call = quote(Cubist::cubist(x = x, y = y))), class = "cubist"),
  refused = c("Cubist", "install")
)

zoo(
  "two-models", "traps",
  fit = lm(mpg ~ wt, mtcars),
  save = {
    second <- lm(mpg ~ hp, mtcars)
    save(model, second, file = "model.RData")
  },
  refused = c("model", "second", "object = ")
)

zoo(
  "no-model", "traps",
  fit = lm(mpg ~ wt, mtcars),
  save = {
    numbers <- 1:3
    save(numbers, file = "model.RData")
  },
  refused = c("numbers", "predict")
)

zoo(
  "truncated-file", "traps",
  fit = lm(mpg ~ wt, mtcars),
  save = {
    save(model, file = "model.RData")
    bytes <- readBin("model.RData", "raw", 1e6)
    writeBin(head(bytes, length(bytes) / 2), "model.RData")
  },
  refused = "model.RData cannot be read"
)

zoo(
  "not-a-model-file", "traps",
  fit = lm(mpg ~ wt, mtcars),
  save = writeLines("wt,mpg\n1,2", "model.rds"),
  refused = "model.rds cannot be read"
)

zoo(
  "empty-file", "traps",
  fit = lm(mpg ~ wt, mtcars),
  save = invisible(file.create("model.RData")),
  refused = "model.RData cannot be read"
)

zoo(
  "fields-unknown", "traps",
  fit = structure(list(k = 2), class = "doubler"),
  save = {
    predict.doubler <- function(object, newdata, ...) object$k * newdata$x
    save(model, predict.doubler, file = "model.RData")
  },
  refused = c("doubler", "[inputs.")
)

zoo(
  "random-numbers", "traps",
  fit = {
    predict.dice <- function(object, newdata, ...) newdata$n + 0 * runif(nrow(newdata))
    structure(list(terms = terms(model.frame(~ n, list(n = 1)))), class = "dice")
  },
  newdata = data.frame(n = c(1, 2.5, 3, 4)),
  save = save(model, predict.dice, file = "model.RData")
)

zoo(
  "one-row-other-shape", "traps",
  fit = {
    predict.apart <- function(object, newdata, ...) {
      drop(cbind(low = newdata$x - 1, high = newdata$x + 1))
    }
    structure(list(terms = terms(model.frame(~ x, list(x = 1)))), class = "apart")
  },
  newdata = data.frame(x = c(1, 2.5, 3, 4)),
  save = save(model, predict.apart, file = "model.RData")
)

zoo(
  "classed-numbers", "traps",
  fit = {
    predict.priced <- function(object, newdata, ...) {
      structure(2 * newdata$x, class = "euro", currency = "EUR", names = newdata$x)
    }
    structure(list(terms = terms(model.frame(~ x, list(x = 1)))), class = "priced")
  },
  newdata = data.frame(x = c(1, 2.5, 3, 1 / 3)),
  save = save(model, predict.priced, file = "model.RData")
)

zoo(
  "answers-of-all-types", "traps",
  fit = {
    predict.mixed <- function(object, newdata, ...) {
      data.frame(
        number = newdata$x / 3, whole = as.integer(newdata$x), flag = newdata$x > 2,
        text = paste0("x=", newdata$x), kind = factor(ifelse(newdata$x > 1, "big", "small")),
        day = as.Date("2024-02-28") + newdata$x
      )
    }
    structure(list(terms = terms(model.frame(~ x, list(x = 1)))), class = "mixed")
  },
  newdata = data.frame(x = c(1, 2, 3, 400)),
  save = save(model, predict.mixed, file = "model.RData")
)

zoo(
  "answers-not-finite", "traps",
  fit = lm(y ~ log(x) + I(1 / z), data.frame(x = 1:9, z = c(2, 5, 9:3), y = sin(1:9))),
  newdata = data.frame(x = c(1, 0, -1, 0, 5), z = c(1, 2, 3, 0, 0))
)

zoo(
  "too-many-answers", "traps",
  fit = {
    predict.twice <- function(object, newdata, ...) rep(newdata$x, 2)
    structure(list(terms = terms(model.frame(~ x, list(x = 1)))), class = "twice")
  },
  newdata = data.frame(x = c(1, 2, 3)),
  save = save(model, predict.twice, file = "model.RData"),
  never = TRUE
)
