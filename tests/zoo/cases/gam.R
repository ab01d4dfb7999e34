# Additive models of mgcv.

zoo(
  "gam", "mgcv", "mgcv",
  fit = gam(mpg ~ s(wt, k = 5) + s(hp, k = 5), data = mtcars),
  newdata = mtcars[seq(1, 32, 4), c("hp", "wt")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "gam-binomial", "mgcv", "mgcv",
  fit = gam(am ~ s(qsec, k = 4), binomial, mtcars),
  newdata = data.frame(qsec = c(14.5, 16.5, 17.02, 18.9, 20, 22.9)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "gam-by-factor", "mgcv", "mgcv",
  fit = gam(uptake ~ Type + s(conc, by = Type, k = 4), data = CO2),
  newdata = CO2[seq(1, 84, 9), c("Type", "conc")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "gam-tensor", "mgcv", "mgcv",
  fit = gam(mpg ~ te(wt, qsec, k = 3) + factor(gear), data = mtcars),
  newdata = mtcars[seq(2, 32, 4), c("gear", "qsec", "wt")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "gam-random-effect", "mgcv", "mgcv",
  fit = gam(distance ~ age + s(Subject, bs = "re"), data = transform(
    as.data.frame(nlme::Orthodont), Subject = factor(Subject, ordered = FALSE)
  )),
  newdata = data.frame(age = c(8, 9.5, 14, 12, 8), Subject = c("M01", "F01", "F11", "M16", "M03")),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "gam-by-number-offset", "mgcv", "mgcv",
  fit = gam(Claims ~ s(as.numeric(Age), by = Holders, k = 3) + offset(log(Holders)), poisson,
            MASS::Insurance),
  newdata = MASS::Insurance[c(1, 9, 17, 25, 33, 41), c("Holders", "Age")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "gam-ordered-categories", "mgcv", "mgcv",
  fit = gam(cyl ~ s(wt, k = 4), ocat(R = 3), transform(mtcars, cyl = cyl / 2 - 1)),
  newdata = data.frame(wt = c(1.5, 2.2, 3, 3.215, 4, 5.4)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "gam-location-scale", "mgcv", "mgcv",
  fit = gam(list(dist ~ s(speed, k = 4), ~ speed), gaulss(), cars),
  newdata = data.frame(speed = c(4, 8.25, 12, 15.5, 20, 25)),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "bam", "mgcv", "mgcv",
  fit = bam(weight ~ s(Time, k = 5) + Diet, data = as.data.frame(ChickWeight)),
  newdata = data.frame(Time = c(0, 3.5, 10, 21, 7, 15), Diet = factor(c(1:4, 1:2))),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "bam-discrete", "mgcv", "mgcv",
  fit = bam(weight ~ s(Time, k = 5) + Diet, data = as.data.frame(ChickWeight), discrete = TRUE),
  newdata = data.frame(Time = c(0, 3.5, 10, 21, 7, 15), Diet = factor(c(1:4, 1:2))),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "gamm", "mgcv", "mgcv",
  fit = gamm(distance ~ s(age, k = 3) + Sex, data = as.data.frame(nlme::Orthodont),
             random = list(Subject = ~ 1)),
  newdata = data.frame(age = c(8, 9.5, 14, 12), Sex = factor(c("Male", "Female"))),
  predict = predict(model$gam, newdata, type = "response")
)
