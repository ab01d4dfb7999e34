# Support vector machines, kernels, naive Bayes.

zoo(
  "svm", "svm", "e1071",
  fit = svm(Species ~ ., iris),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "svm-regression", "svm", "e1071",
  fit = svm(mpg ~ wt + cyl, mtcars),
  newdata = mtcars[seq(1, 32, 4), c("cyl", "wt")]
)

zoo(
  "svm-factors", "svm", "e1071",
  fit = {
    factor_levels <- lapply(warpbreaks[c("wool", "tension")], levels)
    svm(breaks ~ wool + tension, warpbreaks, kernel = "linear")
  },
  newdata = warpbreaks[seq(1, 54, 6), c("tension", "wool")],
  save = save(model, factor_levels, file = "model.RData")
)

zoo(
  "svm-matrix", "svm", "e1071",
  fit = svm(as.matrix(iris[1:4]), iris$Species, kernel = "polynomial"),
  newdata = as.matrix(iris[seq(7, 150, 15), 1:4])
)

zoo(
  "svm-one-class", "svm", "e1071",
  fit = svm(~ wt + hp, mtcars, type = "one-classification"),
  newdata = mtcars[seq(1, 32, 4), c("wt", "hp")]
)

zoo(
  "svm-tuned", "svm", "e1071",
  fit = tune(svm, mpg ~ wt + hp, data = mtcars, ranges = list(cost = c(1, 4)))$best.model,
  newdata = mtcars[seq(1, 32, 4), c("wt", "hp")]
)

zoo(
  "naive-bayes", "naiveBayes", "e1071",
  fit = naiveBayes(Species ~ ., iris),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "naive-bayes-factors", "naiveBayes", "e1071",
  fit = naiveBayes(Survived ~ Class + Sex + Age, as.data.frame(Titanic)[rep(1:32, 3), ]),
  newdata = as.data.frame(Titanic)[c(1, 4, 7, 10, 14, 18, 24, 32), c("Class", "Sex", "Age")]
)

zoo(
  "naive-bayes-table", "naiveBayes", "e1071",
  fit = naiveBayes(Survived ~ ., Titanic),
  newdata = as.data.frame(Titanic)[c(1, 4, 7, 10, 14, 18, 24, 32), c("Class", "Sex", "Age")]
)

zoo(
  "ksvm", "kernlab", "kernlab",
  fit = ksvm(Species ~ ., iris, kpar = list(sigma = 0.5)),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "ksvm-regression", "kernlab", "kernlab",
  fit = ksvm(mpg ~ wt + hp, mtcars, kernel = "polydot"),
  newdata = mtcars[seq(1, 32, 4), c("wt", "hp")]
)

zoo(
  "gausspr", "kernlab", "kernlab",
  fit = gausspr(dist ~ speed, cars, kpar = list(sigma = 0.3)),
  newdata = data.frame(speed = c(4, 8.25, 12, 15.5, 20, 25))
)

zoo(
  "rvm-matrix", "kernlab", "kernlab",
  fit = rvm(as.matrix(mtcars[c("wt", "hp")]), mtcars$mpg, kpar = list(sigma = 0.3)),
  newdata = as.matrix(mtcars[seq(1, 32, 4), c("wt", "hp")])
)

zoo(
  "kpca", "kernlab", "kernlab",
  fit = kpca(~ ., iris[c(TRUE, FALSE, FALSE), 1:4], kpar = list(sigma = 0.2), features = 2),
  newdata = iris[seq(1, 150, 15), 1:4]
)
