# PAM50 by R's own cor and quantile: nearest centroid by Spearman correlation over complete pairs.
# Run in this folder: Rscript pam50.R
source("common.R")

input <- jsonlite::fromJSON("pam50_input.json")
centroids <- read.csv("../../src/organotropism/markers/data/pam50_centroids.csv")
rows <- match(input$genes, centroids$symbol)
reference <- as.matrix(centroids[rows, 3:7])
values <- input$values # genes x samples, NA where missing

robust <- function(x) {
  q <- quantile(x, c(.025, .975), na.rm = TRUE)
  ((x - q[[1]]) / (q[[2]] - q[[1]]) - .5) * 2
}
scaled <- list(
  none = values,
  median = values - apply(values, 1, median, na.rm = TRUE),
  robust = t(apply(values, 1, robust))
)
correlations <- lapply(scaled, function(v) {
  unname(t(apply(v, 2, function(x) cor(x, reference, method = "spearman", use = "complete.obs"))))
})
write_result("pam50", c("stats", "jsonlite"), list(
  subtypes = colnames(reference),
  correlations = correlations,
  calls = lapply(correlations, function(r) colnames(reference)[apply(r, 1, which.max)])
))
