# Trees. partykit draws lots where the variable of a split is missing.

zoo(
  "rpart", "rpart", "rpart",
  fit = rpart(Mileage ~ Price + Country + Type + Weight, car.test.frame),
  newdata = car.test.frame[seq(1, 60, 7), c("Country", "Type", "Price", "Weight")]
)

zoo(
  "rpart-classes", "rpart", "rpart",
  fit = rpart(Kyphosis ~ Age + Number + Start, kyphosis),
  newdata = kyphosis[seq(1, 81, 9), 2:4],
  predict = predict(model, newdata, type = "class")
)

zoo(
  "rpart-probabilities", "rpart", "rpart",
  fit = rpart(Kyphosis ~ Age + Number + Start, kyphosis),
  newdata = kyphosis[seq(1, 81, 9), 2:4],
  predict = predict(model, newdata, type = "prob"),
  toml = "[predict]\ntype = \"prob\""
)

zoo(
  "rpart-poisson", "rpart", "rpart",
  fit = rpart(Claims ~ District + Group + Age, MASS::Insurance, method = "poisson"),
  newdata = MASS::Insurance[c(1, 9, 17, 25, 33, 41, 49, 64), c("Age", "Group", "District")]
)

zoo(
  "rpart-surrogates", "rpart", "rpart",
  fit = rpart(Ozone ~ ., airquality),
  newdata = airquality[c(5, 6, 11, 25, 27, 96, 97, 98), -1]
)

zoo(
  "bagging", "bagged trees", "ipred",
  fit = bagging(Species ~ ., iris, nbagg = 7),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "bagging-regression", "bagged trees", "ipred",
  fit = bagging(mpg ~ wt + hp + qsec, mtcars, nbagg = 5),
  newdata = mtcars[seq(1, 32, 4), c("qsec", "hp", "wt")]
)

zoo(
  "party-ctree", "party", "party",
  fit = ctree(Species ~ ., iris),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "party-ctree-regression", "party", "party",
  fit = ctree(Ozone ~ ., airquality[!is.na(airquality$Ozone), ]),
  newdata = airquality[1:8, -1]
)

zoo(
  "party-cforest", "party", "party",
  fit = cforest(mpg ~ wt + hp + qsec, mtcars, controls = cforest_unbiased(ntree = 9, mtry = 2)),
  newdata = mtcars[seq(1, 32, 4), c("qsec", "hp", "wt")],
  predict = predict(model, newdata = newdata)
)

zoo(
  "party-mob", "party", "party",
  fit = mob(mpg ~ wt | hp + qsec, data = mtcars, model = linearModel,
            control = mob_control(minsplit = 8)),
  newdata = mtcars[seq(1, 32, 4), c("qsec", "hp", "wt")]
)

zoo(
  "partykit-ctree", "partykit", "partykit",
  fit = ctree(Species ~ ., iris),
  newdata = iris[seq(1, 150, 15), 1:4]
)

zoo(
  "partykit-ctree-factors", "partykit", "partykit",
  fit = ctree(breaks ~ wool + tension, warpbreaks, alpha = 0.3),
  newdata = warpbreaks[seq(1, 54, 6), c("tension", "wool")],
  missing = FALSE
)

zoo(
  "partykit-cforest", "partykit", "partykit",
  fit = cforest(mpg ~ wt + hp, mtcars, ntree = 5),
  newdata = mtcars[seq(1, 32, 4), c("hp", "wt")],
  missing = FALSE
)

zoo(
  "lmtree", "partykit", "partykit",
  fit = lmtree(dist ~ speed | speed, cars, minsize = 10),
  newdata = data.frame(speed = c(4, 8, 12, 15.5, 20, 25)),
  missing = FALSE
)

zoo(
  "glmtree", "partykit", "partykit",
  fit = glmtree(am ~ wt | gear, mtcars, family = binomial, minsize = 8),
  newdata = mtcars[seq(1, 32, 4), c("gear", "wt")],
  predict = predict(model, newdata, type = "response"),
  missing = FALSE
)
