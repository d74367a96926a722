# SPDX-License-Identifier: Apache-2.0
# Writes predict.json: how well risk predictors do in clinic.csv, by base R. Run it in this folder after make.R: Rscript predict.R.
# The area under the ROC curve is Wilcoxon's statistic of the binned risks, its interval DeLong's.

clinic <- read.csv("clinic.csv", na.strings = "")
number <- function(x) if (is.na(x)) "null" else sprintf("%.17g", x)
text <- function(x) paste0("\"", x, "\"")

delong <- function(bin, y) {
  cases <- bin[y == 1]
  controls <- bin[y == 0]
  psi <- outer(cases, controls, function(a, b) (a > b) + (a == b) / 2)
  area <- mean(psi)
  variance <- var(rowMeans(psi)) / length(cases) + var(colMeans(psi)) / length(controls)
  wilcoxon <- suppressWarnings(wilcox.test(cases, controls)$statistic) / (length(cases) * length(controls))
  stopifnot(abs(area - wilcoxon) < 1e-12)
  c(area, max(0, area - qnorm(0.975) * sqrt(variance)), min(1, area + qnorm(0.975) * sqrt(variance)))
}

described <- function(name, equation, score, cuts, rounding = 0) {
  known <- !is.na(score) & !is.na(clinic$death)
  y <- clinic$death[known]
  z <- score[known]
  bin <- cut(plogis(z), c(0, cuts, 1), right = FALSE, include.lowest = TRUE)
  # Rounding coefficients moves nobody into another bin.
  stopifnot(min(abs(outer(z, qlogis(cuts), "-"))) > rounding + 1e-9)
  rows <- vapply(levels(bin), function(level) {
    inside <- bin == level
    interval <- if (any(inside)) suppressWarnings(prop.test(sum(y[inside]), sum(inside), correct = FALSE)$conf.int) else c(NA, NA)
    paste0("{\"n\": ", sum(inside), ", \"events\": ", sum(y[inside]), ", \"ci_low\": ", number(interval[1]), ", \"ci_high\": ",
           number(interval[2]), ", \"mean_score\": ", number(if (any(inside)) mean(z[inside]) else NA), "}")
  }, "")
  paste0("{\"name\": ", text(name), ", \"equation\": ", text(equation), ", \"cuts\": [", paste(cuts, collapse = ", "),
         "], \"n_missing\": ", sum(!known), ", \"mean_score\": ", number(mean(z)), ",\n   \"auc\": [",
         paste(vapply(delong(as.integer(bin), y), number, ""), collapse = ", "), "],\n   \"bins\": [",
         paste(rows, collapse = ",\n            "), "]}")
}

written <- function(fit) {
  terms <- paste0(ifelse(coef(fit)[-1] < 0, " - ", " + "), vapply(abs(coef(fit)[-1]), number, ""), " * ", names(coef(fit))[-1])
  paste0(number(coef(fit)[1]), paste(terms, collapse = ""))
}

points <- with(clinic, -3 + 0.03 * age + 0.4 * (sex == "M") - 0.01 * age * (sex == "M"))
bodies <- with(clinic, 1.2 - 0.1 * bmi + 0.25 * nyha + 0.5 * (smoker == "former") + 0.8 * (smoker == "current"))
fit <- glm(death ~ age * sex + nyha, family = binomial, data = clinic)
# A model that foretells something: this cohort's deaths are made up without any reason.
telling <- with(clinic, -4.3 + 0.5 * death + 0.025 * sbp)
models <- c(
  described("points", "-3 + 0.03 * age + 0.4 * sexM - 0.01 * age:sexM", points, c(0.05, 0.1, 0.2, 0.3, 0.4)),
  described("bodies", "1.2 - 0.1 * bmi + 0.25 * nyha + 0.5 * smokerformer + 0.8 * smokercurrent", bodies, c(0.2, 0.3, 0.45)),
  described("fitted", written(fit), predict(fit, clinic), c(0.2, 0.25, 0.3, 0.35), 2^-11),
  described("telling", "-4.3 + 0.5 * death + 0.025 * sbp", telling, c(0.2, 0.25, 0.3, 0.35, 0.4, 0.55))
)
cat("{\"models\": [\n  ", paste(models, collapse = ",\n  "), "\n]}\n", sep = "", file = "predict.json")
