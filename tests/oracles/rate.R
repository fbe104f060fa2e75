# Piecewise-exponential hazard as a Poisson regression on person-time.
# Run in this folder: Rscript rate.R
source("common.R")
library(survival)

input <- jsonlite::fromJSON("rate_input.json")
x <- t(input$x)
colnames(x) <- input$covariates
patients <- data.frame(id = seq_along(input$years), years = input$years, event = input$event, x)

# One row per patient and band entered: survSplit closes intervals on the right, so an event at a cut
# belongs to the band that ends there.
rows <- survSplit(Surv(years, event) ~ ., patients, cut = input$bands[-1], start = "from", episode = "band")
rows$time <- rows$years - rows$from
fit <- glm(event ~ 0 + factor(band) + positive + size + nodes, poisson, rows,
           offset = log(time), epsilon = 1e-14, maxit = 100)

per_band <- function(v) as.numeric(tapply(v, rows$band, sum))
write_result("rate", c("survival", "stats", "jsonlite"), list(
  rows = nrow(rows),
  events = per_band(rows$event),
  person_years = per_band(rows$time),
  names = names(coef(fit)),
  coef = unname(coef(fit)),
  vcov = unname(vcov(fit)),
  log_likelihood = as.numeric(logLik(fit))
))
