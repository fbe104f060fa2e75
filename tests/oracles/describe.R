# What a description of a cohort says, from the packages that papers use; differences by their formulas.
suppressPackageStartupMessages({library(survival); library(cmprsk); library(etm)})
source("common.R")
input <- jsonlite::fromJSON("describe_input.json")
d <- with(input, data.frame(time, kind, entry, group, size, grade))
h <- input$horizons

state <- factor(d$kind, 0:2, c("censored", "event", "death"))
d$id <- seq_len(nrow(d))
fit <- survfit(Surv(entry, time, state) ~ 1, d, id = id)
at <- summary(fit, times = h)
places <- match(c("event", "death"), fit$states)

# Variance of Greenwood's kind, late entry in the numbers at risk.
moves <- matrix(FALSE, 3, 3); moves[1, 2:3] <- TRUE
long <- data.frame(id = seq_len(nrow(d)), entry = d$entry, exit = d$time, from = "0",
                   to = c("cens", "1", "2")[d$kind + 1])
chain <- etm(long, c("0", "1", "2"), moves, "cens", s = 0)
steps <- findInterval(h, chain$time)
variance <- chain$cov["0 1", "0 1", steps]

gray <- cuminc(d$time, d$kind, d$group)$Tests["1", ]

dead <- survfit(Surv(time, kind == 2) ~ 1, d, conf.type = "log-log")
km <- summary(dead, times = h)
middle <- quantile(dead, 0.25)
reverse <- quantile(survfit(Surv(entry, time, kind != 2) ~ 1, d), c(0.25, 0.5, 0.75), conf.int = FALSE)

wilson <- t(apply(input$counts, 1, function(x) suppressWarnings(prop.test(x[1], x[2], correct = FALSE)$conf.int)))

pairs <- combn(0:2, 2, simplify = FALSE)
size_difference <- sapply(pairs, function(p) {
  a <- d$size[d$group == p[1]]; b <- d$size[d$group == p[2]]
  abs(mean(a) - mean(b)) / sqrt((var(a) + var(b)) / 2)
})
grade_difference <- sapply(pairs, function(p) {
  share <- function(g) prop.table(table(factor(d$grade[d$group == g], 1:3)))[2:3]
  a <- share(p[1]); b <- share(p[2])
  s <- (diag(a) - a %o% a + diag(b) - b %o% b) / 2
  sqrt(t(a - b) %*% solve(s) %*% (a - b))
})

write_result("describe", c("survival", "cmprsk", "etm", "jsonlite"), list(
  event = at$pstate[, places[1]], death = at$pstate[, places[2]], variance = unname(variance),
  gray = list(statistic = gray[["stat"]], p_value = gray[["pv"]], df = gray[["df"]]),
  survival = list(value = km$surv, low = km$lower, high = km$upper,
                  lower_quartile = c(middle$quantile, middle$lower, middle$upper)),
  reverse = unname(reverse), wilson = wilson,
  size_difference = mean(size_difference), grade_difference = mean(grade_difference)
))
