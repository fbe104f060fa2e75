# What every oracle script shares: its own name, and results written with what made them.

# Rscript passes the file it runs as --file=.
script_name <- function() sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[1])

# Provenance first, so that a reader sees it before the numbers.
write_result <- function(name, packages, result) {
  input <- paste0(name, "_input.json")
  made_with <- list(
    script = basename(script_name()),
    R = as.character(getRversion()),
    packages = sapply(packages, function(p) as.character(packageVersion(p)), simplify = FALSE),
    input = input,
    input_md5 = unname(tools::md5sum(input))
  )
  text <- jsonlite::toJSON(c(list(made_with = made_with), result), auto_unbox = TRUE, digits = NA, matrix = "rowmajor")
  writeLines(text, paste0(name, ".json"))
}
