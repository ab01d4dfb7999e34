# Penalized, quantile, robust and spline regression; caret.

zoo(
  "glmnet", "glmnet", "glmnet",
  fit = glmnet(as.matrix(mtcars[2:5]), mtcars$mpg, nlambda = 6),
  newdata = as.matrix(mtcars[seq(1, 32, 4), 2:5])
)

zoo(
  "glmnet-binomial", "glmnet", "glmnet",
  fit = glmnet(as.matrix(mtcars[c("wt", "hp")]), mtcars$am, family = "binomial", lambda = 0.05),
  newdata = as.matrix(mtcars[seq(1, 32, 4), c("wt", "hp")]),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glmnet-multinomial", "glmnet", "glmnet",
  fit = glmnet(as.matrix(iris[1:4]), iris$Species, family = "multinomial", lambda = 0.05),
  newdata = as.matrix(iris[seq(1, 150, 15), 1:4]),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glmnet-poisson-path", "glmnet", "glmnet",
  fit = glmnet(as.matrix(swiss[2:6]), round(swiss$Fertility), family = "poisson", nlambda = 4),
  newdata = as.matrix(swiss[1:8, 2:6]),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glmnet-without-names", "glmnet", "glmnet",
  fit = glmnet(unname(as.matrix(mtcars[2:5])), mtcars$mpg, lambda = 0.1),
  newdata = unname(as.matrix(mtcars[seq(1, 32, 4), 2:5]))
)

zoo(
  "cv-glmnet", "glmnet", "glmnet",
  fit = cv.glmnet(as.matrix(mtcars[2:5]), mtcars$mpg, nfolds = 3),
  newdata = as.matrix(mtcars[seq(1, 32, 4), 2:5]),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "cv-glmnet-binomial", "glmnet", "glmnet",
  fit = cv.glmnet(as.matrix(iris[1:100, 1:2]), droplevels(iris$Species[1:100]), nfolds = 3,
                  family = "binomial"),
  newdata = as.matrix(iris[seq(1, 100, 12), 1:2]),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "earth", "earth", "earth",
  fit = earth(mpg ~ wt + hp + qsec, mtcars),
  newdata = mtcars[seq(1, 32, 4), c("qsec", "hp", "wt")]
)

zoo(
  "earth-factors", "earth", "earth",
  fit = earth(breaks ~ wool + tension, warpbreaks),
  newdata = warpbreaks[seq(1, 54, 6), c("tension", "wool")]
)

zoo(
  "earth-glm", "earth", "earth",
  fit = earth(am ~ wt + hp, mtcars, glm = list(family = binomial)),
  newdata = mtcars[seq(1, 32, 4), c("hp", "wt")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "earth-matrix", "earth", "earth",
  fit = earth(as.matrix(mtcars[c("wt", "hp")]), mtcars[c("mpg", "qsec")]),
  newdata = as.matrix(mtcars[seq(1, 32, 4), c("wt", "hp")])
)

zoo(
  "rq", "quantreg", "quantreg",
  fit = {
    data("engel")
    rq(foodexp ~ income, 0.25, engel)
  },
  newdata = data.frame(income = c(400, 555.5, 800, 1200, 3000, 0))
)

zoo(
  "rq-several", "quantreg", "quantreg",
  fit = {
    data("engel")
    rq(foodexp ~ log(income), c(0.1, 0.5, 0.9), engel)
  },
  newdata = data.frame(income = c(400, 555.5, 800, 1200, 3000, 1))
)

zoo(
  "rqss", "quantreg", "quantreg",
  fit = rqss(dist ~ qss(speed, lambda = 2), data = cars),
  newdata = data.frame(speed = c(4, 5.5, 10, 12.25, 15, 20, 24.5))
)

zoo(
  "nlrq", "quantreg", "quantreg",
  fit = nlrq(rate ~ vmax * conc / (k + conc), Puromycin, start = list(vmax = 200, k = 0.05)),
  newdata = data.frame(conc = c(0, 0.02, 0.06, 0.11, 0.5, 1.1))
)

zoo(
  "lmrob", "robustbase", "robustbase",
  fit = lmrob(stack.loss ~ ., stackloss),
  newdata = stackloss[1:8, -4]
)

zoo(
  "glmrob", "robustbase", "robustbase",
  fit = glmrob(am ~ wt, binomial, mtcars),
  newdata = data.frame(wt = c(1.5, 2.2, 3, 3.215, 4, 5.4)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "nlrob", "robustbase", "robustbase",
  fit = nlrob(rate ~ vmax * conc / (k + conc), Puromycin, start = list(vmax = 200, k = 0.05)),
  newdata = data.frame(conc = c(0, 0.02, 0.06, 0.11, 0.5, 1.1))
)

zoo(
  "lm-robust", "estimatr", "estimatr",
  fit = lm_robust(mpg ~ wt + factor(cyl), mtcars),
  newdata = mtcars[seq(1, 32, 4), c("cyl", "wt")]
)

zoo(
  "train-lm", "caret", "caret",
  fit = train(mpg ~ wt + hp, mtcars, method = "lm", trControl = trainControl(method = "none")),
  newdata = mtcars[seq(1, 32, 4), c("hp", "wt")]
)

zoo(
  "train-knn", "caret", "caret",
  fit = train(Species ~ ., iris, method = "knn", preProcess = c("center", "scale"),
              tuneGrid = data.frame(k = 5), trControl = trainControl(method = "none")),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "train-random-forest", "caret", c("caret", "randomForest"),
  fit = train(iris[1:4], iris$Species, method = "rf", ntree = 11,
              tuneGrid = data.frame(mtry = 2), trControl = trainControl(method = "none")),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "train-factors", "caret", c("caret", "rpart"),
  fit = train(breaks ~ wool + tension, warpbreaks, method = "rpart",
              tuneGrid = data.frame(cp = 0.01), trControl = trainControl(method = "none")),
  newdata = warpbreaks[seq(1, 54, 6), c("tension", "wool")]
)

zoo(
  "knn3", "caret", "caret",
  fit = knn3(Species ~ ., iris, k = 7),
  newdata = iris[seq(1, 150, 15), 1:4]
)
