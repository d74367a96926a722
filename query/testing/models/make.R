# SPDX-License-Identifier: Apache-2.0
# Writes clinic.csv, a made-up cohort with every kind of column, linear.json, linear models of it by R's lm and
# MASS::lm.ridge, and logistic.json, by R's glm, with 17 significant digits. Run it in this folder: Rscript make.R. schema.json is written by hand.

suppressPackageStartupMessages(library(MASS))
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20)
n <- 240
levels_of_smoker <- c("never", "former", "current", "pipe")  # nobody smokes a pipe
clinic <- data.frame(
  age = sample(20:90, n, replace = TRUE),
  sex = factor(sample(c("F", "M"), n, replace = TRUE), levels = c("F", "M")),
  smoker = factor(sample(levels_of_smoker[1:3], n, replace = TRUE), levels = levels_of_smoker),
  nyha = sample(1:4, n, replace = TRUE),
  bmi = round(rnorm(n, 27, 4), 1),
  death = rbinom(n, 1, 0.3),
  weight = round(runif(n, 0.2, 3), 2),
  year = sample(1925:2005, n, replace = TRUE),
  constant = 7
)
clinic$female <- as.integer(clinic$sex == "F")
clinic$sbp <- round(90 + 0.5 * clinic$age + 0.6 * clinic$bmi + 4 * (clinic$sex == "M") + 3 * (clinic$smoker == "current") *
  clinic$age / 40 + rnorm(n, 0, 9))
clinic$bmi[sample(n, 30)] <- NA
clinic$smoker[sample(n, 25)] <- NA
clinic$sbp[sample(n, 12)] <- NA
write.csv(clinic, "clinic.csv", row.names = FALSE, quote = FALSE, na = "")

number <- function(x) if (is.na(x)) "null" else sprintf("%.17g", x)
text <- function(x) paste0("\"", gsub("\"", "\\\\\"", x), "\"")
object <- function(...) {
  parts <- list(...)
  paste0("{", paste0(text(names(parts)), ": ", unlist(parts), collapse = ", "), "}")
}

coefficient <- function(fit, name) {
  row <- if (name %in% rownames(coef(summary(fit)))) coef(summary(fit))[name, ] else rep(NA, 4)
  interval <- suppressMessages(confint(fit))[name, ]
  object(term = text(name), estimate = number(row[1]), std_error = number(row[2]), t = number(row[3]),
         p = number(row[4]), ci_low = number(interval[1]), ci_high = number(interval[2]))
}

# R^2 and F are of what the terms explain besides the offset, as newer versions of R have it.
without_offset <- function(fit) {
  if (!is.null(fit$offset)) fit$fitted.values <- fit$fitted.values - fit$offset
  summary(fit)
}

model <- function(sql, fit, matching) {
  s <- without_offset(fit)
  f <- if (is.null(s$fstatistic)) "null" else
    object(value = number(s$fstatistic[1]), df1 = number(s$fstatistic[2]), df2 = number(s$fstatistic[3]),
           p = number(pf(s$fstatistic[1], s$fstatistic[2], s$fstatistic[3], lower.tail = FALSE)))
  coefficients <- vapply(names(coef(fit)), function(name) coefficient(fit, name), "")
  object(item = text(sql), n = length(residuals(fit)), n_missing = matching - length(residuals(fit)),
         rank = fit$rank, df_residual = fit$df.residual, sigma = number(s$sigma), r_squared = number(s$r.squared),
         adj_r_squared = number(s$adj.r.squared), f = f,
         coefficients = paste0("[", paste(coefficients, collapse = ",\n      "), "]"))
}

plain <- function(formula, where = "", rows = rep(TRUE, n)) {
  fit <- lm(as.formula(formula), clinic[which(rows), ])
  sql <- paste0("SELECT linear_regression('", formula, "') FROM clinic", where)
  model(sql, fit, sum(rows, na.rm = TRUE))
}

weighted <- function(formula) {
  fit <- lm(as.formula(formula), clinic, weights = weight)
  model(paste0("SELECT linear_regression('", formula, "', weights => weight) FROM clinic"), fit, n)
}

# A missing value becomes the middle of the declared range, a missing level the reference.
with_indicators <- function(formula, columns, middle) {
  filled <- clinic
  for (column in columns) {
    gap <- is.na(clinic[[column]])
    filled[[paste0("missing(", column, ")")]] <- as.integer(gap)
    filled[[column]][gap] <- if (is.factor(filled[[column]])) levels(filled[[column]])[1] else middle[[column]]
  }
  extended <- paste(formula, paste0("`missing(", columns, ")`", collapse = " + "), sep = " + ")
  fit <- lm(as.formula(extended), filled)
  gsub("`", "", model(paste0("SELECT linear_regression('", formula, "', missing => 'indicator') FROM clinic"), fit, n))
}

ridge <- function(formula, lambda) {
  b <- coef(lm.ridge(as.formula(formula), clinic, lambda = lambda))
  names(b)[1] <- "(Intercept)"
  coefficients <- vapply(names(b), function(name) object(term = text(name), estimate = number(b[name])), "")
  complete <- nrow(model.frame(as.formula(formula), clinic))
  object(item = text(sprintf("SELECT linear_regression('%s', ridge => %g) FROM clinic", formula, lambda)),
         n = complete, n_missing = n - complete,
         coefficients = paste0("[", paste(coefficients, collapse = ",\n      "), "]"))
}

models <- c(
  plain("bmi ~ age + sex"),
  plain("age ~ 1"),
  plain("year ~ age * sex + smoker"),
  plain("age ~ sex * smoker"),
  plain("sbp ~ smoker:age - 1"),
  plain("sbp ~ sex + smoker - 1"),
  plain("year ~ factor(nyha) + I(age^2) + age"),
  plain("year ~ age:bmi"),
  plain("year ~ age:nyha"),
  plain("age ~ nyha:sex:death"),
  plain("sbp ~ age - 1"),
  plain("death ~ age + nyha"),
  plain("sbp ~ year"),
  plain("age ~ year + I(year^2)"),
  plain("sbp ~ sex + female + age"),
  plain("sbp ~ constant + age"),
  plain("sbp ~ age + offset(bmi)"),
  plain("age ~ sex + nyha", " WHERE death AND smoker = 'never'", clinic$death == 1 & clinic$smoker == "never"),
  plain("sbp ~ smoker + age", " WHERE smoker IN ('former', 'current')", clinic$smoker %in% c("former", "current")),
  plain("age ~ death + factor(nyha) + factor(death)"),
  weighted("sbp ~ age + sex"),
  weighted("age ~ nyha + offset(year)"),
  with_indicators("sbp ~ age + bmi", "bmi", list(bmi = 35)),
  with_indicators("age ~ bmi + smoker", c("bmi", "smoker"), list(bmi = 35)),
  ridge("sbp ~ age + sex", 5),
  ridge("age ~ nyha + year + bmi", 40),
  # Complete cases of many columns: more factors than two products in sequence take.
  plain("sbp ~ age + bmi + smoker"),
  plain("sbp ~ age + bmi + smoker + nyha", " WHERE death = 0 AND sex = 'F'", clinic$death == 0 & clinic$sex == "F"),
  plain("year ~ bmi * nyha + smoker"),
  plain("sbp ~ age + I(bmi > 30)"),
  plain("sbp ~ age * I(age >= 47.5) + I(bmi > 25 & bmi <= 30.05)"),
  plain("age ~ I(smoker == \"never\") + I(nyha >= 3) - 1")
)
writeLines(paste0("{\"made_by\": \"Rscript make.R\", \"models\": [\n", paste0("    ", models, collapse = ",\n"), "\n]}"), "linear.json")

# logistic.json: by glm(family = binomial), with Wald intervals of the odds ratio.
logistic <- function(sql, fit, matching) {
  s <- coef(summary(fit))
  rows <- vapply(rownames(s), function(name) {
    limits <- exp(s[name, 1] + qnorm(c(0.025, 0.975)) * s[name, 2])
    object(term = text(name), estimate = number(s[name, 1]), std_error = number(s[name, 2]), z = number(s[name, 3]),
           p = number(s[name, 4]), odds_ratio = number(exp(s[name, 1])), ci_low = number(limits[1]),
           ci_high = number(limits[2]))
  }, "")
  object(item = text(sql), n = length(residuals(fit)), n_missing = matching - length(residuals(fit)),
         deviance = number(deviance(fit)), null_deviance = number(fit$null.deviance),
         coefficients = paste0("[", paste(rows, collapse = ",\n      "), "]"))
}
by_glm <- function(formula, data = clinic, where = "", ...) {
  fit <- suppressWarnings(glm(as.formula(formula), data = data, family = binomial, control = list(epsilon = 1e-12), ...))
  logistic(paste0("SELECT logistic_regression('", formula, "') FROM clinic", where), fit, nrow(data))
}
clinic$smoker <- droplevels(clinic$smoker)
older <- clinic[clinic$sex == "F", ]
either <- clinic[which(clinic$smoker == "current" | clinic$sex == "M" & clinic$nyha %in% 3:4), ]
weighted <- suppressWarnings(glm(death ~ age + sex, data = clinic, family = binomial, weights = weight,
                                 control = list(epsilon = 1e-12)))
# Half the penalty on the squares of the slopes: Newton's method on the penalised likelihood; standard errors from the inverse
# of the penalised information (rms::lrm), effective degrees of freedom its trace with the information.
penalised <- function(formula, lambda) {
  frame <- model.frame(as.formula(formula), clinic)
  x <- model.matrix(as.formula(formula), frame)
  y <- model.response(frame)
  penalty <- diag(c(0, rep(lambda, ncol(x) - 1)))
  beta <- rep(0, ncol(x))
  for (i in 1:50) {
    p <- plogis(drop(x %*% beta))
    information <- crossprod(x, x * (p * (1 - p)))
    beta <- beta + drop(solve(information + penalty, crossprod(x, y - p) - penalty %*% beta))
  }
  p <- plogis(drop(x %*% beta))
  information <- crossprod(x, x * (p * (1 - p)))
  covariance <- solve(information + penalty)
  se <- sqrt(diag(covariance))
  rows <- vapply(seq_along(beta), function(j) {
    limits <- exp(beta[j] + qnorm(c(0.025, 0.975)) * se[j])
    object(term = text(colnames(x)[j]), estimate = number(beta[j]), std_error = number(se[j]), z = number(beta[j] / se[j]),
           p = number(2 * pnorm(-abs(beta[j] / se[j]))), odds_ratio = number(exp(beta[j])), ci_low = number(limits[1]),
           ci_high = number(limits[2]))
  }, "")
  null <- mean(y)
  object(item = text(paste0("SELECT logistic_regression('", formula, "', ridge => ", lambda, ") FROM clinic")), n = length(y),
         n_missing = nrow(clinic) - length(y), deviance = number(-2 * sum(log(ifelse(y == 1, p, 1 - p)))),
         null_deviance = number(-2 * sum(log(ifelse(y == 1, null, 1 - null)))),
         df = number(sum(diag(covariance %*% information))),
         coefficients = paste0("[", paste(rows, collapse = ",\n      "), "]"))
}
models <- c(by_glm("death ~ age + sex"),
            by_glm("death ~ age * sex + bmi"),
            by_glm("death ~ age:sex"),
            by_glm("death ~ age + bmi + sbp", older, " WHERE sex = 'F'"),
            by_glm("death ~ factor(nyha) + age"),
            logistic("SELECT logistic_regression('death ~ age + sex', weights => weight) FROM clinic", weighted, nrow(clinic)),
            penalised("death ~ age + sex + bmi", 20),
            by_glm("death ~ age + sbp", either, " WHERE smoker = 'current' OR sex = 'M' AND nyha IN (3, 4)"),
            by_glm("death ~ age + I(bmi > 30)"),
            by_glm("death ~ I(age >= 60) * sex"))
writeLines(paste0("{\"made_by\": \"Rscript make.R\", \"models\": [\n    ", paste(models, collapse = ",\n    "), "\n]}"),
           "logistic.json")
