# Time series that take no newdata: a request says how many steps ahead.

# The argument that says so, by class.
horizon_arguments <- c(
  Arima = "n.ahead", HoltWinters = "n.ahead", ar = "n.ahead",
  StructTS = "n.ahead", ets = "h", bats = "h", tbats = "h", nnetar = "h"
)

horizon_argument <- function(model) {
  # predict() does not know the drift that forecast's Arima() adds.
  if (inherits(model, "forecast_ARIMA") && "drift" %in% names(model$coef)) return("h")
  unname(horizon_arguments[intersect(class(model), names(horizon_arguments))][1])
}

is_horizon_model <- function(model) !is.na(horizon_argument(model))

# The one field, and those of the regressors that the series was fitted with, of
# which a request then has a row for each step.
horizon_fields <- function(model) {
  if (length(regressors(model))) return(number_fields(regressors(model)))
  list(field(horizon_argument(model), "integer"))
}

# Their coefficients stand behind those of the series and its mean.
regressors <- function(model) {
  if (!inherits(model, "Arima")) return(character())
  series <- seq_len(sum(model$arma[1:4]))
  setdiff(names(model$coef)[!seq_along(model$coef) %in% series], "intercept")
}

# How many steps `newdata` asks for.
steps_ahead <- function(model, newdata) {
  argument <- horizon_argument(model)
  if (!argument %in% names(newdata)) return(nrow(newdata))
  steps <- newdata[[argument]]
  if (length(steps) != 1) {
    reject(sprintf("send one record: %s is how many steps to predict", argument))
  }
  reject(sprintf("%s must be a whole number of steps from 1 to 100000", argument),
         rows = is.na(steps) | steps < 1 | steps > 1e5, field = argument)
  steps
}

predict_ahead <- function(model, newdata, served, arguments) {
  argument <- horizon_argument(model)
  steps <- steps_ahead(model, newdata)
  call <- if (argument == "h") quote(forecast::forecast(.model)) else quote(stats::predict(.model))
  given <- stats::setNames(list(steps), argument)
  if (!argument %in% names(newdata)) {
    served$frame$.newdata <- as.matrix(newdata)
    given$newxreg <- quote(.newdata)
  }
  value <- eval(as.call(c(as.list(call), given, arguments)), served$frame)
  if (inherits(value, "forecast")) unclass(value)[c("mean", "lower", "upper")] else value
}
