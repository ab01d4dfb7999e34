# How models are saved.

zoo(
  "rdx2", "files",
  fit = lm(mpg ~ wt, mtcars), newdata = mtcars[1:8, "wt", drop = FALSE],
  save = save(model, file = "model.RData", version = 2)
)

zoo(
  "rdx3-uncompressed", "files",
  fit = lm(mpg ~ wt, mtcars), newdata = mtcars[1:8, "wt", drop = FALSE],
  save = save(model, file = "model.rda", version = 3, compress = FALSE)
)

zoo(
  "rda-ascii", "files",
  fit = lm(mpg ~ wt, mtcars), newdata = mtcars[1:8, "wt", drop = FALSE],
  save = save(model, file = "model.RData", ascii = TRUE, compress = FALSE)
)

zoo(
  "rda-ascii-2", "files",
  fit = lm(mpg ~ wt, mtcars), newdata = mtcars[1:8, "wt", drop = FALSE],
  save = save(model, file = "model.RData", ascii = TRUE, version = 2)
)

zoo(
  "rda-bzip2", "files",
  fit = lm(mpg ~ wt, mtcars), newdata = mtcars[1:8, "wt", drop = FALSE],
  save = save(model, file = "model.RData", compress = "bzip2")
)

zoo(
  "rda-xz", "files",
  fit = lm(mpg ~ wt, mtcars), newdata = mtcars[1:8, "wt", drop = FALSE],
  save = save(model, file = "model.RData", compress = "xz")
)

zoo(
  "rds", "files",
  fit = lm(mpg ~ wt, mtcars), newdata = mtcars[1:8, "wt", drop = FALSE],
  save = saveRDS(model, "model.rds")
)

zoo(
  "rds-xz-2", "files",
  fit = lm(mpg ~ wt, mtcars), newdata = mtcars[1:8, "wt", drop = FALSE],
  save = saveRDS(model, "fit.RDS", version = 2, compress = "xz"),
  load = model <- readRDS("fit.RDS")
)

zoo(
  "rds-bundle", "files",
  fit = lm(breaks ~ wool + tension, warpbreaks),
  newdata = warpbreaks[seq(1, 54, 6), c("wool", "tension")],
  save = saveRDS(
    list(fit = model, factor_levels = lapply(warpbreaks[c("wool", "tension")], levels)), "model.rds"
  ),
  load = model <- readRDS("model.rds")$fit
)

zoo(
  "rdata-bundle", "files",
  fit = lm(breaks ~ wool + tension, warpbreaks),
  newdata = warpbreaks[seq(1, 54, 6), c("wool", "tension")],
  save = {
    bundle <- list(model = model, factor_levels = lapply(warpbreaks[2:3], levels), note = "v1")
    save(bundle, file = "model.RData")
  },
  load = {
    load("model.RData")
    model <- bundle$model
  }
)

zoo(
  "save-image", "files",
  fit = {
    junk <- list(1, "a", NULL)
    predict.default <- function(object, ...) stop("the clutter has answered")
    mean <- function(...) stop("the clutter has answered")
    df <- c <- t <- mtcars
    helper <- function(x) x + 1
    .hidden <- quote(x)
    lm(mpg ~ wt + factor(cyl), df)
  },
  newdata = mtcars[1:8, c("wt", "cyl")],
  save = save.image("session.RData")
)

zoo(
  "factor-levels-beside", "files",
  fit = {
    factor_levels <- list(spray = c("F", "E", "D", "C", "B", "A"))
    lm(count ~ spray, InsectSprays)
  },
  newdata = data.frame(spray = factor(c("A", "F", "C", "C", "B", "E", "D", "A"))),
  save = save(model, factor_levels, file = "model.RData")
)

zoo(
  "other-name", "files",
  fit = lm(mpg ~ wt, mtcars), newdata = mtcars[1:8, "wt", drop = FALSE],
  save = {
    assign("my final model (2)", model)
    save(list = "my final model (2)", file = "model.RData")
  },
  load = {
    load("model.RData")
    model <- get("my final model (2)")
  }
)

zoo(
  "named-in-toml", "files",
  fit = lm(mpg ~ wt, mtcars), newdata = mtcars[1:8, "wt", drop = FALSE],
  save = {
    older <- lm(mpg ~ 1, mtcars)
    save(model, older, file = "model.RData")
  },
  toml = "object = \"model\""
)

zoo(
  "fitted-in-function", "files",
  fit = (function(data, ballast) {
    k <- 2
    lm(mpg ~ I(wt^k) + hp, data)
  })(mtcars, runif(1e4)),
  newdata = mtcars[1:8, c("wt", "hp")]
)

zoo(
  "constant-beside", "files",
  fit = {
    shift <- 3
    lm(mpg ~ log(wt + shift), mtcars)
  },
  newdata = mtcars[1:8, "wt", drop = FALSE],
  save = save(model, shift, file = "model.RData")
)

zoo(
  "functions-beside", "files",
  fit = {
    half <- 0.5
    halved <- function(x) x * half
    bent <- function(x) halved(x)^2 + 1
    glm(am ~ bent(wt), binomial, mtcars)
  },
  newdata = mtcars[1:8, "wt", drop = FALSE],
  predict = predict(model, newdata, type = "response"),
  save = save(model, half, halved, bent, file = "model.RData")
)

zoo(
  "class-of-its-own", "files",
  fit = {
    predict.tariff <- function(object, newdata, ...) {
      object$base * newdata$km + ifelse(newdata$night, object$extra, 0)
    }
    structure(list(base = 1.5, extra = 5), class = "tariff")
  },
  newdata = data.frame(km = c(0.3, 1, 7.7, 1e3), night = c(TRUE, FALSE, TRUE, FALSE)),
  save = save(model, predict.tariff, file = "model.RData"),
  toml = "[inputs.km]\ntype = \"number\"\n\n[inputs.night]\ntype = \"boolean\""
)

zoo(
  "subclass-of-its-own", "files",
  fit = {
    predict.rounded <- function(object, newdata, ...) round(NextMethod(), object$digits)
    fit <- lm(mpg ~ wt, mtcars)
    fit$digits <- 1
    class(fit) <- c("rounded", "lm")
    fit
  },
  newdata = mtcars[1:8, "wt", drop = FALSE],
  save = save(model, predict.rounded, file = "model.RData")
)

zoo(
  "stripped-of-residuals", "files",
  fit = {
    fit <- lm(breaks ~ wool + tension, warpbreaks)
    fit$residuals <- fit$fitted.values <- fit$model <- fit$effects <- NULL
    fit$qr$qr <- fit$qr$qr[1:4, ]
    fit
  },
  newdata = warpbreaks[seq(1, 54, 6), c("wool", "tension")]
)

zoo(
  "latin1-levels", "files",
  fit = {
    towns <- c("K\xf6ln", "M\xfcnchen", "Li\xe8ge")
    Encoding(towns) <- "latin1"
    d <- data.frame(town = factor(rep(towns, 4), towns), y = sin(1:12))
    lm(y ~ town, d)
  },
  newdata = d[1:6, "town", drop = FALSE],
  alike = list(list("{\"town\": \"K\\u00f6ln\"}", 1)),
  refuses = list(list("{\"town\": \"Koln\"}", 422, "K\u00f6ln"))
)

zoo(
  "latin1-names", "files",
  fit = {
    d <- data.frame(sin(1:9), cos(1:9))
    names(d) <- c("y", "gr\xf6\xdfe")
    Encoding(names(d)) <- "latin1"
    lm(y ~ ., d)
  },
  newdata = d[1:6, -1, drop = FALSE],
  save = save(model, file = "model.RData", version = 2)
)

zoo(
  "other-scripts", "files",
  fit = {
    d <- data.frame(x = factor(rep(c("\u65e5\u672c", "\u0391\u03b8\u03ae\u03bd\u03b1",
                                     "\U0001F600"), 3)), y = sin(1:9))
    glm(y ~ x, gaussian, d)
  },
  newdata = d[1:6, "x", drop = FALSE],
  predict = predict(model, newdata, type = "response")
)
