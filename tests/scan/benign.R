# Models as people save them, with what their families bring along.

library(mgcv)
library(splines)
fits <- list(
  lm = lm(dist ~ poly(speed, 2), cars),
  splines = lm(mpg ~ ns(wt, df = 3) + bs(hp), mtcars),
  glm = glm(am ~ wt, binomial("cauchit"), mtcars),
  gamma = glm(mpg ~ wt, Gamma("log"), mtcars),
  gaussian = glm(mpg ~ wt, inverse.gaussian, mtcars),
  nls = nls(rate ~ SSmicmen(conc, Vm, K), Puromycin, subset = state == "treated"),
  loess = loess(dist ~ speed, cars),
  spline = smooth.spline(cars$speed, cars$dist),
  arima = arima(lh, order = c(1, 0, 0)),
  holt = HoltWinters(co2),
  princomp = prcomp(USArrests),
  gam = gam(mpg ~ s(wt) + s(hp, k = 5), data = mtcars),
  ordered = gam(carb ~ s(wt), family = ocat(R = 8), data = mtcars),
  rpart = rpart::rpart(Species ~ ., iris),
  cox = survival::coxph(survival::Surv(time, status) ~ age + sex, survival::lung),
  weibull = survival::survreg(survival::Surv(time, status) ~ age, survival::lung),
  lme = nlme::lme(distance ~ age, random = ~ 1, data = nlme::Orthodont),
  lda = MASS::lda(Species ~ ., iris),
  negative = MASS::glm.nb(Days ~ Sex, MASS::quine),
  polr = MASS::polr(Sat ~ Infl, MASS::housing, weights = Freq),
  net = nnet::nnet(Species ~ ., iris, size = 2, trace = FALSE),
  multinom = nnet::multinom(Species ~ ., iris, trace = FALSE)
)
in_function <- function(data, weights = NULL, verbose = FALSE, ...) lm(dist ~ speed, data)
fits$captured <- in_function(cars, extra = 1)
half <- function(x) x / 2
fits$own <- lm(dist ~ half(speed), cars)
for (name in names(fits)) {
  saveRDS(fits[[name]], paste0(name, ".rds"))
  model <- fits[[name]]
  factor_levels <- list(gender = c("F", "M"))
  save(model, factor_levels, half, file = paste0(name, ".RData"))
}

# One object of every kind, saved in every way.
invisible(setClass("numeric_with_unit", representation("numeric", unit = "character")))
all_kinds <- list(
  numbers = c(1, NA, Inf), whole = 1:10, logical = NA, complex = 1i, raw = as.raw(0:255),
  strings = c("a b", "\n\\\"'\001", "\u00e9", NA, ""), factor = gl(2, 3), null = NULL,
  call = quote(f(x, y = g)), expression = expression(a, b + 1), pairs = pairlist(a = 1, 2),
  primitive = sum, special = quote, fun = compiler::cmpfun(function(x) sum(half(x))),
  env = list2env(list(inner = function() system("date"))), names = as.character(1:5),
  locked = local({
    e <- new.env(hash = FALSE)
    e$x <- 1
    lockEnvironment(e, TRUE)
    e
  }), date = Sys.Date(), empty = emptyenv(), base = baseenv(), namespace = asNamespace("stats"),
  s4 = methods::new("numeric_with_unit"), text = strrep("x", 1e5)
)
for (version in 2:3) {
  for (compress in c("gzip", "bzip2", "xz")) {
    saveRDS(all_kinds, sprintf("kinds-%s-%d.rds", compress, version), compress = compress,
            version = version)
  }
  for (ascii in c(FALSE, TRUE, NA)) {
    saveRDS(all_kinds, sprintf("kinds-%s-%d.rds", ascii, version), ascii, version, FALSE)
  }
  to <- file(sprintf("kinds-native-%d.rds", version), "wb")
  serialize(all_kinds, to, xdr = FALSE, version = version)
  close(to)
}
