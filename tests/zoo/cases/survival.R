# Survival.

zoo(
  "coxph", "coxph", "survival",
  fit = coxph(Surv(time, status) ~ age + sex + ph.ecog, lung),
  newdata = lung[seq(1, 90, 10), c("ph.ecog", "age", "sex")]
)

zoo(
  "coxph-factors", "coxph", "survival",
  fit = coxph(Surv(time, status) ~ celltype + karno + factor(trt), veteran),
  newdata = veteran[seq(1, 137, 16), c("trt", "celltype", "karno")]
)

zoo(
  "coxph-risk", "coxph", "survival",
  fit = coxph(Surv(futime, fustat) ~ age, ovarian),
  newdata = data.frame(age = c(38.9, 45, 59.6, 72.3, 80)),
  predict = predict(model, newdata, type = "risk"),
  toml = "[predict]\ntype = \"risk\""
)

zoo(
  "coxph-penalized-spline", "coxph", "survival",
  fit = coxph(Surv(time, status) ~ pspline(age, df = 3) + sex, lung),
  newdata = lung[seq(1, 90, 10), c("age", "sex")]
)

zoo(
  "coxph-strata", "coxph", "survival",
  fit = coxph(Surv(time, status) ~ age + strata(sex), lung),
  newdata = lung[seq(1, 90, 10), c("age", "sex")]
)

zoo(
  "survreg", "survreg", "survival",
  fit = survreg(Surv(time, status) ~ age + ph.ecog, lung),
  newdata = lung[seq(1, 90, 10), c("ph.ecog", "age")]
)

zoo(
  "survreg-lognormal", "survreg", "survival",
  fit = survreg(Surv(time, status) ~ celltype + log(diagtime), veteran, dist = "lognormal"),
  newdata = veteran[seq(1, 137, 16), c("diagtime", "celltype")]
)

zoo(
  "survreg-strata", "survreg", "survival",
  fit = survreg(Surv(time, status) ~ age + strata(sex), lung),
  newdata = lung[seq(1, 90, 10), c("age", "sex")],
  toml = "[inputs.sex]\ntype = \"number\""
)

zoo(
  "clogit", "clogit", "survival",
  fit = clogit(case ~ spontaneous + induced + strata(stratum), infert),
  newdata = infert[seq(1, 90, 10), c("stratum", "spontaneous", "induced")]
)

zoo(
  "survfit", "no predict", "survival",
  fit = survfit(Surv(time, status) ~ sex, lung),
  refused = c("survfit", "predict")
)

zoo(
  "ols", "rms", "rms",
  fit = ols(mpg ~ rcs(wt, 3) + hp, mtcars),
  newdata = mtcars[seq(1, 32, 4), c("hp", "wt")]
)

zoo(
  "lrm", "rms", "rms",
  fit = lrm(am ~ wt, mtcars),
  newdata = data.frame(wt = c(1.5, 2.2, 3, 3.215, 4, 5.4)),
  predict = predict(model, newdata, type = "fitted")
)

zoo(
  "cph", "rms", c("rms", "survival"),
  fit = cph(Surv(time, status) ~ age + celltype, veteran),
  newdata = veteran[seq(1, 137, 16), c("celltype", "age")]
)

zoo(
  "orm", "rms", "rms",
  fit = orm(cyl ~ wt, mtcars),
  newdata = data.frame(wt = c(1.5, 2.2, 3, 3.215, 4, 5.4))
)
