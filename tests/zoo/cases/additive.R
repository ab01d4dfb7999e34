# Additive models of the package gam, whose class mgcv and glm know too; discrimination of mda.

zoo(
  "gam-splines", "gam", "gam",
  fit = gam(mpg ~ s(wt, 3) + hp, data = mtcars),
  newdata = mtcars[seq(1, 32, 4), c("hp", "wt")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "gam-loess-binomial", "gam", "gam",
  fit = gam(am ~ lo(wt), binomial, mtcars),
  newdata = data.frame(wt = c(1.6, 2.2, 3, 3.215, 4, 5.4)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "mars", "mda", "mda",
  fit = mars(as.matrix(mtcars[c("wt", "hp")]), mtcars$mpg),
  newdata = as.matrix(mtcars[seq(1, 32, 4), c("wt", "hp")])
)

zoo(
  "fda", "mda", "mda",
  fit = fda(Species ~ ., data = iris),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "mda", "mda", "mda",
  fit = mda(Species ~ ., data = iris, subclasses = 2),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "mclust", "mclust", "mclust",
  fit = Mclust(iris[1:4], G = 3, verbose = FALSE),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "mclust-da", "mclust", "mclust",
  fit = MclustDA(iris[1:4], iris$Species, G = 1:2, verbose = FALSE),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "plsr", "pls", "pls",
  fit = plsr(mpg ~ wt + hp + qsec, 2, data = mtcars),
  newdata = mtcars[seq(1, 32, 4), c("qsec", "hp", "wt")]
)

zoo(
  "pcr-two-responses", "pls", "pls",
  fit = pcr(cbind(mpg, disp) ~ wt + hp + gear, 2, data = mtcars),
  newdata = mtcars[seq(1, 32, 4), c("gear", "hp", "wt")]
)

zoo(
  "zero-inflated", "pscl", "pscl",
  fit = zeroinfl(art ~ fem + ment | kid5, bioChemists),
  newdata = bioChemists[seq(1, 900, 111), c("kid5", "fem", "ment")]
)

zoo(
  "hurdle", "pscl", "pscl",
  fit = hurdle(art ~ fem + mar + ment, bioChemists, dist = "negbin"),
  newdata = bioChemists[seq(1, 900, 111), c("mar", "fem", "ment")]
)

zoo(
  "vglm", "VGAM", "VGAM",
  fit = vglm(cbind(normal, mild, severe) ~ let, propodds,
             transform(pneumo, let = log(exposure.time))),
  newdata = data.frame(let = c(1.76, 2.5, 3, 3.9)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "vgam", "VGAM", "VGAM",
  fit = vgam(am ~ s(wt, df = 2), binomialff, mtcars),
  newdata = data.frame(wt = c(1.6, 2.2, 3, 3.215, 4, 5.4)),
  predict = predict(model, newdata, type = "response")
)
