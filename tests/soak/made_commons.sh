#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# made_commons.sh PROGRAM [FIRST [LAST]]: made data sets, by seeds FIRST to LAST (1 to 10), each from CSV files of one to three owners through
# a founded commons to answers, beside R's. Half a minute to three a seed. Needs R with its package survival.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/../system/commons.sh" "$@"
first=${2:-1}
last=${3:-$((first + 9))}
made=$repository/tests/soak/made_commons.R
if ! Rscript -e 'quit(status = !requireNamespace("survival", quietly = TRUE))' 2>/dev/null; then
  echo "Rscript with the package survival is not installed (Debian: r-base-core r-cran-survival)"
  exit 77
fi

# The numbers of an answer in a line; of groups their names are left out.
# shellcheck disable=SC2016  # the dollars belong to jq
numbers='
  def model: [.coefficients[].estimate] + [.coefficients[].std_error];
  def curves: [.strata[] | [.n_risk, .n_event, .survival] | transpose[] | select(.[1] > 0)] | transpose | add;
  .columns as $columns
  | [.rows[] | to_entries[] | select($columns[.key] != "c") | .value
     | if type == "object" then (if has("coefficients") then model elif has("strata") then curves else [.[]] end)[]
       elif type == "string" then empty else . end]
  | map(if . == null then "NA" else tostring end) | join(" ")'

ask_all() {
  local sql
  while IFS=$'\t' read -r _ _ sql; do
    if timeout 600 "$medcommons" ask --dir one --quiet --json "$sql" >answer.json 2>answer.err; then
      jq -r "$numbers" answer.json
    else
      echo "refused: $(tail -n 1 answer.err)"
    fi
  done <questions.tsv
}

for ((seed = first; seed <= last; ++seed)); do
  mkdir -p "$scratch/$seed"
  cd "$scratch/$seed"
  Rscript "$made" make "$seed"
  cohorts=()
  for file in o*.csv; do cohorts+=(--cohort "${file%.csv}=$file"); done
  works "$medcommons" schema infer o*.csv --times t:observed -o schema.json
  works "$medcommons" local up --dir one --schema schema.json "${cohorts[@]}" --privacy exact --auto-approve
  ask_all >answers.txt
  if Rscript "$made" judge; then passed; else failed "seed $seed"; fi
  "$medcommons" local down --dir one >/dev/null 2>&1
  cd "$scratch"
  rm -rf "${scratch:?}/$seed"
done
