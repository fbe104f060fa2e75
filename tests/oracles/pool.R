# Random-effects meta-analysis: REML, Hartung-Knapp, prediction interval.
# Run in this folder: Rscript pool.R
#
# metafor stops Fisher scoring at steps of 1e-5 by default; here at 1e-13, so that both sides are exact. It sets
# tau2 to 0 where the restricted likelihood is not lower there. predict() gives the prediction interval with the
# degrees of freedom of the test, k - 1.
source("common.R")
suppressPackageStartupMessages(library(metafor))

one <- function(set) {
  fit <- rma(yi = set$y, sei = set$se, method = "REML", test = "knha",
             control = list(threshold = 1e-13, maxiter = 100000))
  new <- predict(fit)
  list(name = set$name, mean = as.numeric(fit$beta), se = fit$se, low = fit$ci.lb, high = fit$ci.ub,
       prediction_low = new$pi.lb, prediction_high = new$pi.ub, tau2 = fit$tau2, q = fit$QE, q_p = fit$QEp,
       i2 = fit$I2 / 100, weights = unname(weights(fit)) / 100)
}

input <- jsonlite::fromJSON("pool_input.json", simplifyDataFrame = FALSE)
write_result("pool", c("metafor", "stats", "jsonlite"), list(sets = lapply(input$sets, one)))
