# MASS and nnet.

zoo(
  "rlm", "robust linear models", "MASS",
  fit = rlm(stack.loss ~ ., stackloss),
  newdata = stackloss[1:8, -4]
)

zoo(
  "rlm-bisquare", "robust linear models", "MASS",
  fit = rlm(Claims ~ District + log(Holders), Insurance, psi = psi.bisquare),
  newdata = Insurance[c(1, 9, 17, 25, 33, 41, 49, 64), c("Holders", "District")]
)

zoo(
  "polr", "ordered logit", "MASS",
  fit = polr(Sat ~ Infl + Type + Cont, housing, weights = Freq),
  newdata = housing[seq(1, 72, 8), c("Type", "Cont", "Infl")]
)

zoo(
  "polr-probabilities", "ordered logit", "MASS",
  fit = polr(Sat ~ Infl + Type + Cont, housing, weights = Freq),
  newdata = housing[seq(1, 72, 8), c("Type", "Cont", "Infl")],
  predict = predict(model, newdata, type = "probs"),
  toml = "[predict]\ntype = \"probs\""
)

zoo(
  "lda", "discriminant analysis", "MASS",
  fit = lda(Species ~ ., iris),
  newdata = iris[seq(1, 150, 15), 4:1]
)

zoo(
  "lda-two-groups", "discriminant analysis", "MASS",
  fit = lda(am ~ wt + hp, mtcars, prior = c(0.4, 0.6)),
  newdata = mtcars[1:8, c("hp", "wt")]
)

zoo(
  "lda-matrix", "discriminant analysis", "MASS",
  fit = lda(as.matrix(iris[1:4]), iris$Species),
  newdata = as.matrix(iris[seq(2, 150, 15), 1:4])
)

zoo(
  "qda", "discriminant analysis", "MASS",
  fit = qda(Species ~ Sepal.Length + Petal.Width, iris),
  newdata = iris[seq(3, 150, 15), c("Petal.Width", "Sepal.Length")]
)

zoo(
  "glm-nb", "negative binomial", "MASS",
  fit = glm.nb(Days ~ Sex + Age + Lrn, quine),
  newdata = quine[seq(1, 146, 18), c("Lrn", "Sex", "Age")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "lqs", "resistant regression", "MASS",
  fit = lqs(stack.loss ~ ., stackloss, method = "lms", nsamp = "exact"),
  newdata = stackloss[9:16, -4]
)

zoo(
  "mca", "correspondence analysis", "MASS",
  fit = mca(farms, abbrev = TRUE),
  newdata = farms[1:8, ],
  toml = sprintf("[inputs.%s]\ntype = \"factor\"\nlevels = [%s]\n", names(MASS::farms), vapply(
    MASS::farms, function(x) toString(dQuote(levels(x), FALSE)), ""
  ))
)

zoo(
  "glmm-pql", "penalized quasi-likelihood", c("MASS", "nlme"),
  fit = glmmPQL(y ~ trt + I(week > 2), random = ~ 1 | ID, family = binomial, data = bacteria,
                verbose = FALSE),
  newdata = bacteria[seq(1, 220, 25), c("trt", "week", "ID")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "lm-ridge", "no predict", "MASS",
  fit = lm.ridge(GNP.deflator ~ ., longley, lambda = 1),
  refused = c("ridgelm", "predict")
)

zoo(
  "multinom", "multinomial logit", "nnet",
  fit = multinom(Species ~ Sepal.Length + Sepal.Width, iris, trace = FALSE, maxit = 40),
  newdata = iris[seq(1, 150, 15), c("Sepal.Width", "Sepal.Length")]
)

zoo(
  "multinom-probabilities", "multinomial logit", "nnet",
  fit = multinom(Species ~ Sepal.Length + Sepal.Width, iris, trace = FALSE, maxit = 40),
  newdata = iris[seq(1, 150, 15), c("Sepal.Width", "Sepal.Length")],
  predict = predict(model, newdata, type = "probs"),
  toml = "[predict]\ntype = \"probs\""
)

zoo(
  "multinom-two-classes", "multinomial logit", "nnet",
  fit = multinom(factor(am) ~ wt, mtcars, trace = FALSE, maxit = 40),
  newdata = data.frame(wt = c(1.5, 2.2, 3, 3.215, 4, 5.4))
)

zoo(
  "nnet-classes", "neural networks", "nnet",
  fit = nnet(Species ~ ., iris, size = 2, trace = FALSE, maxit = 60),
  newdata = iris[seq(1, 150, 15), 1:4],
  predict = predict(model, newdata, type = "class")
)

zoo(
  "nnet-regression", "neural networks", "nnet",
  fit = nnet(mpg ~ wt + factor(cyl), mtcars, size = 3, linout = TRUE, trace = FALSE, maxit = 60),
  newdata = mtcars[c(1, 4, 8, 12, 18, 20, 24, 30), c("cyl", "wt")]
)

zoo(
  "nnet-matrix", "neural networks", "nnet",
  fit = nnet(as.matrix(iris[1:4]), class.ind(iris$Species), size = 2, softmax = TRUE,
             trace = FALSE, maxit = 60),
  newdata = as.matrix(iris[seq(5, 150, 16), 1:4]),
  predict = predict(model, newdata, type = "class"),
  toml = sprintf("[inputs.\"%s\"]\ntype = \"number\"\n", names(iris)[1:4])
)
