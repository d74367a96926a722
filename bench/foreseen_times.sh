#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How long questions take beside what `explain` foresaw, on a clinic that is made here: bench/foreseen_times.sh [ROWS]
# (4000 records, half of them in each of two cohorts). Prints a line per question and ends with status 1 when one took
# less than half or more than twice of the time foreseen. A quiet machine, please: what is foreseen is tried out on it.
set -euo pipefail
rows=${1:-4000}
medcommons=${MEDCOMMONS:-$(cd "$(dirname "$0")/.." && pwd)/build/release/medcommons}
folder=$(mktemp -d)
cleanup() {
  "$medcommons" local down --dir "$folder/commons" > /dev/null 2>&1 || true
  rm -rf "$folder"
}
trap cleanup EXIT

for cohort in 1 2; do
  awk -v n="$((rows / 2))" -v seed="$cohort" 'BEGIN {
    srand(seed)
    print "age,sex,arm,bmi,creatinine,days,death"
    for (i = 0; i < n; i++) {
      age = int(30 + 50 * rand()); sex = rand() < 0.5 ? "f" : "m"; arm = rand() < 0.5 ? "active" : "control"
      bmi = sprintf("%.1f", 18 + 20 * rand()); creatinine = sprintf("%.2f", 0.5 + 2 * rand() * rand())
      z = 0.05 * (age - 55) + (arm == "active" ? -0.4 : 0) + 0.5 * (creatinine - 1)
      days = int(-900 * exp(-z) * log(1 - rand())) + 1
      print age "," sex "," arm "," bmi "," creatinine "," (days > 720 ? 720 : days) "," (days > 720 ? 0 : 1)
    }
  }' > "$folder/cohort$cohort.csv"
done
(cd "$folder" && "$medcommons" schema infer cohort1.csv cohort2.csv --times days:60 -o schema.json > infer.log 2>&1) ||
  { cat "$folder/infer.log"; exit 1; }
"$medcommons" local up --dir "$folder/commons" --schema "$folder/schema.json" --auto-approve \
  --cohort "north=$folder/cohort1.csv" --cohort "south=$folder/cohort2.csv" > "$folder/up.log" 2>&1 ||
  { tail -5 "$folder/up.log"; exit 1; }
# Proofs of uploads are checked once, with the first question.
"$medcommons" ask --dir "$folder/commons" --quiet "SELECT count(*) FROM commons" > /dev/null

outside=0
printf '%9s %9s %6s\n' foreseen measured ratio
while IFS= read -r question; do
  foreseen=$("$medcommons" explain --dir "$folder/commons" --json "$question" | jq .estimated_seconds)
  measured=$("$medcommons" ask --dir "$folder/commons" --quiet --json "$question" | jq '.timing_ms.total / 1000')
  ratio=$(jq -n "$measured / $foreseen")
  printf '%7.2f s %7.2f s %6.2f  %s\n' "$foreseen" "$measured" "$ratio" "$question"
  [ "$(jq -n "$ratio >= 0.5 and $ratio <= 2")" = true ] || outside=$((outside + 1))
done << 'QUESTIONS'
SELECT count(*) FROM commons WHERE sex = 'f'
SELECT avg(bmi), var_samp(bmi) FROM commons GROUP BY arm, sex
SELECT ttest(bmi, arm) FROM commons
SELECT avg(bmi), stddev_samp(bmi) FROM commons WHERE age >= 40 AND creatinine < 1.5 AND death = 1 GROUP BY arm, sex
SELECT median(age) FROM commons
SELECT count(*) FROM commons WHERE bmi > 27.3
SELECT linear_regression('bmi ~ age * sex + creatinine + arm') FROM commons
SELECT logistic_regression('death ~ age + sex + arm + bmi + creatinine') FROM commons
SELECT logistic_regression('death ~ age * arm', maxit => 12) FROM commons WHERE sex = 'm'
SELECT kaplan_meier('Surv(days, death) ~ arm') FROM commons
SELECT cox('Surv(days, death) ~ arm * sex') FROM commons
SELECT cox('Surv(days, death) ~ age + creatinine', ties => 'breslow') FROM commons
SELECT cox('Surv(days, death) ~ age + creatinine') FROM commons
QUESTIONS
[ "$outside" = 0 ] || { echo "$outside questions took less than half or more than twice of the time foreseen"; exit 1; }
