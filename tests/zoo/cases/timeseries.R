# Time series: one record with a horizon instead of fields.

zoo(
  "arima", "arima",
  fit = arima(lh, order = c(3, 0, 0)),
  newdata = data.frame(n.ahead = 12L),
  predict = predict(model, n.ahead = newdata$n.ahead), missing = FALSE
)

zoo(
  "arima-seasonal", "arima",
  fit = arima(log(AirPassengers), c(0, 1, 1), seasonal = c(0, 1, 1)),
  newdata = data.frame(n.ahead = 24L),
  predict = predict(model, n.ahead = newdata$n.ahead), missing = FALSE
)

zoo(
  "arima-private-series", "arima",
  fit = {
    sales <- ts(100 + cumsum(sin(1:60)), frequency = 12, start = c(2015, 3))
    arima(sales, c(1, 1, 0))
  },
  newdata = data.frame(n.ahead = 6L),
  predict = predict(model, n.ahead = newdata$n.ahead), missing = FALSE
)

zoo(
  "arima-regressors", "arima",
  fit = arima(LakeHuron, c(2, 0, 0), xreg = as.matrix(
    data.frame(year = 1:98 - 50, odd = 1:98 %% 2)
  )),
  newdata = data.frame(year = as.numeric(49:56), odd = rep(c(1, 0), 4)),
  predict = predict(model, n.ahead = nrow(newdata), newxreg = as.matrix(newdata)), missing = FALSE
)

zoo(
  "holt-winters", "HoltWinters",
  fit = HoltWinters(co2),
  newdata = data.frame(n.ahead = 12L),
  predict = predict(model, n.ahead = newdata$n.ahead), missing = FALSE
)

zoo(
  "exponential-smoothing", "HoltWinters",
  fit = HoltWinters(Nile, gamma = FALSE, beta = FALSE),
  newdata = data.frame(n.ahead = 5L),
  predict = predict(model, n.ahead = newdata$n.ahead), missing = FALSE
)

zoo(
  "struct-ts", "StructTS",
  fit = StructTS(log10(UKgas), "level"),
  newdata = data.frame(n.ahead = 8L),
  predict = predict(model, n.ahead = newdata$n.ahead), missing = FALSE
)

zoo(
  "ar", "ar",
  fit = ar(lh),
  newdata = data.frame(n.ahead = 12L),
  predict = predict(model, n.ahead = newdata$n.ahead), missing = FALSE
)

zoo(
  "ets", "forecast", "forecast",
  fit = ets(USAccDeaths, "ANA"),
  newdata = data.frame(h = 12L),
  predict = forecast(model, h = newdata$h), missing = FALSE
)

zoo(
  "auto-arima", "forecast", "forecast",
  fit = auto.arima(WWWusage, max.p = 2, max.q = 2),
  newdata = data.frame(n.ahead = 10L),
  predict = predict(model, n.ahead = newdata$n.ahead), missing = FALSE
)

zoo(
  "tbats", "forecast", "forecast",
  fit = tbats(Nile, use.box.cox = FALSE, use.trend = FALSE, seasonal.periods = NULL,
              use.arma.errors = FALSE),
  newdata = data.frame(h = 7L),
  predict = forecast(model, h = newdata$h), missing = FALSE
)
