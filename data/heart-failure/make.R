# SPDX-License-Identifier: Apache-2.0
# Makes hospital_a.csv, hospital_b.csv and hospital_c.csv from the data sets nafld1, nafld2 and nafld3 of R's package
# survival (Debian: r-cran-survival). Run it in this folder: Rscript make.R. README.md says what every column means.
suppressPackageStartupMessages(library(survival))

five_years <- 1826            # days: 5 * 365.25, rounded down
sbp_range <- c(50, 300)       # mm[Hg]; a reading outside is a recording error (0, 14, 1342, 13682 occur) and is not used

person <- nafld1[order(nafld1$id), ]
stopifnot(nrow(person) == 17549, !anyDuplicated(person$id), !anyNA(person[c("age", "male", "futime")]))

# 1 for everyone who has `event` on a day up to and including the index date (day 0).
before_index <- function(event) {
  stopifnot(event %in% levels(nafld3$event))
  as.integer(person$id %in% nafld3$id[nafld3$event == event & nafld3$days <= 0])
}

# The last usable reading of `test` at or before the index date, however long ago; NA when there is none.
last_reading <- function(test, usable = function(value) !is.na(value)) {
  rows <- nafld2[nafld2$test == test & nafld2$days <= 0 & usable(nafld2$value), ]
  stopifnot(nrow(rows) > 0)
  last_day <- tapply(rows$days, rows$id, max)
  rows <- rows[rows$days == last_day[as.character(rows$id)], ]
  # Several rows on one day repeat one value in this package; a choice between them would need a rule.
  stopifnot(tapply(rows$value, rows$id, function(value) length(unique(value))) == 1)
  rows$value[match(person$id, rows$id)]
}

# In survival 3.5-3 the rows named "chol" repeat the rows named "hdl", value for value (median 48 mg/dL: they are HDL).
# Total cholesterol is therefore not in the package, and a copied HDL must not be published under its name.
on_one_day <- merge(nafld2[nafld2$test == "chol", ], nafld2[nafld2$test == "hdl", ], by = c("id", "days"))
chol_is_hdl <- mean(on_one_day$value.x == on_one_day$value.y) > 0.99
chol <- if (chol_is_hdl) rep(NA_real_, nrow(person)) else last_reading("chol")

heart_failure <- nafld3[nafld3$event == "heart failure", ]
prior <- before_index("heart failure") == 1
later <- heart_failure[heart_failure$days > 0, ]
first_later <- tapply(later$days, later$id, min)[as.character(person$id)]
had_event <- !is.na(first_later)
stopifnot(first_later[had_event] <= person$futime[had_event])
hf_time <- ifelse(had_event, first_later, person$futime)
hf_5y <- ifelse(had_event & hf_time <= five_years, 1L, ifelse(hf_time >= five_years, 0L, NA_integer_))

table_out <- data.frame(
  person = person$id,
  age = person$age,
  male = person$male,
  bmi = person$bmi,
  sbp = last_reading("sbp", function(value) !is.na(value) & value >= sbp_range[1] & value <= sbp_range[2]),
  chol = chol,
  hdl = last_reading("hdl"),
  smoking = last_reading("smoke"),
  htn = before_index("htn"),
  diabetes = before_index("diabetes"),
  dyslipidaemia = before_index("dyslipidemia"),
  ihd = before_index("ang/isc"),
  mi = before_index("MI"),
  afib = before_index("afib"),
  prior_hf = as.integer(prior),
  futime = person$futime,
  hf_event = ifelse(prior, NA_integer_, as.integer(had_event)),
  hf_time = ifelse(prior, NA_real_, hf_time),
  hf_5y = ifelse(prior, NA_integer_, hf_5y)
)
stopifnot(sum(table_out$prior_hf) == 832)

# The shortest of 15 or 17 significant digits that reads back to the same number.
number_text <- function(value) {
  known <- value[!is.na(value)]
  short <- sprintf("%.15g", known)
  text <- character(length(value))
  text[!is.na(value)] <- ifelse(as.numeric(short) == known, short, sprintf("%.17g", known))
  text
}

# The registry knows no hospitals: whom a row belongs to is the rest of its identifier after division by three.
hospital <- c("hospital_c", "hospital_a", "hospital_b")[person$id %% 3 + 1]
for (name in sort(unique(hospital))) {
  rows <- table_out[hospital == name, ]
  lines <- do.call(paste, c(lapply(rows, number_text), sep = ","))
  file <- file(paste0(name, ".csv"), open = "wb")   # binary: the same line ends on every system
  writeLines(c(paste(names(rows), collapse = ","), lines), file, sep = "\n")
  close(file)
  cat(sprintf("%s.csv: %d persons\n", name, nrow(rows)))
}
