# Makes model.RData: run `Rscript train.R` in this folder, or `rbridge train` for SageMaker.
#
# The data are made, not measured: 1306 runners whose half marathon times have the
# quartiles of the original model's data, and whose marathon times lie on its fitted
# curves plus noise that is orthogonal to the design. So lm() gives back the
# original's coefficients and its residual standard deviation, whatever the noise.

coefficients <- rbind(
  F = c(-4154.4933869470042, 3.5343705408721973, -0.00010153530862974276),
  M = c(-8702.3796083473135, 5.2589825347261696, -0.00025842573416272763)
)
runners <- c(F = 449, M = 857)
sigma <- 1374.2168

set.seed(2018, kind = "Mersenne-Twister", normal.kind = "Inversion")
gender <- factor(rep(names(runners), runners), levels = names(runners))
spread <- stats::approxfun(seq(0, 1, 0.25), c(3712, 5121, 5680, 6358, 11377))
hmaratime <- round(spread(stats::ppoints(sum(runners))))[sample(sum(runners))]

curve <- coefficients[as.character(gender), ]
fitted <- curve[, 1] + curve[, 2] * hmaratime + curve[, 3] * hmaratime^2
design <- stats::model.matrix(~ poly(hmaratime, 2) * gender)
noise <- stats::residuals(stats::lm.fit(design, stats::rnorm(length(fitted))))
noise <- noise * sigma * sqrt((length(noise) - ncol(design)) / sum(noise^2))
maratime <- fitted + noise

marathon_lm <- stats::lm(maratime ~ poly(hmaratime, 2) * gender)
factor_levels <- list(gender = levels(gender))

# Stripped as the original was saved.
marathon_lm[c("x", "residuals", "fitted.values")] <- NULL
file <- file.path(Sys.getenv("SM_MODEL_DIR", "."), "model.RData")
save(marathon_lm, factor_levels, file = file, version = 2, compress = "xz")
