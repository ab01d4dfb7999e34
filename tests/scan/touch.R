# What the hostile files do to a plain R session that loads them and looks at them.

quietly <- function(code) invisible(tryCatch(suppressWarnings(code), error = function(e) NULL))
read <- function(name) readRDS(paste0(name, ".rds"))

quietly(read("promise")$p)
local({
  load("misplaced-promise.RData")
  quietly(x)
})
quietly(read("active")$x)
quietly(as.list(attr(read("active-in-attribute")$model, "state")))
local({
  load("masking.RData")
  predict(1)
})
quietly(predict(read("shadow"), cars))
quietly(model.frame(read("formula"), cars))
quietly(predict(read("predvars"), cars))
quietly(predict(read("link"), mtcars, type = "response"))
load("validity.RData")
quietly(methods::validObject(methods::new("Checked", x = 1)))
attach("methods.RData")
quietly(methods::show(methods::new("Checked")))
quietly(read("reference-class")$x)
system_itself <- read("hidden-primitive")
quietly(system_itself("touch ran-primitive", FALSE, 0L))
cat(sub("^ran-", "", sort(list.files(pattern = "^ran-"))))
