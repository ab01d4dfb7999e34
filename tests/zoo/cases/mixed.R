# Mixed models and ordinal regression.

zoo(
  "lme", "nlme", "nlme",
  fit = lme(distance ~ age + Sex, Orthodont, random = ~ 1 | Subject),
  newdata = Orthodont[seq(1, 108, 12), c("age", "Sex", "Subject")]
)

zoo(
  "lme-nested", "nlme", "nlme",
  fit = lme(pixel ~ day + I(day^2), Pixel, random = list(Dog = ~ day, Side = ~ 1)),
  newdata = Pixel[seq(1, 102, 12), c("day", "Dog", "Side")]
)

zoo(
  "lme-population", "nlme", "nlme",
  fit = lme(distance ~ age, Orthodont, random = ~ age | Subject),
  newdata = Orthodont[seq(1, 108, 12), c("age", "Subject")],
  predict = predict(model, newdata, level = 0),
  toml = "[predict]\nlevel = 0"
)

zoo(
  "gls", "nlme", "nlme",
  fit = gls(follicles ~ sin(2 * pi * Time) + cos(2 * pi * Time), Ovary,
            correlation = corAR1(form = ~ 1 | Mare)),
  newdata = data.frame(Time = c(-0.1, 0, 0.25, 0.333, 0.5, 0.9, 1, 1.1))
)

zoo(
  "gls-factors", "nlme", "nlme",
  fit = gls(weight ~ Time + Diet, BodyWeight, weights = varPower()),
  newdata = data.frame(Time = c(1, 8, 15, 22.5, 64, 30), Diet = factor(c(1:3, 1:3)))
)

zoo(
  "nlme", "nlme", "nlme",
  fit = nlme(height ~ SSasymp(age, a, r, l), Loblolly, fixed = a + r + l ~ 1,
             random = a ~ 1 | Seed, start = c(a = 103, r = -8.5, l = -3.3)),
  newdata = Loblolly[seq(1, 84, 10), c("age", "Seed")]
)

zoo(
  "gnls", "nlme", "nlme",
  fit = gnls(rate ~ SSmicmen(conc, vmax, k), Puromycin, subset = state == "treated"),
  newdata = data.frame(conc = c(0.02, 0.06, 0.11, 0.5, 1.1))
)

zoo(
  "lmer", "lme4", "lme4",
  fit = lmer(Reaction ~ Days + (Days | Subject), sleepstudy),
  newdata = sleepstudy[seq(1, 180, 20), c("Days", "Subject")]
)

zoo(
  "lmer-crossed", "lme4", "lme4",
  fit = lmer(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin),
  newdata = Penicillin[seq(1, 144, 17), c("plate", "sample")]
)

zoo(
  "lmer-new-groups", "lme4", "lme4",
  fit = lmer(Reaction ~ Days + (1 | Subject), sleepstudy),
  newdata = data.frame(Days = c(0, 1.5, 9, 4, 0), Subject = c("308", "372", "new", "309", "other")),
  predict = predict(model, newdata, allow.new.levels = TRUE),
  toml = "[predict]\n\"allow.new.levels\" = true\n\n[inputs.Days]\ntype = \"number\"\n
[inputs.Subject]\ntype = \"string\""
)

zoo(
  "glmer", "lme4", "lme4",
  fit = glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial),
  newdata = cbpp[seq(1, 56, 6), c("period", "herd")],
  predict = predict(model, newdata, type = "response")
)

zoo(
  "lmer-test", "lmerTest", "lmerTest",
  fit = lmer(Reaction ~ Days + (1 | Subject), lme4::sleepstudy),
  newdata = lme4::sleepstudy[seq(1, 180, 20), c("Days", "Subject")]
)

zoo(
  "glmm-tmb", "glmmTMB", "glmmTMB",
  fit = glmmTMB(count ~ spray + (1 | block), cbind(InsectSprays, block = factor(rep(1:12, 6))),
                family = poisson),
  newdata = data.frame(spray = factor(c("A", "B", "F")), block = factor(c(1, 5, 12))),
  predict = predict(model, newdata, type = "response")
)

zoo(
  "clm", "ordinal", "ordinal",
  fit = clm(rating ~ temp + contact, data = wine),
  newdata = wine[seq(1, 72, 9), c("contact", "temp")],
  predict = predict(model, newdata, type = "class")
)

zoo(
  "clm-probabilities", "ordinal", "ordinal",
  fit = clm(rating ~ temp * contact, data = wine, link = "probit"),
  newdata = wine[seq(1, 72, 9), c("contact", "temp")],
  predict = predict(model, newdata, type = "prob"),
  toml = "[predict]\ntype = \"prob\""
)

zoo(
  "plm", "panel models", "plm",
  fit = {
    data("Produc")
    plm(log(gsp) ~ log(pcap) + unemp, Produc, model = "pooling", index = c("state", "year"))
  },
  newdata = Produc[seq(1, 816, 100), c("pcap", "unemp")]
)
