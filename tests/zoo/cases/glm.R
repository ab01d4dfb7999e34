# Generalized linear models: every family, every link.

zoo(
  "glm-binomial", "glm",
  fit = glm(am ~ wt, binomial, mtcars),
  newdata = data.frame(wt = c(1.5, 2.2, 3, 3.215, 4, 5.4, 0, 20)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-probit", "glm",
  fit = glm(case ~ spontaneous + induced, binomial(probit), infert),
  newdata = infert[seq(1, 90, 10), c("spontaneous", "induced")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-cauchit", "glm",
  fit = glm(cbind(ncases, ncontrols) ~ unclass(agegp), binomial("cauchit"), esoph),
  newdata = data.frame(agegp = ordered(levels(esoph$agegp), levels(esoph$agegp))),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-cloglog", "glm",
  fit = glm(am ~ qsec, binomial("cloglog"), mtcars),
  newdata = data.frame(qsec = c(15, 16.5, 17.02, 18.9, 20, 22.9, 30, 5)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-two-column-response", "glm",
  fit = glm(cbind(ncases, ncontrols) ~ agegp + alcgp, binomial, esoph),
  newdata = esoph[seq(1, 80, 9), c("agegp", "alcgp")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-factor-response", "glm",
  fit = glm(low ~ age + race, binomial, transform(
    MASS::birthwt, low = factor(low, labels = c("no", "yes")), race = factor(race)
  )),
  newdata = data.frame(age = c(14, 20, 25.5, 31, 45, 19, 22, 36), race = factor(c(1:3, 1:3, 2, 3))),
  predict = predict(model, newdata, type = "response"),
  alike = list(list("{\"age\": 14, \"race\": 1}", 1), list("{\"race\": \"1\", \"age\": 14.0}", 1))
)

zoo(
  "glm-weights", "glm",
  fit = {
    d <- data.frame(hits = c(0.1, 0.4, 0.5, 0.9), size = c(10, 20, 10, 30), dose = 1:4)
    glm(hits ~ dose, binomial, d, weights = size)
  },
  newdata = data.frame(dose = c(0, 0.5, 1, 2, 3.3, 4, 5, 100)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-poisson", "glm",
  fit = glm(count ~ spray, poisson, InsectSprays),
  newdata = data.frame(spray = factor(c("A", "B", "C", "D", "E", "F", "A", "C"))),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-poisson-sqrt", "glm",
  fit = glm(breaks ~ wool + tension, poisson("sqrt"), warpbreaks),
  newdata = warpbreaks[seq(3, 54, 6), c("wool", "tension")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-poisson-identity", "glm",
  fit = glm(count ~ spray, poisson("identity"), InsectSprays),
  newdata = data.frame(spray = factor(c("F", "E", "D", "C", "B", "A", "F", "F"))),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-offset", "glm",
  fit = glm(Claims ~ District + Age + offset(log(Holders)), poisson, MASS::Insurance),
  newdata = MASS::Insurance[c(1, 9, 17, 25, 33, 41, 49, 64), c("District", "Age", "Holders")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-offset-argument", "glm",
  fit = glm(Claims ~ District, poisson, MASS::Insurance, offset = log(Holders)),
  newdata = MASS::Insurance[c(2, 8, 18, 24, 34, 40, 50, 63), c("District", "Holders")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-gamma", "glm",
  fit = glm(dist ~ speed, Gamma, cars, subset = speed > 5),
  newdata = data.frame(speed = c(7, 8, 10.5, 13, 17, 20, 24, 25)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-gamma-log", "glm",
  fit = glm(lot1 ~ log(u), Gamma("log"), data.frame(
    u = c(5, 10, 15, 20, 30, 40, 60, 80, 100), lot1 = c(118, 58, 42, 35, 27, 25, 21, 19, 18)
  )),
  newdata = data.frame(u = c(5, 7.7, 10, 33, 60, 99, 100, 1000)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-gamma-identity", "glm",
  fit = glm(mpg ~ wt, Gamma("identity"), mtcars),
  newdata = data.frame(wt = c(1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-gaussian-log", "glm",
  fit = glm(mpg ~ wt + hp, gaussian("log"), mtcars, start = c(4, 0, 0)),
  newdata = mtcars[11:18, c("wt", "hp")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-inverse-gaussian", "glm",
  fit = glm(mpg ~ wt, inverse.gaussian, mtcars),
  newdata = data.frame(wt = c(1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-inverse-gaussian-log", "glm",
  fit = glm(mpg ~ wt, inverse.gaussian("log"), mtcars),
  newdata = data.frame(wt = c(1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-quasibinomial", "glm",
  fit = glm(cbind(ncases, ncontrols) ~ tobgp, quasibinomial, esoph),
  newdata = data.frame(tobgp = ordered(rep(levels(esoph$tobgp), 2), levels(esoph$tobgp))),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-quasipoisson", "glm",
  fit = glm(breaks ~ tension, quasipoisson, warpbreaks),
  newdata = data.frame(tension = factor(c("L", "M", "H", "H", "M", "L"))),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-quasi-power", "glm",
  fit = glm(dist ~ speed, quasi(link = power(1 / 3), variance = "mu^2"), cars),
  newdata = data.frame(speed = c(4, 8, 10.5, 13, 17, 20, 24, 25)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-log-binomial", "glm",
  fit = glm(case ~ spontaneous, binomial("log"), infert, start = c(-1.5, 0.3)),
  newdata = data.frame(spontaneous = c(0, 1, 2, 1, 0, 2)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "glm-link-scale", "glm",
  fit = glm(am ~ wt, binomial, mtcars),
  newdata = data.frame(wt = c(1.5, 2.2, 3, 3.215, 4, 5.4, 0, 20)),
  predict = predict(model, newdata, type = "link"),
  toml = "[predict]\ntype = \"link\""
)

zoo(
  "glm-no-model-frame", "glm",
  fit = glm(am ~ wt + factor(gear), binomial, mtcars, model = FALSE, x = FALSE, y = FALSE),
  newdata = mtcars[seq(1, 32, 4), c("gear", "wt")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "brglm2", "bias-reduced glm", "brglm2",
  fit = glm(am ~ wt, binomial, mtcars, method = "brglmFit"),
  newdata = data.frame(wt = c(1.5, 2.2, 3, 3.215, 4, 5.4, 0, 20)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "gnm", "nonlinear glm", "gnm",
  fit = gnm(Freq ~ Sex + Class + Survived + Mult(Sex, Class), family = poisson,
            data = as.data.frame(Titanic), verbose = FALSE),
  newdata = as.data.frame(Titanic)[c(1, 5, 9, 14, 18, 22, 27, 32), c("Class", "Sex", "Survived")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "geeglm", "generalized estimating equations", "geepack",
  fit = geeglm(weight ~ Time + Diet, id = Chick, data = ChickWeight[ChickWeight$Time < 10, ]),
  newdata = data.frame(Time = c(0, 2, 4.5, 8, 10, 21, 6, 1), Diet = factor(c(1:4, 1:4))),
  predict = predict(model, newdata, type = "response")
)
