# SPDX-License-Identifier: Apache-2.0
# Makes a data set out of a seed, asks it some twenty questions in R, and judges a commons' answers to them.
#   Rscript made_commons.R make SEED     writes o1.csv, o2.csv …, all.csv, questions.tsv and expected.txt in this folder
#   Rscript made_commons.R judge         compares answers.txt, line by line, with expected.txt
# A line of questions.tsv is a name, what an answer may be off by (relative; of a model's numbers in standard errors) and
# the question. A line of expected.txt and answers.txt holds the numbers of one answer, NA where there is none; of a
# model the estimates and then as many standard errors.
suppressPackageStartupMessages(library(survival))
RNGkind("Mersenne-Twister", "Inversion", "Rejection")

pick <- function(x) x[[sample.int(length(x), 1)]]

# Measurements as hospitals have them: narrow around something large, skewed, negative, years, clustered.
measurement <- function(n) {
  kind <- pick(list(
    list("counts", 0, function() sample(1:90, n, replace = TRUE)),
    list("pressures", 1, function() rnorm(n, 120, 15)),
    list("narrow, far from zero", 2, function() 1e6 + rnorm(n, 0, 20)),
    list("small", 4, function() rnorm(n, 0, 0.01)),
    list("skewed", 1, function() exp(rnorm(n, 3, 1.2))),
    list("negative", 0, function() -sample(0:5, n, replace = TRUE)),
    list("clustered", 3, function() sample(c(-2.5, 0.125, 7.75), n, replace = TRUE) + runif(n) / 1000),
    list("years", 0, function() 1990 + sample(0:30, n, replace = TRUE))
  ))
  list(kind = kind[[1]], values = round(kind[[3]](), kind[[2]]))
}

missing_in <- function(x, share) replace(x, runif(length(x)) < share, NA)

made_records <- function() {
  n <- pick(c(12, 20, 64, 100, 128, 256, 500, 512, 700, 1000, 1024, 2048, 4096, 5000, 8192, 8193, 9000))
  levels <- pick(list(c("A", "B", "C"), c("low", "mid", "very high"), c("I", "II", "III", "IV"), c("na\u00efve", "trai ted", "x'y")))
  weights <- pick(list(c(5, 3, 2, 1), c(100, 10, 1, 1), c(1, 1, 1, 1)))[seq_along(levels)]
  a <- measurement(n)
  b <- measurement(n)
  data <- data.frame(
    a = a$values,
    b = missing_in(b$values, pick(c(0, 0, 0.02, 0.2))),
    c = missing_in(sample(levels, n, replace = TRUE, prob = weights), pick(c(0, 0, 0.1))),
    d = rbinom(n, 1, pick(c(0.1, 0.3, 0.6))),
    e = missing_in(sample(pick(list(c("No", "Yes"), c("F", "M"))), n, replace = TRUE), pick(c(0, 0.05, 0.4))),
    t = pmin(60, 1 + floor(rexp(n, 1 / pick(c(8, 20))))),
    s = rbinom(n, 1, pick(c(0.4, 0.8)))
  )
  owners <- pick(c(1, 1, 2, 3))
  cuts <- if (owners == 1) integer() else sort(sample(n - 1, owners - 1))
  if (owners == 2 && runif(1) < 0.3) cuts <- 1  # an owner of a single record
  list(data = data, owner = findInterval(seq_len(n), cuts + 1) + 1, kinds = c(a$kind, b$kind))
}

with_levels <- function(data) {
  data$c <- factor(data$c, levels = sort(unique(data$c), method = "radix"))
  data$e <- factor(data$e, levels = sort(unique(data$e), method = "radix"))
  data
}

coefficients_of <- function(fit) {
  table <- coef(summary(fit))
  all <- matrix(NA_real_, length(coef(fit)), 2, dimnames = list(names(coef(fit)), NULL))
  if (inherits(fit, "coxph")) all[rownames(table), ] <- table[, c("coef", "se(coef)")]
  else all[rownames(table), ] <- table[, 1:2]
  c(all[, 1], all[, 2])
}

by_group <- function(data, group, numbers) {
  unlist(lapply(split(data, addNA(data[[group]], ifany = TRUE)), function(part) if (nrow(part) > 0) numbers(part)))
}

# Where somebody had the event: numbers at risk, events, survival.
curves_of <- function(fit) {
  table <- summary(fit)
  c(table$n.risk, table$n.event, table$surv)
}

interval_of_odds <- function(table) {
  odds <- table[1, 1] * table[2, 2] / (table[1, 2] * table[2, 1])
  c(odds, odds * exp(c(-1, 1) * qnorm(0.975) * sqrt(sum(1 / table))))
}

risks_of <- function(table) {
  test <- prop.test(rev(table[2, ]), rev(colSums(table)), correct = FALSE)
  risks <- table[2, ] / colSums(table)
  c(risks[2] - risks[1], test$conf.int, risks)
}

quoted <- function(text) paste0("'", gsub("'", "''", text), "'")
plain <- function(x) format(x, digits = 15, scientific = FALSE, trim = TRUE)

# name, tolerance, SQL, and what R says to it.
questions_about <- function(data) {
  b <- sort(data$b)
  above <- pick(b)
  between <- sort(c(pick(b), pick(b)))
  up_to <- pick(data$a)
  one <- levels(data$c)[1]
  other <- levels(data$c)[nlevels(data$c)]
  yes <- levels(data$e)[nlevels(data$e)]
  deviation <- function(x) if (length(x) > 1) sd(x) else NA
  mean_of <- function(x) if (any(!is.na(x))) mean(x, na.rm = TRUE) else NA
  is <- function(x) !is.na(x) & x
  some <- list()
  ask <- function(name, tolerance, sql, numbers) {
    said <- tryCatch(suppressWarnings(as.numeric(numbers())), error = function(e) NULL)
    some[[length(some) + 1]] <<- list(name = name, tolerance = tolerance, sql = sql, expected = said)
  }
  ask("sums", 1e-9, "count(*), count(b), sum(a), avg(a), avg(b)",
      function() c(nrow(data), length(b), sum(data$a), mean(data$a), mean(b)))
  ask("moments", 1e-7, "var_samp(a), stddev_samp(b), covar_samp(a, b), corr(a, b)",
      function() c(var(data$a), deviation(b), cov(data$a, data$b, use = "complete.obs"), cor(data$a, data$b, use = "complete.obs")))
  ask("above", 1e-9, sprintf("count(*), avg(a) FROM commons WHERE b > %s", plain(above)),
      function() { part <- data[is(data$b > above), ]; c(nrow(part), mean_of(part$a)) })
  ask("both", 1e-9, sprintf("count(*), avg(b) FROM commons WHERE a <= %s AND d = 1", plain(up_to)),
      function() { part <- data[data$a <= up_to & data$d == 1, ]; c(nrow(part), mean_of(part$b)) })
  ask("between", 1e-6, sprintf("count(*), stddev_samp(a) FROM commons WHERE b BETWEEN %s AND %s AND NOT (c = %s)",
                               plain(between[1]), plain(between[2]), quoted(one)),
      function() { part <- data[is(data$b >= between[1] & data$b <= between[2] & data$c != one), ]; c(nrow(part), deviation(part$a)) })
  ask("groups", 1e-6, "c, count(*), avg(a), stddev_samp(a) FROM commons GROUP BY c",
      function() by_group(data, "c", function(part) c(nrow(part), mean(part$a), deviation(part$a))))
  ask("either", 1e-9, sprintf("count(*) FROM commons WHERE c IN (%s, %s) OR e = %s", quoted(one), quoted(other), quoted(yes)),
      function() sum(is(data$c %in% c(one, other)) | is(data$e == yes)))
  if (anyNA(data$b) || anyNA(data$c)) {  # of complete columns the question is refused: it is never true
    ask("missing", 1e-9, "count(*) FROM commons WHERE b IS NULL OR c IS NULL", function() sum(is.na(data$b) | is.na(data$c)))
  }
  ask("odds", 1e-8, "odds_ratio(d, e), risk_difference(d, e)",
      function() { table <- table(data$d, data$e); c(interval_of_odds(table), risks_of(table)) })
  ask("slope", 1e-6, "regr_slope(b, a), regr_intercept(b, a), regr_r2(b, a), regr_count(b, a)",
      function() { fit <- lm(b ~ a, data); c(coef(fit)[2:1], summary(fit)$r.squared, nobs(fit)) })
  ask("linear", 1e-5, "linear_regression('a ~ b + c + d')", function() coefficients_of(lm(a ~ b + c + d, data)))
  ask("interaction", 1e-5, "linear_regression('a ~ b * e') FROM commons WHERE d = 0",
      function() coefficients_of(lm(a ~ b * e, data[data$d == 0, ])))
  ask("logistic", 1e-2, "logistic_regression('d ~ a + b')", function() coefficients_of(glm(d ~ a + b, binomial, data)))
  ask("factor", 1e-2, "logistic_regression('d ~ c + a')", function() coefficients_of(glm(d ~ c + a, binomial, data)))
  ask("curves", 1e-6, "kaplan_meier('Surv(t, s) ~ c')", function() curves_of(survfit(Surv(t, s) ~ c, data)))
  ask("cox", 1e-5, "cox('Surv(t, s) ~ c')", function() coefficients_of(coxph(Surv(t, s) ~ c, data)))
  if (nrow(data) <= 5000) {
    ask("trained cox", 1e-3, "cox('Surv(t, s) ~ a + b')", function() coefficients_of(coxph(Surv(t, s) ~ a + b, data)))
  }
  for (i in seq_along(some)) {
    sql <- some[[i]]$sql
    some[[i]]$sql <- paste("SELECT", if (grepl(" FROM ", sql)) sql else paste(sql, "FROM commons"))
  }
  Filter(function(one) !is.null(one$expected), some)
}

make <- function(seed) {
  set.seed(seed)
  made <- made_records()
  written <- function(data, file) write.csv(data, file, row.names = FALSE, quote = FALSE, na = "", fileEncoding = "UTF-8")
  for (owner in unique(made$owner)) written(made$data[made$owner == owner, ], sprintf("o%d.csv", owner))
  written(made$data, "all.csv")
  questions <- questions_about(with_levels(made$data))
  writeLines(sapply(questions, function(one) paste(one$name, one$tolerance, one$sql, sep = "\t")), "questions.tsv", useBytes = TRUE)
  writeLines(sapply(questions, function(one) paste(sprintf("%.17g", one$expected), collapse = " ")), "expected.txt")
  cat(sprintf("seed %s: %d persons of %d owners; a: %s, b: %s\n", seed, nrow(made$data), max(made$owner), made$kinds[1], made$kinds[2]))
}

# How far the numbers of an answer are off, in units of what they may be off by.
off_by <- function(answer, expected, tolerance, is_model) {
  if (length(answer) != length(expected)) return(Inf)
  known <- !is.na(expected)
  if (any(is.na(answer) != is.na(expected))) return(Inf)
  if (!any(known)) return(0)
  half <- length(expected) / 2
  unit <- if (is_model) rep(expected[half + seq_len(half)], 2) else abs(expected)
  # A covariance or slope that is nothing has no relative error.
  max(pmax(abs(answer - expected)[known] - if (is_model) 0 else 1e-9, 0) / pmax(abs(unit[known]), 1e-12)) / tolerance
}

judge <- function() {
  questions <- strsplit(readLines("questions.tsv", encoding = "UTF-8"), "\t")
  expected <- lapply(readLines("expected.txt"), function(line) as.numeric(strsplit(line, " ")[[1]]))
  answers <- readLines("answers.txt", encoding = "UTF-8")
  wrong <- 0
  for (i in seq_along(questions)) {
    name <- questions[[i]][1]
    refused <- grepl("^refused", answers[i])
    is_model <- grepl("_regression|cox", questions[[i]][3])
    numbers <- if (refused) NULL else suppressWarnings(as.numeric(strsplit(answers[i], " ")[[1]]))
    off <- if (refused) Inf else off_by(numbers, expected[[i]], as.numeric(questions[[i]][2]), is_model)
    if (off <= 1) next
    wrong <- wrong + 1
    cat(sprintf("  %s: %s\n    here %s\n    in R %s\n", name, questions[[i]][3], answers[i], paste(signif(expected[[i]], 9), collapse = " ")))
  }
  cat(sprintf("  %d questions, %d not as in R\n", length(questions), wrong))
  quit(status = as.integer(wrong > 0))
}

arguments <- commandArgs(trailingOnly = TRUE)
if (arguments[1] == "make") make(as.integer(arguments[2])) else judge()
