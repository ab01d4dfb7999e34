# Files that do more than predict, made by R itself; each leaves a file when it has run.

mark <- function(name) bquote(invisible(file.create(.(paste0("ran-", name)))))
of <- function(body, like = function(...) NULL) as.function(c(formals(like), body), globalenv())
new <- function() new.env(parent = globalenv())

lazy <- new()
eval(bquote(delayedAssign("p", .(mark("promise")), assign.env = lazy)))
saveRDS(lazy, "promise.rds")
deep <- lm(dist ~ speed, cars)
environment(deep$terms) <- lazy
save(deep, file = "promise-in-model.RData")
dots <- (function(...) environment())(file.create("ran-dots"))
saveRDS(dots, "dots.rds")

active <- new()
makeActiveBinding("x", of(mark("active")), active)
saveRDS(active, "active.rds")
hidden <- structure(list(), state = active)
saveRDS(list(model = hidden), "active-in-attribute.rds", version = 2, compress = "xz")

predict <- of(mark("masked"))
predict.lm <- of(mark("masked-method"))
save(predict, predict.lm, file = "masking.RData", compress = "bzip2")
saveRDS(list(model = 1, predict = predict), "masking-bundle.rds")
rm(predict, predict.lm)

shadow <- new()
shadow$poly <- of(mark("shadow"))
shadowed <- lm(dist ~ poly(speed, 2), cars)
environment(shadowed$terms) <- shadow
saveRDS(shadowed, "shadow.rds")

written <- dist ~ speed + system("touch ran-formula")
saveRDS(written, "formula.rds", ascii = TRUE)
poisoned <- lm(dist ~ speed, cars)
attr(poisoned$terms, "predvars") <- bquote(list(dist, if (.(mark("predvars"))) speed))
saveRDS(poisoned, "predvars.rds")
linked <- glm(am ~ wt, binomial, mtcars)
linked$family$linkinv <- of(quote(eta + system("touch ran-link")), function(eta) NULL)
saveRDS(linked, "link.rds")
called <- poisoned
called$terms <- terms(dist ~ speed)
called$call$data <- quote(source("http://example.com/data.R"))
saveRDS(called, "call.rds")

.First <- of(mark("first"))
save(.First, file = "hook.RData")
tariff <- structure(list(), class = "tariff")
predict.tariff <- function(object, newdata, ...) system("date", intern = TRUE)
save(tariff, predict.tariff, file = "method.RData")

invisible(setClass("Checked", representation(x = "numeric"),
                   validity = of(mark("validity"), function(object) NULL)))
save(list = ".__C__Checked", file = "validity.RData")
invisible(setMethod("show", "Checked", of(mark("show"), function(object) NULL)))
save(list = grep("^\\.__T__show", ls(all.names = TRUE), value = TRUE), file = "methods.RData")
field <- setRefClass("Field", fields = list(x = function(value) file.create("ran-field")))
saveRDS(field$new(), "reference-class.rds")

space <- new()
space$.__NAMESPACE__. <- new()
space$.onLoad <- of(mark("namespace"))
saveRDS(space, "namespace.rds")
saveRDS(list(handle = methods::new("externalptr")), "pointer.rds")
