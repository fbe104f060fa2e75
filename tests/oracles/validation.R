# Scores of predicted risks with death competing. Run in this folder: Rscript validation.R
source("common.R")
suppressPackageStartupMessages({
  library(survival)
  library(prodlim)
  library(riskRegression)
})

input <- jsonlite::fromJSON("validation_input.json", simplifyMatrix = FALSE)
horizons <- input$horizons
as_frame <- function(cohort) as.data.frame(cohort)

# Aalen-Johansen with the infinitesimal-jackknife standard error, and the pseudo-values it gives.
aalen_johansen <- function(d) {
  d$state <- factor(d$kind, 0:2, c("censored", "event", "death"))
  d$id <- seq_len(nrow(d))
  assign("d", d, envir = globalenv())  # where pseudo() looks for the data
  late <- any(d$entry > 0)
  fit <- if (late) survfit(Surv(entry, time, state) ~ 1, d, id = id)
         else survfit(Surv(time, state) ~ 1, d)
  at <- summary(fit, times = horizons)
  column <- which(fit$states == "event")
  list(estimate = at$pstate[, column], error = at$std.err[, column],
       pseudo = if (late) NULL else lapply(horizons, function(h) {
         as.numeric(pseudo(fit, times = h)[, column])
       }))
}

# AUC, Brier score and IPA weighted by the Kaplan-Meier of the censoring.
scores <- function(d) {
  if (any(d$entry > 0)) return(NULL)
  predicted <- lapply(d[c("good", "poor")], function(p) matrix(p, length(p), length(horizons)))
  found <- Score(predicted, Hist(time, kind) ~ 1, data = d, times = horizons, cause = 1,
                 metrics = c("auc", "brier"), summary = "ipa", se.fit = FALSE, conf.int = FALSE)
  take <- function(table, column) {
    table <- as.data.frame(table)
    lapply(split(table[[column]], as.character(table$model)), as.numeric)
  }
  list(auc = take(found$AUC$score, "AUC"), brier = take(found$Brier$score, "Brier"),
       ipa = take(found$Brier$score, "IPA"))
}

# Calibration line: pseudo-values on the prediction, complementary log-log, constant variance.
line <- function(pseudo, p) {
  x <- log(-log(1 - p))
  control <- glm.control(epsilon = 1e-14, maxit = 200)
  family <- quasi(link = "cloglog", variance = "constant")
  start <- log(-log(1 - mean(pseudo)))
  # glm starts from a mean; pseudo-values below 0 or above 1 have none on this scale.
  large <- glm(pseudo ~ offset(x), family = family, start = start - mean(x), control = control)
  both <- glm(pseudo ~ x, family = family, start = c(start - mean(x), 1), control = control)
  list(intercept = unname(coef(large)), slope = unname(coef(both)[2]), slope_intercept = unname(coef(both)[1]))
}

curve <- function(pseudo, p, at) {
  fit <- loess(pseudo ~ p, degree = 1, span = 0.33, family = "gaussian",
               control = loess.control(surface = "direct"))
  as.numeric(predict(fit, data.frame(p = at)))
}

result <- lapply(input$cohorts, function(cohort) {
  d <- as_frame(cohort)
  found <- aalen_johansen(d)
  c(list(incidence = found$estimate, error = found$error, pseudo = found$pseudo), scores(d))
})

# The regressions on the continuous predictions of the first cohort, at every horizon.
plain <- as_frame(input$cohorts$plain)
pseudo_plain <- result$plain$pseudo
at <- c(0.05, 0.1, 0.2, 0.35, 0.5)
regression <- lapply(c(good = "good", poor = "poor"), function(name) {
  list(line = lapply(pseudo_plain, line, p = plain[[name]]),
       curve = lapply(pseudo_plain, curve, p = plain[[name]], at = at))
})

# Without censoring a death never becomes an event: its time is beyond all others.
free <- plain[plain$kind != 0, ]
free$time[free$kind == 2] <- 1e6
harrell <- lapply(c(good = "good", poor = "poor"), function(name) sapply(horizons, function(h) {
  concordance(Surv(time, kind == 1) ~ free[[name]], free, reverse = TRUE, ymax = h)$concordance
}))

# Cause-specific Cox models, Breslow's ties; the incidence from exp(-cumulative hazard) as survival.
causes <- function(d) lapply(1:2, function(cause) {
  d$own <- d$kind == cause
  unname(coef(coxph(Surv(entry, time, own) ~ good + poor, d, ties = "breslow",
                    control = coxph.control(eps = 1e-12, iter.max = 50))))
})
cox <- lapply(input$cohorts[c("plain", "ties", "late entry")], function(cohort) list(coef = causes(as_frame(cohort))))
new <- data.frame(good = c(0.1, 0.3, 0.6), poor = c(0.7, 0.5, 0.6))
for (name in c("plain", "ties")) {
  fit <- CSC(Hist(time, kind) ~ good + poor, data = as_frame(input$cohorts[[name]]), ties = "breslow",
             control = coxph.control(eps = 1e-12, iter.max = 50))
  cox[[name]]$risk <- predictRisk(fit, newdata = new, times = horizons, cause = 1, product.limit = FALSE)
}

write_result("validation", c("survival", "prodlim", "riskRegression", "stats", "jsonlite"), list(
  horizons = horizons, curve_at = at, cohorts = result, regression = regression, harrell = harrell,
  cox = cox
))
