# Prognostic separation by the recipe of Royston and Sauerbrei (Stat Med 2004;23:723-748).
# Run in this folder: Rscript separation.R
source("common.R")
library(survival)

input <- jsonlite::fromJSON("separation_input.json")
n <- length(input$index)
kappa <- sqrt(8 / pi)
scores <- qnorm((rank(input$index, ties.method = "average") - 3 / 8) / (n + 1 / 4))
outcome <- Surv(input$entry, input$years, input$event)

on <- function(z) {
  fit <- coxph(outcome ~ z, ties = "breslow", control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50))
  list(coef = unname(coef(fit)), se = sqrt(vcov(fit)[1, 1]))
}
separated <- on(scores / kappa)
d <- separated$coef
write_result("separation", c("survival", "stats", "jsonlite"), list(
  events = sum(input$event),
  index = on(input$index),
  scores = scores,
  on_scores = on(scores),
  d = d,
  d_se = separated$se,
  r2_d = (d^2 / kappa^2) / (pi^2 / 6 + d^2 / kappa^2)
))
