#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# data/heart-failure: files, data dictionary and reference answers belong together. The sums are recomputed in awk, which
# shares nothing with check.R; where R and its package are installed everything is made again and compared byte by byte.
# shellcheck disable=SC2016  # the dollars belong to awk
set -euo pipefail
command -v jq >/dev/null || { echo "jq is not installed"; exit 77; }

root=$PWD
data=$root/data/heart-failure
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fields=$(jq -r '[.fields[].name] | join(",")' "$data/schema.json")
for hospital in a b c; do
  [ "$(head -n 1 "$data/hospital_$hospital.csv")" = "$fields" ] || { echo "hospital_$hospital.csv and schema.json name other columns"; exit 1; }
  tail -n +2 "$data/hospital_$hospital.csv"
done >"$scratch/all.csv"
[ "$(wc -l <"$scratch/all.csv")" = 17549 ] || { echo "not 17,549 persons"; exit 1; }

# Every value lies in its declared range, required columns have no gap, and each person stands in one hospital.
jq -r '.fields[] | [.constraints.minimum // "", .constraints.maximum // "", .constraints.required] | @csv' "$data/schema.json" >"$scratch/ranges.csv"
awk -F, '
  FNR == NR {minimum[FNR] = $1; maximum[FNR] = $2; required[FNR] = $3; columns = FNR; next}
  NF != columns {print "row " FNR " has " NF " cells"; bad = 1}
  seen[$1]++ {print "person in row " FNR " stands twice"; bad = 1}
  {for (i = 2; i <= columns; ++i) {
     if ($i == "") {if (required[i] == "true") {print "row " FNR ", column " i " is required and empty"; bad = 1}}
     else if ($i + 0 < minimum[i] || $i + 0 > maximum[i]) {print "row " FNR ", column " i " is out of range"; bad = 1}}}
  $15 == 1 && ($17 != "" || $18 != "" || $19 != "") {print "row " FNR ": prior heart failure with an outcome"; bad = 1}
  END {exit bad}' "$scratch/ranges.csv" "$scratch/all.csv"

# compare NUMBER AWK-PROGRAM: the program prints its answer to question NUMBER of reference.json as JSON.
compare() {
  awk -F, -v OFMT=%.17g -v CONVFMT=%.17g "$2" "$scratch/all.csv" \
    | jq --argjson expected "$(jq -c ".queries[$1]" "$data/reference.json")" --argjson tolerance 1e-11 -f "$root/script/compare_answers.jq" \
    | jq -es 'length > 0 and all(.equal)' >/dev/null || { echo "question $1 of reference.json and awk disagree"; exit 1; }
}
compare 0 '
  function deviation(sum, squares) {return sqrt((squares - sum * sum / n) / (n - 1))}
  $4 != "" && $19 != "" {++n; a += $2; aa += $2 * $2; m += $3; b += $4; bb += $4 * $4; h += $19}
  END {print "{\"rows\":[[" n "," a / n "," deviation(a, aa) "," m / n "," b / n "," deviation(b, bb) "," h / n "]],\"n\":" n "}"}'
compare 1 '
  $4 != "" {++all; if ($19 != "") {++n; h += $19; for (i = 1; i <= 9; ++i) {
    x = $(i < 4 ? i + 1 : i + 5); s[i] += x; ss[i] += x * x; sh[i] += x * $19}}}
  END {for (i = 1; i <= 9; ++i) {
         r = (sh[i] - s[i] * h / n) / sqrt((ss[i] - s[i] * s[i] / n) * (h - h * h / n)); row = row (i > 1 ? "," : "") r}
       print "{\"rows\":[[" row "]],\"n\":" all "}"}'
compare 2 '
  $4 != "" {++all; if ($19 != "") {++n[$10]; h[$10] += $19}}
  END {print "{\"rows\":[[0," n[0] "," h[0] / n[0] "],[1," n[1] "," h[1] / n[1] "]],\"n\":" all "}"}'
compare 3 '
  $3 == 1 && $2 >= 60 {++all; if ($5 != "") {++n; s += $5; ss += $5 * $5; a += $2; as += $2 * $5}}
  END {print "{\"rows\":[[" all "," s / n "," (ss - s * s / n) / (n - 1) "," (as - a * s / n) / (n - 1) "]],\"n\":" all "}"}'

if command -v Rscript >/dev/null && Rscript -e 'quit(status = !requireNamespace("survival", quietly = TRUE))' 2>/dev/null; then
  cd "$scratch"
  Rscript "$data/make.R"
  Rscript "$data/check.R"
  for file in hospital_a.csv hospital_b.csv hospital_c.csv reference.json; do cmp "$file" "$data/$file"; done
else
  echo "R with its package survival is not installed: files not made again"
fi
