# Forests and boosted trees.

zoo(
  "random-forest", "randomForest", "randomForest",
  fit = randomForest(mpg ~ wt + hp + qsec, mtcars, ntree = 15),
  newdata = mtcars[seq(1, 32, 4), c("qsec", "hp", "wt")]
)

zoo(
  "random-forest-classes", "randomForest", "randomForest",
  fit = randomForest(Species ~ ., iris, ntree = 15),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "random-forest-factors", "randomForest", "randomForest",
  fit = randomForest(breaks ~ wool + tension, warpbreaks, ntree = 11),
  newdata = warpbreaks[seq(1, 54, 6), c("tension", "wool")]
)

zoo(
  "random-forest-matrix", "randomForest", "randomForest",
  fit = randomForest(as.matrix(mtcars[c("wt", "hp", "qsec")]), mtcars$mpg, ntree = 11),
  newdata = as.matrix(mtcars[seq(2, 32, 4), c("wt", "hp", "qsec")])
)

zoo(
  "random-forest-x-y", "randomForest", "randomForest",
  fit = randomForest(x = warpbreaks[c("wool", "tension")], y = warpbreaks$breaks, ntree = 11),
  newdata = warpbreaks[seq(2, 54, 6), c("wool", "tension")]
)

zoo(
  "random-forest-probabilities", "randomForest", "randomForest",
  fit = randomForest(Species ~ ., iris, ntree = 15),
  newdata = iris[seq(1, 150, 15), 1:4],
  predict = predict(model, newdata, type = "prob"),
  toml = "[predict]\ntype = \"prob\""
)

zoo(
  "ranger", "ranger", "ranger",
  fit = ranger(mpg ~ wt + hp + qsec, mtcars, num.trees = 15, num.threads = 1),
  newdata = mtcars[seq(1, 32, 4), c("qsec", "hp", "wt")],
  predict = predict(model, newdata)$predictions
)

zoo(
  "ranger-classes", "ranger", "ranger",
  fit = ranger(Species ~ ., iris, num.trees = 15, num.threads = 1),
  newdata = iris[seq(1, 150, 15), 1:4],
  predict = predict(model, newdata)$predictions
)

zoo(
  "ranger-factors", "ranger", "ranger",
  fit = {
    factor_levels <- lapply(warpbreaks[c("wool", "tension")], levels)
    ranger(breaks ~ wool + tension, warpbreaks, num.trees = 9, num.threads = 1)
  },
  newdata = warpbreaks[seq(1, 54, 6), c("tension", "wool")],
  predict = predict(model, newdata)$predictions,
  save = save(model, factor_levels, file = "model.RData")
)

zoo(
  "ranger-own-levels", "ranger", "ranger",
  fit = ranger(breaks ~ wool + tension, warpbreaks, num.trees = 9, num.threads = 1,
               respect.unordered.factors = "order"),
  newdata = warpbreaks[seq(1, 54, 6), c("tension", "wool")],
  predict = predict(model, newdata)$predictions
)

zoo(
  "ranger-probabilities", "ranger", "ranger",
  fit = ranger(Species ~ ., iris, num.trees = 15, probability = TRUE, num.threads = 1),
  newdata = iris[seq(1, 150, 15), 1:4],
  predict = predict(model, newdata)$predictions
)

zoo(
  "gbm", "gbm", "gbm",
  fit = gbm(mpg ~ wt + hp + qsec, "gaussian", mtcars, n.trees = 20, n.minobsinnode = 3),
  newdata = mtcars[seq(1, 32, 4), c("qsec", "hp", "wt")],
  predict = predict(model, newdata, n.trees = 20, type = "response")
)

zoo(
  "gbm-bernoulli", "gbm", "gbm",
  fit = gbm(am ~ wt + factor_gear, "bernoulli", transform(mtcars, factor_gear = factor(gear)),
            n.trees = 20, n.minobsinnode = 3),
  newdata = data.frame(wt = c(1.5, 2.2, 3, 3.215, 4, 5.4), factor_gear = factor(c(3:5, 3:5))),
  predict = predict(model, newdata, n.trees = 20, type = "response")
)

zoo(
  "gbm-multinomial", "gbm", "gbm",
  fit = gbm(Species ~ ., "multinomial", iris, n.trees = 10, n.minobsinnode = 5),
  newdata = iris[seq(1, 150, 15), 1:4],
  predict = predict(model, newdata, n.trees = 10, type = "response")
)
