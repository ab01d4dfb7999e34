# VGAM's methods are S4: which scales they know cannot be read from them.

scoring_arguments.vglm <- function(model) list(type = "response")
