# SPDX-License-Identifier: Apache-2.0
# Writes reference.json: the demo's questions answered in plain R from the three CSV files, 17 significant digits.
# Run it in this folder: Rscript check.R. Rows keep the order of the SELECT list; groups stand in ascending order.

hospitals <- c("hospital_a", "hospital_b", "hospital_c")
cohort <- function(name) {
  rows <- read.csv(paste0(name, ".csv"), na.strings = c("", "NA"))
  data.frame(owner = name, row = seq_len(nrow(rows)), rows)
}
commons <- do.call(rbind, lapply(hospitals, cohort))
stopifnot(nrow(commons) == 17549, !anyDuplicated(commons$person), sum(commons$prior_hf) == 832)

predictors <- c("age", "male", "bmi", "htn", "diabetes", "dyslipidaemia", "ihd", "mi", "afib")
revoked <- list(owner = "hospital_a", row = 17)   # the person whose consent the demo takes back

# SQL's aggregates: rows where an argument is missing do not count.
average <- function(x) mean(x[!is.na(x)])
deviation <- function(x) sd(x[!is.na(x)])
variance <- function(x) var(x[!is.na(x)])
covariance <- function(x, y) cov(x, y, use = "complete.obs")
correlation <- function(x, y) cor(x, y, use = "complete.obs")

question <- function(sql, columns, rows, n) list(sql = sql, columns = columns, rows = rows, n = n)

profile_of_complete_cases <- function(d) {
  d <- d[!is.na(d$bmi) & !is.na(d$hf_5y), ]
  question(
    paste("SELECT count(*), avg(age), stddev_samp(age), avg(male), avg(bmi), stddev_samp(bmi), avg(hf_5y)",
          "FROM commons WHERE bmi IS NOT NULL AND hf_5y IS NOT NULL"),
    c("count(*)", "avg(age)", "stddev_samp(age)", "avg(male)", "avg(bmi)", "stddev_samp(bmi)", "avg(hf_5y)"),
    list(c(nrow(d), average(d$age), deviation(d$age), average(d$male), average(d$bmi), deviation(d$bmi),
           average(d$hf_5y))),
    nrow(d))
}

correlations_with_outcome <- function(d) {
  d <- d[!is.na(d$bmi), ]
  columns <- sprintf("corr(%s, hf_5y)", predictors)
  question(paste("SELECT", paste(columns, collapse = ", "), "FROM commons WHERE bmi IS NOT NULL"), columns,
           list(vapply(predictors, function(x) correlation(d[[x]], d$hf_5y), 0)), nrow(d))
}

risk_by <- function(d, group) {
  d <- d[!is.na(d$bmi), ]
  one_row <- function(value) {
    g <- d[d[[group]] == value, ]
    c(value, sum(!is.na(g$hf_5y)), average(g$hf_5y))
  }
  question(sprintf("SELECT %s, count(hf_5y), avg(hf_5y) FROM commons WHERE bmi IS NOT NULL GROUP BY %s", group, group),
           c(group, "count(hf_5y)", "avg(hf_5y)"), lapply(sort(unique(d[[group]])), one_row), nrow(d))
}

pressure_of_older_men <- function(d) {
  d <- d[d$male == 1 & d$age >= 60, ]
  question("SELECT count(*), avg(sbp), var_samp(sbp), covar_samp(age, sbp) FROM commons WHERE male = 1 AND age >= 60",
           c("count(*)", "avg(sbp)", "var_samp(sbp)", "covar_samp(age, sbp)"),
           list(c(nrow(d), average(d$sbp), variance(d$sbp), covariance(d$age, d$sbp))), nrow(d))
}

demo_questions <- function(d) {
  list(profile_of_complete_cases(d), correlations_with_outcome(d), risk_by(d, "diabetes"), pressure_of_older_men(d))
}

# What the model functions answer, by lm: the fields of docs/questions.md.
linear_model <- function(formula, d) {
  fit <- lm(as.formula(formula), d)
  s <- summary(fit)
  list(sql = sprintf("SELECT linear_regression('%s') FROM commons", formula), terms = names(coef(fit)),
       table = cbind(s$coefficients, confint(fit)), n = nobs(fit), n_missing = nrow(d) - nobs(fit),
       sigma = s$sigma, r_squared = s$r.squared, adj_r_squared = s$adj.r.squared)
}

demo_models <- function(d) {
  list(linear_model("sbp ~ age + male + bmi", d), linear_model("bmi ~ age * male + diabetes + htn + ihd", d))
}

json_text <- function(x) sprintf('"%s"', x)
json_numbers <- function(x) sprintf("[%s]", paste(sprintf("%.17g", x), collapse = ", "))
json_question <- function(q, indent) {
  paste0(indent, '{"sql": ', json_text(q$sql), ",\n",
         indent, ' "columns": [', paste(json_text(q$columns), collapse = ", "), "],\n",
         indent, ' "rows": [', paste(vapply(q$rows, json_numbers, ""), collapse = ", "), "],\n",
         indent, ' "n": ', q$n, "}")
}
json_questions <- function(list, indent) {
  paste0("[\n", paste(vapply(list, json_question, "", indent = paste0(indent, "  ")), collapse = ",\n"), "\n", indent, "]")
}

json_model <- function(m, indent) {
  fields <- c("estimate", "std_error", "t", "p", "ci_low", "ci_high")
  row <- function(i) {
    numbers <- paste(sprintf('"%s": %.17g', fields, m$table[i, ]), collapse = ", ")
    paste0(indent, '   {"term": ', json_text(m$terms[i]), ", ", numbers, "}")
  }
  paste0(indent, '{"sql": ', json_text(m$sql), ",\n",
         indent, sprintf(' "n": %d, "n_missing": %d, "sigma": %.17g, "r_squared": %.17g, "adj_r_squared": %.17g,\n', m$n, m$n_missing,
                         m$sigma, m$r_squared, m$adj_r_squared),
         indent, ' "coefficients": [\n', paste(vapply(seq_along(m$terms), row, ""), collapse = ",\n"), "]}")
}
json_models <- function(list, indent) {
  paste0("[\n", paste(vapply(list, json_model, "", indent = paste0(indent, "  ")), collapse = ",\n"), "\n", indent, "]")
}

without_revoked <- commons[!(commons$owner == revoked$owner & commons$row == revoked$row), ]
stopifnot(nrow(without_revoked) == nrow(commons) - 1,
          demo_questions(without_revoked)[[1]]$n == demo_questions(commons)[[1]]$n - 1)

out <- paste0(
  "{\n",
  '  "made_by": "Rscript check.R",\n',
  '  "persons": ', nrow(commons), ",\n",
  '  "queries": ', json_questions(demo_questions(commons), "  "), ",\n",
  '  "more": ', json_questions(lapply(setdiff(predictors, c("age", "bmi", "diabetes")), risk_by, d = commons), "  "), ",\n",
  '  "models": ', json_models(demo_models(commons), "  "), ",\n",
  '  "after_revocation": {\n',
  '    "owner": ', json_text(revoked$owner), ",\n",
  '    "row": ', revoked$row, ",\n",
  '    "queries": ', json_questions(demo_questions(without_revoked), "    "), "\n",
  "  }\n}\n")
file <- file("reference.json", open = "wb")
cat(out, file = file)
close(file)
cat(sprintf("reference.json: %d questions, complete cases %d\n", 4, demo_questions(commons)[[1]]$n))
