# Answers are exact, so that they have the same bytes on every machine.
model_fn <- function(dir) list(model = structure(list(), class = "exact"))

predict_fn <- function(newdata, model) 2 * newdata$a + newdata$b
