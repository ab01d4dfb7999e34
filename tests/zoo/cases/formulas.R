# What formulas hold: functions that fitting fixes, and those of the author's own.

zoo(
  "poly", "lm",
  fit = lm(dist ~ poly(speed, 3), cars),
  newdata = data.frame(speed = c(4, 7.3, 10, 15, 19.99, 25, 30, 0))
)

zoo(
  "poly-of-two-variables", "lm",
  fit = lm(mpg ~ poly(wt, 2) * poly(hp, 2), mtcars),
  newdata = mtcars[4:11, c("hp", "wt")]
)

zoo(
  "natural-spline", "lm", "splines",
  fit = lm(weight ~ ns(height, df = 4), women),
  newdata = data.frame(height = c(58, 60.5, 62, 65, 68.2, 72, 75, 50))
)

zoo(
  "b-spline", "glm", "splines",
  fit = glm(am ~ bs(wt, df = 4), binomial, mtcars),
  newdata = data.frame(wt = c(1.6, 2, 2.5, 3, 3.3, 4, 5, 5.4)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "b-spline-by-namespace", "lm",
  fit = lm(mpg ~ splines::bs(wt, knots = c(2.5, 3.5)), mtcars),
  newdata = data.frame(wt = c(1.6, 2, 2.5, 3, 3.3, 4, 5, 5.4))
)

zoo(
  "scale", "lm",
  fit = lm(mpg ~ scale(wt) + scale(hp, scale = FALSE), mtcars),
  newdata = mtcars[6:13, c("wt", "hp")]
)

zoo(
  "cut", "lm",
  fit = lm(mpg ~ cut(hp, c(0, 100, 150, 400)) + wt, mtcars),
  newdata = mtcars[c(1, 7, 12, 16, 19, 23, 29, 31), c("hp", "wt")]
)

zoo(
  "arithmetic", "lm",
  fit = lm(log(mpg) ~ log(hp) + I(wt^2) + sqrt(disp) + exp(-drat) + I(1 / qsec), mtcars),
  newdata = mtcars[14:22, c("hp", "wt", "disp", "drat", "qsec")]
)

zoo(
  "offset", "lm",
  fit = lm(mpg ~ wt + offset(0.1 * qsec), mtcars),
  newdata = mtcars[1:8, c("wt", "qsec")]
)

zoo(
  "offset-argument", "lm",
  fit = lm(mpg ~ wt, mtcars, offset = qsec / 10),
  newdata = mtcars[1:8, c("wt", "qsec")]
)

zoo(
  "factor-in-formula", "lm",
  fit = lm(mpg ~ factor(cyl) * wt + as.factor(gear), mtcars),
  newdata = mtcars[c(1, 3, 5, 9, 19, 24, 27, 31), c("cyl", "wt", "gear")]
)

zoo(
  "ordered-in-formula", "lm",
  fit = lm(mpg ~ ordered(cyl, levels = c(8, 6, 4)), mtcars),
  newdata = data.frame(cyl = c(4, 6, 8, 8, 6, 4))
)

zoo(
  "conditions", "lm",
  fit = lm(mpg ~ ifelse(hp > 120, hp, 120) + (wt > 3) + I(cyl %in% c(4, 6)) + pmin(qsec, 18),
           mtcars),
  newdata = mtcars[20:28, c("hp", "wt", "cyl", "qsec")]
)

zoo(
  "seasons", "lm",
  fit = lm(Temp ~ sin(2 * pi * Month / 12) + cos(2 * pi * Month / 12) + Day, airquality),
  newdata = data.frame(Month = c(1:8, 12L), Day = c(1L, 15L, 31L, 2L, 3L, 4L, 28L, 30L, 9L))
)

zoo(
  "nested-interactions", "lm",
  fit = lm(yield ~ block / N + P:K + (N + P + K)^2, npk),
  newdata = npk[c(2, 5, 8, 11, 14, 17, 20, 23), c("N", "P", "K", "block")]
)

zoo(
  "odd-names", "lm",
  fit = {
    d <- data.frame(mtcars$mpg, mtcars$wt, mtcars$hp, mtcars$gear, mtcars$carb, mtcars$drat)
    names(d) <- c("y", "net weight", "1st", "model", "newdata", "gr\u00f6\u00dfe")
    lm(y ~ ., d)
  },
  newdata = d[1:8, c("1st", "gr\u00f6\u00dfe", "newdata", "model", "net weight")]
)

zoo(
  "names-of-r", "lm",
  fit = {
    d <- data.frame(y = mtcars$mpg, T = mtcars$wt, c = mtcars$hp, pi = mtcars$drat,
                    data = mtcars$qsec, t = mtcars$disp)
    lm(y ~ `T` + c + log(pi) + data + t, d)
  },
  newdata = d[1:8, c("t", "data", "pi", "c", "T")]
)

zoo(
  "matrix-variable", "lm",
  fit = {
    d <- data.frame(y = mtcars$mpg, z = mtcars$qsec)
    d$X <- as.matrix(mtcars[c("wt", "hp", "disp")])
    lm(y ~ X + z, d)
  },
  newdata = d[1:8, c("X", "z")]
)

zoo(
  "dates", "lm",
  fit = {
    d <- data.frame(day = as.Date("2019-12-20") + 0:39, y = sin(0:39))
    lm(y ~ day + as.numeric(format(day, "%d")) + months(day), d)
  },
  newdata = data.frame(day = as.Date("2019-12-20") + c(0, 3, 11, 12, 20, 39, 30, 31))
)

zoo(
  "times", "lm",
  fit = {
    d <- data.frame(at = as.POSIXct("2021-03-01 12:00:00", tz = "UTC") + 777 * 0:30, y = cos(0:30))
    lm(y ~ at, d)
  },
  newdata = data.frame(at = as.POSIXct("2021-03-01 12:00:00", tz = "UTC") + c(0, 0.5, 60, 86400, 7))
)

zoo(
  "text-length", "lm",
  fit = {
    d <- data.frame(word = c("a", "bb", "ccc", "dddd", "ee", "f"), y = c(1, 2, 3.5, 4, 2, 1.1))
    lm(y ~ nchar(word), d)
  },
  newdata = data.frame(word = c("a", "zzzzzz", " ", "\u00e4\u00f6", "a,b", "x \"y\"", "new\nline"))
)

zoo(
  "breaks-found", "lm",
  fit = lm(dist ~ findInterval(speed, c(5, 10, 15, 20)) + speed, cars),
  newdata = data.frame(speed = c(4, 5, 9.99, 10, 15, 20, 24, 100))
)
