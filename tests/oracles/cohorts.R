# What a validation says beside the scores of one model: landmarks, paired differences, the shift of a level, where
# with late entry and an unrecorded site, scores between cohorts. Run in this folder: Rscript cohorts.R
source("common.R")
suppressPackageStartupMessages({
  library(survival)
  library(prodlim)
  library(riskRegression)
  library(metafor)
})

input <- jsonlite::fromJSON("cohorts_input.json")
d <- data.frame(distant = ifelse(is.na(input$distant), Inf, input$distant), end = input$end, died = input$died,
                entry = input$entry, risk = input$risk, other = input$other)
h <- input$horizon

# From the landmark on: those free of distant disease, alive and followed then, whenever they entered before it.
after <- d[d$entry <= input$landmark & pmin(d$distant, d$end) > input$landmark, ]
after$time <- pmin(after$distant, after$end) - input$landmark
after$kind <- ifelse(after$distant <= after$end, 1, ifelse(after$died == 1, 2, 0))
found <- Score(lapply(after[c("risk", "other")], function(p) matrix(p, ncol = 1)), Hist(time, kind) ~ 1, data = after,
               times = h, cause = 1, metrics = c("auc", "brier"), summary = "ipa", se.fit = TRUE, null.model = TRUE)
auc <- as.data.frame(found$AUC$score)
contrast <- as.data.frame(found$AUC$contrasts)
contrast <- contrast[contrast$model == "other" & contrast$reference == "risk", ]
after$state <- factor(after$kind, 0:2, c("censored", "event", "death"))
observed <- summary(survfit(Surv(time, state) ~ 1, after), times = h)$pstate[, 2]

# Shift on log(-log(1 - risk)) that makes the mean risk the observed one.
shifted <- function(add) mean(1 - exp(-exp(add + log(-log(1 - after$risk)))))
add <- uniroot(function(x) shifted(x) - observed, c(-5, 5), tol = 1e-13)$root

# Sets of the four recorded sites, given that one of them is found; members presented under observation.
member <- which(is.finite(d$distant) & d$distant >= d$entry & d$distant <= d$end)
scores <- sapply(member, function(i) {
  own <- input$found[i]
  sums <- numeric(16)
  for (set in 1:31) for (part in 1:15) if (set %% 16 == part) sums[part] <- sums[part] + input$pattern[i, set + 1]
  log(sums[own] / sum(sums[1:15]))
})
count <- function(part, but) sum(input$found[member[-but]] == part) + 0.5
marginal <- sapply(seq_along(member), function(k) {
  log(count(input$found[member[k]], k) / sum(sapply(1:15, count, but = k)))
})

# Between cohorts: logit of the AUC, log of observed over expected.
pooled <- function(values, to, back) {
  t <- to(values)
  fit <- rma(yi = t[, 1], sei = (t[, 3] - t[, 2]) / (2 * qnorm(0.975)), method = "REML", test = "knha",
             control = list(threshold = 1e-13, maxiter = 100000))
  new <- predict(fit)
  list(mean = back(as.numeric(fit$beta)), low = back(fit$ci.lb), high = back(fit$ci.ub),
       prediction = back(c(new$pi.lb, new$pi.ub)), tau2 = fit$tau2, i2 = fit$I2 / 100)
}

write_result("cohorts", c("survival", "prodlim", "riskRegression", "metafor", "stats", "jsonlite"), list(
  landmark = list(patients = nrow(after), observed = observed, expected = mean(after$risk),
                  auc = auc$AUC[match(c("risk", "other"), auc$model)], auc_gain = contrast$delta.AUC),
  shift = list(add = add, after = shifted(add)),
  where = list(patients = length(member), log_score = mean(scores), marginal = mean(marginal)),
  auc = pooled(input$auc, qlogis, plogis), o_e = pooled(input$o_e, log, exp)
))
