# Which packages predict() needs, and loading them before anything is served.

# Attaches packages as library() would in a fresh session: formulas look their
# functions up from the global environment. Stops if one is missing.
load_packages <- function(packages) {
  for (package in setdiff(packages, c(loaded_packages(), "base"))) {
    if (!nzchar(system.file(package = package))) refuse_missing(package)
    problem <- tryCatch({
      suppressPackageStartupMessages(
        library(package, character.only = TRUE, warn.conflicts = FALSE)
      )
      NULL
    }, error = conditionMessage)
    if (!is.null(problem)) {
      not_servable("the package %s cannot be loaded: %s", package, problem)
    }
  }
}

loaded_packages <- function() sub("^package:", "", search())

refuse_missing <- function(package) {
  not_servable(
    paste("the model needs the R package %s, which is not installed; install",
          "it with `apt-get install r-cran-%s` (Debian, Ubuntu) or",
          "install.packages(\"%s\") (CRAN)"),
    package, tolower(package), package
  )
}

# What an object's class needs: the packages that are known to make its classes,
# else what has a method for the first of them that any package knows.
packages_of_class <- function(object) {
  package <- attr(class(object), "package")
  if (isS4(object)) return(setdiff(package, c(".GlobalEnv", "methods")))
  known <- unlist(class_packages[intersect(class(object), names(class_packages))])
  if (length(known)) return(unique(known))
  for (class in class(object)) {
    if (!is.null(predict_method(class))) return(character())
    found <- package_of(class)
    if (length(found) > 1) found <- found_by_call(found, object)
    if (length(found)) return(found)
  }
  character()
}

# The installed packages that have a predict method for the class.
package_of <- function(class) {
  methods <- installed_methods()
  unique(methods$package[methods$class == class])
}

found_by_call <- function(packages, object) {
  maker <- function_called(object)
  exporting <- Filter(function(package) maker %in% getNamespaceExports(package),
                      Filter(nzchar, packages))
  if (length(exporting) == 1) return(exporting)
  not_servable(
    paste("a predict method for class %s is in several packages; say which one",
          "in bridge.toml:\npackages = [\"%s\"]   # or %s"),
    class(object)[1], packages[1], paste(packages[-1], collapse = ", ")
  )
}

# The name of the function that made the model, "" if that is not known.
function_called <- function(object) {
  call <- if (is.list(object)) object$call
  if (is.call(call) && !is.call(call[[1]])) as.character(call[[1]]) else ""
}

# Classes whose method answers for anything that inherits from them.
common_parents <- c("lm", "mlm", "aov", "glm", "nls")
# Classes before those whose method is that of the parent, as their authors meant.
plain_subclasses <- c(
  common_parents, "negbin", "maov", "brglm", "brglmFit", "bayesglm", "gee"
)

# Stops if a class that nobody here knows stands before the one whose method
# would answer.
check_class <- function(object, declared) {
  if (isS4(object) || length(declared)) return(invisible())
  known <- vapply(class(object), is_known_class, NA)
  first <- class(object)[known][1]
  if (known[1] || !first %in% common_parents) return(invisible())
  not_servable(
    paste("the model is of class %s, which no installed package knows; the",
          "method for %s would answer in its place; say in bridge.toml which",
          "package to load:\npackages = [\"PACKAGE\"]   # [\"stats\"] if that",
          "method is right"),
    paste(class(object), collapse = "/"), first
  )
}

is_known_class <- function(class) {
  class %in% c(plain_subclasses, names(class_packages)) || !is.null(predict_method(class))
}

# Functions of the formula that no attached package has, by the packages that
# are known or installed and export them.
packages_of_terms <- function(model) {
  terms <- model_terms(model)
  if (is.null(terms)) return(character())
  used <- setdiff(all.names(terms), all.vars(terms))
  env <- environment(terms)
  if (is.null(env)) env <- globalenv()
  missing <- Filter(function(f) !exists(f, envir = env, mode = "function"), used)
  unlist(lapply(missing, package_of_function))
}

package_of_function <- function(name) {
  if (name %in% names(function_packages)) return(function_packages[[name]])
  if (name %in% formula_words) return(NULL)
  exporting <- Filter(function(package) name %in% exports_of(package),
                      rownames(utils::installed.packages()))
  if (length(exporting) == 1) exporting
}

exports_of <- function(package) {
  info <- namespace_info(package)
  if (is.null(info)) character() else info$exports
}

# Words that some packages read in formulas and that are no functions of R.
formula_words <- c("~", "|", "||", "/", "s", "te", "ti", "t2", "lo", "cluster")

function_packages <- list(
  ns = "splines", bs = "splines", Surv = "survival", strata = "survival",
  pspline = "survival", rcs = "rms", lsp = "rms", pol = "rms", catg = "rms",
  scored = "rms"
)

# All predict methods that installed packages register: data.frame(package, class).
installed_methods <- function() {
  packages <- rownames(utils::installed.packages())
  found <- lapply(packages, function(package) {
    methods <- namespace_info(package)$S3methods
    classes <- if (NROW(methods)) methods[methods[, 1] == "predict", 2]
    if (length(classes)) data.frame(package = package, class = classes)
  })
  do.call(rbind, found)
}

namespace_info <- function(package) {
  file <- system.file("Meta", "nsInfo.rds", package = package)
  if (nzchar(file)) readRDS(file)
}

# Classes and the packages that make them: to name what is missing, and to tell
# apart what several packages have.
class_packages <- list(
  gam = "mgcv", bam = "mgcv", Gam = "gam", polr = "MASS", rlm = "MASS",
  lda = "MASS", qda = "MASS", lqs = "MASS", glmmPQL = "MASS", nnet = "nnet",
  multinom = "nnet", rpart = "rpart", coxph = "survival", clogit = "survival",
  survreg = "survival", survfit = "survival", lme = "nlme", gls = "nlme",
  nlme = "nlme", lmList = "nlme", gnls = "nlme", randomForest = "randomForest",
  ranger = "ranger", gbm = "gbm", constparty = "partykit", party = "partykit",
  svm = "e1071", naiveBayes = "e1071", glmnet = "glmnet", cv.glmnet = "glmnet",
  elnet = "glmnet", lognet = "glmnet", multnet = "glmnet", fishnet = "glmnet",
  earth = "earth", rq = "quantreg", rqs = "quantreg", nlrq = "quantreg",
  rqss = "quantreg", train = "caret", ols = "rms", lrm = "rms", cph = "rms",
  Glm = "rms", Rq = "rms", psm = "rms", orm = "rms", rms = "rms",
  clm = "ordinal", clmm = "ordinal", betareg = "betareg",
  xgb.Booster = "xgboost", lgb.Booster = "lightgbm", ets = "forecast",
  forecast_ARIMA = "forecast", bats = "forecast", tbats = "forecast",
  nnetar = "forecast", pcr = "pls", plsr = "pls", mvr = "pls", fda = "mda",
  mda = "mda", mars = "mda", bruto = "mda", polyreg = "mda",
  zeroinfl = "pscl", hurdle = "pscl", glmmTMB = "glmmTMB", lmrob = "robustbase",
  glmrob = "robustbase", C5.0 = "C50", cubist = "Cubist", kknn = "kknn",
  locfit = "locfit", logspline = "logspline", classbagg = "ipred",
  regbagg = "ipred", survbagg = "ipred", geeglm = "geepack", ivreg = "AER", tobit = "AER",
  plm = "plm", flexmix = "flexmix", brmsfit = "brms",
  stanreg = "rstanarm", mboost = "mboost", gamlss = "gamlss",
  speedlm = "speedglm", speedglm = "speedglm", biglm = "biglm",
  bigglm = "biglm", mlogit = "mlogit", tree = "tree", prophet = "prophet",
  penfit = "penalized", truncreg = "truncreg", censReg = "censReg",
  model_fit = "parsnip", workflow = "workflows", flexsurvreg = "flexsurv",
  ctree = "partykit", SuperLearner = "SuperLearner", bagged = "ipred"
)
