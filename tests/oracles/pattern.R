# The log-linear pattern of sites found at presentation, from three R models that are the same likelihood.
# Run in this folder: Rscript pattern.R
#
#   coxph      Each patient is a stratum of all non-empty sets, of which one "happened". The partial likelihood of
#              such a stratum is exp(eta_A) / sum_B exp(eta_B): the pattern itself, at any number of sites.
#   glm        Counts of each set per stratum of (discrete) covariates, Poisson, one free level per stratum: the
#              levels profile out to the multinomial (the "Poisson trick").
#   multinom   At two sites the sets are a, b, ab. With a as reference the slopes are delta_b - delta_a for b and
#              delta_b for ab: as many as delta has, so nothing needs imposing. The intercepts are alpha_b - alpha_a
#              and alpha_b + J: two numbers for three parameters. So delta, these two sums and all probabilities are
#              equal, while alpha_a, alpha_b and J are not identified apart. From three sites on they are.
source("common.R")
library(survival)

# Rows "1" to "2^K - 1"; the sites are columns a, b, c ..., the pairs a.b, a.c ... in lexical order.
set_terms <- function(k) {
  site <- as.matrix(expand.grid(rep(list(0:1), k))[-1, k:1])
  dimnames(site) <- list(apply(site, 1, paste, collapse = ""), letters[1:k])
  pair <- utils::combn(k, 2, function(p) site[, p[1]] * site[, p[2]])
  colnames(pair) <- utils::combn(letters[1:k], 2, paste, collapse = ".")
  cbind(site, pair)
}

# One row per patient (or stratum) and set: terms of the set, and site x covariate products by covariate, then site.
expand <- function(x, k) {
  terms <- set_terms(k)
  who <- rep(seq_len(nrow(x)), each = nrow(terms))
  set <- rep(seq_len(nrow(terms)), nrow(x))
  slope <- do.call(cbind, lapply(seq_len(ncol(x)), function(j) terms[set, 1:k] * x[who, j]))
  colnames(slope) <- paste0(rep(letters[1:k], ncol(x)), ".x", rep(seq_len(ncol(x)), each = k))
  list(who = who, set = rownames(terms)[set], design = cbind(terms[set, ], slope))
}

unpack <- function(coefficient, covariance, k, q) {
  pairs <- k * (k - 1) / 2
  list(alpha = coefficient[1:k], J = coefficient[k + seq_len(pairs)],
       delta = matrix(coefficient[-seq_len(k + pairs)], q, k, byrow = TRUE), cov = unname(covariance))
}

# ridge(theta) subtracts theta / 2 times the sum of squares of J and delta from the log partial likelihood; the
# covariance is then the inverse of the penalised information.
by_coxph <- function(data, theta = 0) {
  k <- nchar(data$found[1])
  x <- t(data$x)
  long <- expand(x, k)
  chosen <- long$set == data$found[long$who]
  happened <- Surv(rep(1, length(chosen)), chosen)
  level <- long$design[, 1:k]
  other <- long$design[, -(1:k)]
  form <- if (theta == 0) happened ~ level + other + strata(long$who) else
    happened ~ level + ridge(other, theta = theta, scale = FALSE) + strata(long$who)
  fit <- coxph(form, weights = data$weight[long$who], ties = "breslow", robust = FALSE,
               control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50))
  c(list(ridge = theta), unpack(unname(coef(fit)), vcov(fit), k, ncol(x)))
}

by_glm <- function(data) {
  k <- nchar(data$found[1])
  x <- t(data$x)
  strata <- unique(x)
  long <- expand(strata, k)
  key <- function(m) apply(m, 1, paste, collapse = " ")
  cell <- paste(key(x), data$found)
  count <- as.integer(table(factor(cell, paste(key(strata)[long$who], long$set))))
  fit <- glm(count ~ 0 + long$design + factor(long$who), poisson, epsilon = 1e-14, maxit = 100)
  own <- seq_len(ncol(long$design))
  share <- tapply(fitted(fit), long$who, function(v) v / sum(v))
  c(unpack(unname(coef(fit)[own]), vcov(fit)[own, own], k, ncol(x)),
    list(ridge = 0, strata = unname(strata), sets = unique(long$set), share = unname(do.call(rbind, share))))
}

by_multinom <- function(data) {
  x <- t(data$x)
  set <- factor(data$found, c("10", "01", "11"))
  fit <- nnet::multinom(set ~ x, reltol = 1e-15, abstol = 1e-15, maxit = 2000, trace = FALSE)
  b <- unname(coef(fit))
  slope <- list(a = b[2, -1] - b[1, -1], b = b[2, -1])
  first <- seq_len(20)
  list(delta = unname(cbind(slope$a, slope$b)), alpha_b_minus_alpha_a = b[1, 1], alpha_b_plus_J = b[2, 1],
       log_likelihood = as.numeric(logLik(fit)), sets = levels(set), share_of_first_20 = unname(fitted(fit)[first, ]))
}

input <- jsonlite::fromJSON("pattern_input.json")
write_result("pattern", c("survival", "stats", "nnet", "jsonlite"), list(
  two_sites = list(multinom = by_multinom(input$two_sites)),
  three_sites = list(coxph = by_coxph(input$three_sites), glm = by_glm(input$three_sites)),
  five_sites = list(coxph = by_coxph(input$five_sites), coxph_ridge = by_coxph(input$five_sites, theta = 20))
))
