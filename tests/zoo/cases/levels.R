# Levels of factors: what a text may read, where a model keeps them, their order.

zoo(
  "levels-as-written", "levels",
  fit = {
    texts <- c("007", "7", "NA", "TRUE", "1e3", "1000", "a,b", "say \"so\"", " blank ",
               "two\nlines", "semi;colon", "tab\there", "null", "'")
    d <- data.frame(g = factor(rep(texts, 2), texts), x = rep(1:2, each = 14), y = sin(1:28))
    lm(y ~ g + x, d)
  },
  newdata = d[1:14, c("g", "x")],
  missing = FALSE
)

zoo(
  "level-empty", "levels",
  fit = {
    d <- data.frame(g = factor(rep(c("", "a", "NA"), 4)), x = cos(1:12), y = sin(1:12))
    lm(y ~ g + x, d)
  },
  newdata = d[1:6, c("x", "g")]
)

zoo(
  "level-of-numbers", "levels",
  fit = lm(mpg ~ cyl + wt, transform(mtcars, cyl = factor(cyl))),
  newdata = data.frame(cyl = factor(c(4, 6, 8)), wt = c(2, 3, 4)),
  alike = list(list("{\"cyl\": 4, \"wt\": 2}", 1), list("{\"cyl\": \"6\", \"wt\": 3}", 2)),
  refuses = list(
    list("{\"cyl\": 5, \"wt\": 2}", 422, "cyl"),
    list("{\"cyl\": \"04\", \"wt\": 2}", 422, "cyl"),
    list("{\"cyl\": true, \"wt\": 2}", 422, "cyl")
  )
)

zoo(
  "level-of-booleans", "levels",
  fit = lm(mpg ~ manual, transform(mtcars, manual = factor(am == 1))),
  newdata = data.frame(manual = factor(c("TRUE", "FALSE"))),
  alike = list(list("{\"manual\": true}", 1), list("{\"manual\": false}", 2)),
  refuses = list(list("{\"manual\": \"true\"}", 422, "manual"))
)

zoo(
  "levels-wider-saved", "levels",
  fit = {
    d <- data.frame(g = factor(rep(c("a", "b", "c"), 4)), y = sin(1:12))
    d$y[d$g == "b"] <- NA
    factor_levels <- list(g = levels(d$g))
    lm(y ~ g, d)
  },
  newdata = data.frame(g = factor(c("a", "c", "a", "c"))),
  save = save(model, factor_levels, file = "model.RData"),
  refuses = list(list("{\"g\": \"b\"}", 422, "unseen_level"))
)

zoo(
  "levels-order-lost", "levels",
  fit = {
    grades <- c("low", "middle", "high")
    d <- data.frame(g = ordered(rep(grades, 4), grades), y = sin(1:12))
    factor_levels <- list(g = c("high", "low", "middle"))
    lm(y ~ g, d)
  },
  newdata = data.frame(g = ordered(c("high", "low", "middle", "low"), grades)),
  save = save(model, factor_levels, file = "model.RData")
)

zoo(
  "levels-of-text", "levels",
  fit = lm(y ~ g, data.frame(g = rep(c("b", "a", "007"), 4), y = cos(1:12))),
  newdata = data.frame(g = c("a", "b", "007", "a")),
  alike = list(list("{\"g\": \"007\"}", 3)),
  refuses = list(list("{\"g\": \"7\"}", 422, "g"))
)

zoo(
  "levels-of-forest", "levels", "randomForest",
  fit = randomForest(Sat ~ Infl + Type + Cont, MASS::housing, ntree = 11),
  newdata = MASS::housing[seq(1, 72, 8), c("Type", "Cont", "Infl")],
  refuses = list(list(
    "{\"Type\": \"Castle\", \"Cont\": \"Low\", \"Infl\": \"Low\"}", 422, "Castle"
  ))
)

zoo(
  "levels-of-rpart", "levels", "rpart",
  fit = rpart(Sat ~ Infl + Type + Cont, MASS::housing, weights = Freq, cp = 0.001),
  newdata = MASS::housing[seq(1, 72, 8), c("Type", "Cont", "Infl")],
  predict = predict(model, newdata, type = "class"),
  refuses = list(list(
    "{\"Type\": \"Castle\", \"Cont\": \"Low\", \"Infl\": \"Low\"}", 422, "Castle"
  ))
)

zoo(
  "levels-of-naive-bayes", "levels", "e1071",
  fit = naiveBayes(Sat ~ Infl + Type + Cont, MASS::housing),
  newdata = MASS::housing[seq(1, 72, 8), c("Type", "Cont", "Infl")],
  refuses = list(list(
    "{\"Type\": \"Castle\", \"Cont\": \"Low\", \"Infl\": \"Low\"}", 422, "Castle"
  ))
)
