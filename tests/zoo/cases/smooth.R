# Smoothers.

zoo(
  "loess", "loess",
  fit = loess(dist ~ speed, cars),
  newdata = data.frame(speed = c(4, 5.5, 10, 12.25, 15, 20, 25, 30))
)

zoo(
  "loess-two-predictors", "loess",
  fit = loess(mpg ~ wt + hp, mtcars, degree = 1, family = "symmetric"),
  newdata = mtcars[c(1, 4, 8, 12, 16, 20, 24, 31), c("hp", "wt")]
)

zoo(
  "loess-direct", "loess",
  fit = loess(dist ~ speed, cars, control = loess.control(surface = "direct")),
  newdata = data.frame(speed = c(4, 5.5, 10, 12.25, 15, 20, 25, 30))
)

zoo(
  "smooth-spline", "smooth.spline",
  fit = smooth.spline(cars$speed, cars$dist),
  newdata = data.frame(x = c(4, 5.5, 10, 12.25, 15, 20, 25, 30)),
  predict = predict(model, newdata$x),
  missing = FALSE
)

zoo(
  "ppr", "ppr",
  fit = ppr(mpg ~ wt + hp + factor(gear), data = mtcars, nterms = 2),
  newdata = mtcars[c(1, 4, 8, 12, 16, 20, 24, 31), c("hp", "wt", "gear")]
)

zoo(
  "ppr-matrix", "ppr",
  fit = ppr(as.matrix(rock[1:3]) / 1000, log(rock$perm), nterms = 2),
  newdata = as.matrix(rock[seq(1, 48, 6), 1:3]) / 1000
)

zoo(
  "locfit", "local regression", "locfit",
  fit = locfit(dist ~ lp(speed, nn = 0.7), data = cars),
  newdata = data.frame(speed = c(4, 5.5, 10, 12.25, 15, 20, 25, 24))
)

zoo(
  "ssanova", "smoothing spline anova", "gss",
  fit = ssanova(mpg ~ wt + hp, data = mtcars, id.basis = 1:12),
  newdata = mtcars[c(1, 4, 8, 12, 18, 20, 24, 30), c("hp", "wt")]
)

zoo(
  "polymars", "polynomial splines", "polspline",
  fit = polymars(mtcars$mpg, mtcars[c("wt", "hp")]),
  newdata = mtcars[c(1, 4, 8, 12, 18, 20, 24, 30), c("wt", "hp")],
  toml = "[inputs.wt]\ntype = \"number\"\n\n[inputs.hp]\ntype = \"number\""
)

zoo(
  "interpolation-spline", "splines", "splines",
  fit = interpSpline(weight ~ height, women),
  newdata = data.frame(height = c(58, 60.5, 62, 65, 68.2, 71.9, 72, 70)),
  predict = predict(model, newdata$height),
  missing = FALSE
)

zoo(
  "supsmu", "no predict",
  fit = supsmu(cars$speed, cars$dist),
  refused = "predict"
)

zoo(
  "splinefun", "no predict",
  fit = splinefun(women$height, women$weight),
  refused = "predict"
)
