#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains a logistic regression on a cohort that is made here, and prints times and the memory that every process had at
# most: bench/large_training.sh [ROWS [COLUMNS]] (1000000, 32). FOLDER, default a new one, holds records and commons and
# needs some 20 GB on a disk for a million rows; KEEP=1 leaves it.
set -euo pipefail
rows=${1:-1000000}
columns=${2:-32}
folder=${FOLDER:-$(mktemp -d /var/tmp/large-training.XXXXXX)}
medcommons=${MEDCOMMONS:-$(cd "$(dirname "$0")/.." && pwd)/build/release/medcommons}
mkdir -p "$folder"

cleanup() {
  "$medcommons" local down --dir "$folder/commons" > /dev/null 2>&1 || true
  [ -n "${KEEP:-}" ] || rm -rf "$folder"
}
trap cleanup EXIT

# Every fourth column is 0/1, the others are measurements with two decimals; each correlates with the one before.
if [ ! -s "$folder/records.csv" ]; then
  awk -v n="$rows" -v p="$columns" 'BEGIN {
    srand(1)
    printf "y"; for (j = 1; j <= p; j++) printf ",x%d", j; print ""
    for (i = 0; i < n; i++) {
      z = -1; line = ""; before = 0
      for (j = 1; j <= p; j++) {
        if (j % 4 == 0) x = rand() < 0.3 ? 1 : 0
        else x = sprintf("%.2f", 0.4 * before + 3 * (rand() + rand() + rand() - 1.5)) + 0
        before = j % 4 == 0 ? 0 : x
        z += (j % 3 - 1) * 0.2 * x
        line = line "," x
      }
      print (rand() < 1 / (1 + exp(-z)) ? 1 : 0) line
    }
  }' > "$folder/records.csv"
fi
fields='{"name":"y","type":"integer","constraints":{"required":true,"minimum":0,"maximum":1},"categories":["0","1"]}'
terms=""
for ((j = 1; j <= columns; j++)); do
  terms="$terms${terms:+ + }x$j"
  if ((j % 4 == 0)); then
    fields="$fields,{\"name\":\"x$j\",\"type\":\"integer\",\"constraints\":{\"required\":true,\"minimum\":0,\"maximum\":1},\"categories\":[\"0\",\"1\"]}"
  else
    fields="$fields,{\"name\":\"x$j\",\"type\":\"number\",\"constraints\":{\"required\":true,\"minimum\":-8,\"maximum\":8}}"
  fi
done
echo "{\"name\":\"commons\",\"fields\":[$fields]}" > "$folder/schema.json"

begin=$SECONDS
"$medcommons" local up --dir "$folder/commons" --schema "$folder/schema.json" --cohort "all=$folder/records.csv" --auto-approve > "$folder/up.log" 2>&1 ||
  { tail -5 "$folder/up.log"; exit 1; }
echo "$rows x $columns: sealed, uploaded and on chain after $((SECONDS - begin)) s"
begin=$SECONDS
"$medcommons" ask --dir "$folder/commons" --quiet --json "SELECT count(*) FROM commons" > "$folder/count.json"
echo "first question, in which every custodian checks every proof of the upload: $((SECONDS - begin)) s"
question=${QUESTION:-"SELECT logistic_regression('y ~ $terms') FROM commons"}
"$medcommons" ask --dir "$folder/commons" --quiet --json "$question" > "$folder/model.json"
jq -c '.timing_ms' "$folder/model.json"
jq -c '.rows[0][0] | {n, events, iterations, converged, deviance, first: .coefficients[0:3]}' "$folder/model.json"
"$medcommons" local status --dir "$folder/commons" --json | jq -r '.[] | select(.pid != null) | "\(.name) \(.pid)"' | while read -r name pid; do
  awk -v name="$name" '/VmHWM/ { printf "%s %d\n", name, $2 / 1024 }' "/proc/$pid/status"
done | awk '{ printf "%s: at most %d MiB\n", $1, $2; all += $2 } END { printf "all together: at most %d MiB\n", all }'
