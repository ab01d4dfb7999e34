# Linear models.

zoo(
  "lm", "lm",
  fit = lm(mpg ~ wt + hp, mtcars),
  newdata = mtcars[1:8, c("wt", "hp")]
)

zoo(
  "lm-factors", "lm",
  fit = lm(breaks ~ wool * tension, warpbreaks),
  newdata = warpbreaks[seq(1, 54, 6), c("tension", "wool")]
)

zoo(
  "lm-weights", "lm",
  fit = lm(dist ~ speed, cars, weights = speed, subset = dist < 100),
  newdata = data.frame(speed = c(0, 1, 4.5, 12, 1e-300, 25, 1e15, -3))
)

zoo(
  "lm-contrasts", "lm",
  fit = lm(count ~ spray, InsectSprays, contrasts = list(spray = "contr.helmert")),
  newdata = data.frame(spray = factor(c("A", "F", "C", "C", "B", "E", "D", "A")))
)

zoo(
  "lm-rank-deficient", "lm",
  fit = lm(mpg ~ wt + I(2 * wt) + hp, mtcars),
  newdata = mtcars[3:10, c("hp", "wt")]
)

zoo(
  "lm-incomplete-data", "lm",
  fit = lm(Ozone ~ Solar.R + Wind + Temp, airquality),
  newdata = airquality[1:10, c("Solar.R", "Wind", "Temp")]
)

zoo(
  "lm-many-types", "lm",
  fit = {
    d <- data.frame(
      y = sin(1:40) * 10, number = cos(1:40), whole = rep(1:10, 4),
      flag = rep(c(TRUE, FALSE), 20), text = rep(c("a", "b b", "c,d", "\u00e9"), 10),
      day = as.Date("2020-02-29") + 1:40, kind = factor(rep(c("u", "v"), each = 20)),
      time = as.POSIXct("2021-03-28 00:30:00", tz = "UTC") + 3600 * (1:40)^2
    )
    lm(y ~ ., d)
  },
  newdata = d[c(1, 2, 5, 10, 21, 30, 38, 40), -1]
)

zoo(
  "lm-prediction-interval", "lm",
  fit = lm(dist ~ speed, cars),
  newdata = data.frame(speed = c(4, 8.25, 12, 25, 40)),
  predict = predict(model, newdata, interval = "prediction"),
  toml = "[predict]\ninterval = \"prediction\""
)

zoo(
  "lm-standard-errors", "lm",
  fit = lm(dist ~ speed, cars),
  newdata = data.frame(speed = c(4, 8.25, 12, 25, 40)),
  predict = predict(model, newdata, se.fit = TRUE),
  toml = "[predict]\n\"se.fit\" = true"
)

zoo(
  "mlm", "mlm",
  fit = lm(cbind(mpg, disp) ~ wt + factor(cyl), mtcars),
  newdata = mtcars[c(1, 3, 5, 7, 9, 11, 20, 30), c("cyl", "wt")]
)

zoo(
  "mlm-unnamed-responses", "mlm",
  fit = {
    y <- matrix(sin(1:64), 32)
    x <- mtcars$wt
    lm(y ~ x)
  },
  newdata = data.frame(x = c(1, 2.5, 3.75, 5, 0.1, 10, -1, 3))
)

zoo(
  "aov", "aov",
  fit = aov(yield ~ block + N * P * K, npk),
  newdata = npk[c(1, 4, 7, 10, 13, 16, 19, 24), c("block", "N", "P", "K")]
)

zoo(
  "aov-strata", "aov",
  fit = aov(yield ~ N * P * K + Error(block), npk),
  refused = c("aovlist", "predict")
)

zoo(
  "step", "step",
  fit = step(lm(Fertility ~ ., swiss), trace = 0),
  newdata = swiss[1:9, -1]
)

zoo(
  "nls", "nls",
  fit = nls(rate ~ vmax * conc / (k + conc), Puromycin, subset = state == "treated",
            start = list(vmax = 200, k = 0.05)),
  newdata = data.frame(conc = c(0, 0.02, 0.06, 0.11, 0.5, 1.1, 1e3, 1e-10))
)

zoo(
  "nls-self-starting", "nls",
  fit = nls(density ~ SSlogis(log(conc), a, mid, scale), DNase, subset = Run == 1),
  newdata = data.frame(conc = c(0.04, 0.19, 1.5, 3.1, 6.25, 12.5, 100, 1e-5))
)

zoo(
  "nls-groups", "nls",
  fit = nls(rate ~ vmax[state] * conc / (k[state] + conc), Puromycin,
            start = list(vmax = c(200, 160), k = c(0.05, 0.05))),
  newdata = Puromycin[c(1, 4, 8, 12, 14, 18, 20, 23), c("conc", "state")]
)
