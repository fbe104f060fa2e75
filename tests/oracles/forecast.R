# Probabilities of sites, by three routes that share only the generator's entries.
# Run in this folder, with mstate in R_LIBS: Rscript forecast.R
#
#   product     mstate::probtrans: the product integral of (I + dA) over a fine grid of cumulative hazards that are
#               given, not estimated. Its error is of first order in the step.
#   generator   Matrix::expm of the generator over each interval of constant hazards. Exact. Markov scenarios only.
#   renewal     integral over the date v of presentation, f(v) x course(t - v), by Gauss-Legendre, the course by
#               uniformisation. Exact to rounding, and the only route when hazards change with time since presentation.
#
# A state is what was found at presentation, what is found now (3^K - 2^K such pairs), and dead or not.
# Tilt is x'delta: it enters the pattern as it is and the log hazard of a further site times one slope.
source("common.R")
library(mstate)

# All pairs (presented, now) with presented a non-empty part of now; then the two states without distant disease.
state_space <- function(k) {
  set <- as.matrix(expand.grid(rep(list(0:1), k)))
  pair <- expand.grid(presented = seq_len(nrow(set))[-1], now = seq_len(nrow(set))[-1])
  within <- apply(pair, 1, function(p) all(set[p[1], ] <= set[p[2], ]))
  pair <- pair[within, ]
  m <- nrow(pair)
  list(k = k, m = m, free = 2 * m + 1, dead_free = 2 * m + 2, size = 2 * m + 2,
       presented = set[pair$presented, , drop = FALSE], now = set[pair$now, , drop = FALSE])
}

band <- function(starts, at) findInterval(at, starts)

pattern_share <- function(s, space) {
  pair <- utils::combn(space$k, 2)
  own <- rowSums(space$presented == space$now) == space$k # found now = found at presentation
  set <- space$now[own, ]
  both <- set[, pair[1, ]] * set[, pair[2, ]]
  weight <- exp(set %*% (s$alpha + s$tilt) + as.matrix(both) %*% s$J)
  replace(numeric(space$m), which(own), weight / sum(weight))
}

# Hazards after presentation, at u years since it: from (presented, now) to now + one site, or to death.
course_generator <- function(s, space, u) {
  q <- matrix(0, space$size, space$size)
  several <- rowSums(space$now) > 1
  gain <- s$gain * s$gain_shape[band(s$since, u)] * (u >= s$window) * exp(s$gain_slope * s$tilt)
  code <- function(now) paste(apply(cbind(space$presented, now), 1, paste, collapse = ""))
  for (site in seq_len(space$k)) {
    from <- which(space$now[, site] == 0)
    more <- space$now
    more[, site] <- 1
    to <- match(code(more), code(space$now))
    q[cbind(from, to[from])] <- gain[site] * exp(s$gain_several * several[from])
  }
  alive <- seq_len(space$m)
  death <- s$death * s$death_shape[band(s$since, u)] * exp(s$death_several * several + space$now %*% s$death_site)
  q[cbind(alive, alive + space$m)] <- death
  q - diag(rowSums(q))
}

# The same with presentation and death of other causes, at v years since diagnosis.
full_generator <- function(s, space, v) {
  q <- course_generator(s, space, u = s$window)
  b <- band(s$bands, v)
  q[space$free, seq_len(space$m)] <- s$rate[b] * pattern_share(s, space)
  q[space$free, space$dead_free] <- s$other_death[b]
  q[space$free, space$free] <- -(s$rate[b] + s$other_death[b])
  q
}

start_state <- function(s, space) {
  if (length(s$involved) == 0) return(space$free)
  set <- s$sites %in% s$involved
  which(apply(space$presented, 1, function(v) all(v == set)) & apply(space$now, 1, function(v) all(v == set)))
}

# Sums of the state probabilities p, in the package's terms.
quantities <- function(s, space, p) {
  p_now <- p[seq_len(space$m)] + p[space$m + seq_len(space$m)]
  alone <- rowSums(space$presented) == 1
  by_site <- function(v) as.list(setNames(as.numeric(v), s$sites))
  list(any = sum(p_now), first = by_site(p_now %*% space$presented),
       only = by_site((p_now * alone) %*% space$presented), ever = by_site(p_now %*% space$now))
}

by_generator <- function(s, space, horizons) {
  lapply(horizons, function(h) {
    cuts <- sort(unique(c(s$now, s$bands[s$bands > s$now & s$bands < s$now + h], s$now + h)))
    p <- replace(numeric(space$size), start_state(s, space), 1)
    for (i in seq_along(cuts)[-1]) {
      q <- full_generator(s, space, cuts[i - 1])
      p <- as.numeric(p %*% as.matrix(Matrix::expm(Matrix::Matrix(q * (cuts[i] - cuts[i - 1])))))
    }
    quantities(s, space, p)
  })
}

# Cumulative hazards on a grid that falls on the bands, as msfit would have estimated them.
given_hazards <- function(s, space, last, step) {
  times <- s$now + seq(step, last, by = step)
  middle <- times - step / 2
  by_band <- lapply(seq_along(s$bands), function(b) full_generator(s, space, s$bands[b]))
  arrows <- which(Reduce(`+`, by_band) > 0, arr.ind = TRUE)
  arrows <- arrows[order(arrows[, 1], arrows[, 2]), ]
  trans <- matrix(NA, space$size, space$size)
  trans[arrows] <- seq_len(nrow(arrows))
  haz <- lapply(seq_len(nrow(arrows)), function(i) {
    level <- sapply(by_band, function(q) q[arrows[i, 1], arrows[i, 2]])
    data.frame(time = times, Haz = cumsum(level[band(s$bands, middle)] * step), trans = i)
  })
  structure(list(Haz = do.call(rbind, haz), trans = trans), class = "msfit")
}

by_product <- function(s, space, horizons, step) {
  fitted <- given_hazards(s, space, max(horizons), step)
  path <- probtrans(fitted, predt = s$now, variance = FALSE)[[start_state(s, space)]]
  lapply(horizons, function(h) {
    row <- path[which.min(abs(path$time - (s$now + h))), ]
    quantities(s, space, unlist(row[paste0("pstate", seq_len(space$size))]))
  })
}

# Nodes and weights on (0, 1) from the Jacobi matrix of the Legendre polynomials (Golub and Welsch 1969).
gauss_legendre <- function(n) {
  i <- seq_len(n - 1)
  off <- i / sqrt(4 * i^2 - 1)
  jacobi <- matrix(0, n, n)
  jacobi[cbind(i, i + 1)] <- jacobi[cbind(i + 1, i)] <- off
  e <- eigen(jacobi, symmetric = TRUE)
  list(node = (e$values + 1) / 2, weight = e$vectors[1, ]^2)
}

# p exp(q t) as a Poisson mixture of powers of a transition matrix (Jensen 1953); the tail left out is below 1e-16.
uniformised <- function(p, q, t) {
  pace <- max(-diag(q))
  jump <- diag(nrow(q)) + q / pace
  share <- dpois(0:qpois(1e-16, pace * t, lower.tail = FALSE), pace * t)
  total <- share[1] * p
  for (w in share[-1]) {
    p <- as.numeric(p %*% jump)
    total <- total + w * p
  }
  total
}

# State probabilities u years after presentation, as a function of u.
course <- function(s, space) {
  cuts <- sort(unique(c(0, s$window, s$since)))
  piece <- lapply(cuts, function(from) course_generator(s, space, from))
  at_presentation <- c(pattern_share(s, space), numeric(space$m + 2))
  function(u) {
    p <- at_presentation
    for (i in which(cuts < u)) p <- uniformised(p, piece[[i]], min(c(cuts, Inf)[i + 1], u) - cuts[i])
    p
  }
}

# Density of presentation at v years since diagnosis, given free and alive now.
presentation_density <- function(s, v) {
  from <- pmax(s$bands, s$now)
  to <- pmin(c(s$bands[-1], Inf), v)
  total <- sum((s$rate + s$other_death) * pmax(to - from, 0))
  s$rate[band(s$bands, v)] * exp(-total)
}

by_renewal <- function(s, space, horizons) {
  rule <- gauss_legendre(12)
  after <- course(s, space)
  lapply(horizons, function(h) {
    end <- s$now + h
    kinks <- c(s$now, end, s$bands, end - s$window, end - s$since) # where the integrand is not smooth
    cuts <- sort(unique(kinks[kinks >= s$now & kinks <= end]))
    p <- numeric(space$size)
    for (i in seq_along(cuts)[-1]) {
      width <- cuts[i] - cuts[i - 1]
      for (g in seq_along(rule$node)) {
        v <- cuts[i - 1] + rule$node[g] * width
        p <- p + rule$weight[g] * width * presentation_density(s, v) * after(end - v)
      }
    }
    quantities(s, space, p)
  })
}

run <- function(s, horizons, step) {
  space <- state_space(length(s$sites))
  markov <- s$window == 0 && all(s$gain_shape == 1) && all(s$death_shape == 1)
  label <- function(rows) setNames(rows, horizons)
  result <- list(name = s$name)
  if (markov) {
    result$generator <- label(by_generator(s, space, horizons))
    result$product <- label(by_product(s, space, horizons, step))
  }
  if (length(s$involved) > 0) return(result)
  share <- pattern_share(s, space)
  result$renewal <- label(by_renewal(s, space, horizons))
  result$given <- as.list(setNames(as.numeric(share %*% space$presented), s$sites))
  result$several <- sum(share[rowSums(space$presented) > 1])
  result
}

input <- jsonlite::fromJSON("forecast_input.json", simplifyDataFrame = FALSE, simplifyMatrix = FALSE)
write_result("forecast", c("mstate", "survival", "Matrix", "jsonlite"),
             list(step = input$step, scenarios = lapply(input$scenarios, run, input$horizons, input$step)))
