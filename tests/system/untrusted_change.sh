#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to jq
# untrusted_change.sh PROGRAM: a commons whose owners are not trusted with its key gets another committee. It answers questions of three and four
# factors about what the old one opened, opens nothing of that again, and believes what t of the old custodians signed and nothing else (docs/design/0053).
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

clinic=$repository/query/testing/models
sed -n '1,41p' "$clinic/clinic.csv" >a.csv
sed -n '1p;42,81p' "$clinic/clinic.csv" >b.csv
up=("$medcommons" local up --dir one --schema "$clinic/schema.json" --cohort a=a.csv --cohort b=b.csv --dataset clinic --privacy exact --auto-approve
  --owners untrusted --committee-timelock 2)
works "${up[@]}"
ask=("$medcommons" ask --dir one --quiet --json)
three="SELECT avg(age), count(*) FROM clinic WHERE sex = 'F' AND death = 1"
truth=$(awk -F, 'NR > 1 && $2 == "F" && $6 == 1 { ++n; sum += $1 } END { printf "%.9f", sum / n }' a.csv <(sed 1d b.csv))
# answers SENTENCE: the question of three factors, from all custodians.
answers() {
  works "${ask[@]}" "$three"
  check "$1" jq -e --argjson truth "$truth" '(.rows[0][0] - $truth | fabs) < 1e-6 and .argument == "S" and .assurance == "verified"' works.out
}
answers "three factors"

# What custodians found stands in the store, signed by each of them, by the hash of the manifest: 32 bytes of each record of their own files.
file=one/custodian-0/uploads.opened
manifest() { od -An -v -tx1 -j"$1" -N32 "$file" | tr -d ' \n'; }
first=$(manifest 40)
second=$(manifest 144)
equal "two uploads were opened" "$(stat -c %s "$file")" 208
verdicts=$(url one store)/v1/verdicts
for _ in $(seq 300); do
  curl -sS -o said "$verdicts/$second"
  [ "$(stat -c %s said)" -lt 514 ] || break
  sleep 0.2
done
equal "three custodians have said what they found in the second" "$(stat -c %s said)" 514
curl -sS -o said "$verdicts/$first"
equal "and in the first" "$(stat -c %s said)" 514

# Attack: what one custodian said, about another upload, the other way round, and under another signature.
put() { curl -sS -o put.out -w '%{http_code}' -X PUT --data-binary @"$2" "$verdicts/$1"; }
dd if=said of=verdict bs=1 skip=8 count=166 status=none
equal "what is there is there once" "$(put "$first" verdict)" 204
equal "another upload" "$(put "$second" verdict)" 403
for offset in 0 40 64 68 69 101 120; do
  cp verdict changed
  flip changed "$offset" 0
  equal "byte $offset is covered" "$(put "$first" changed | cut -c1)" 4
done
curl -sS -o again "$verdicts/$first"
check "nothing of it is kept" cmp said again

if timeout 240 "$medcommons" local change-committee --dir one --custodians 3 --threshold 2 >change.out 2>change.err; then passed; else failed "change-committee: $(tail -n 5 change.err)"; fi
answers "the new committee answers three factors"
works "${ask[@]}" "SELECT var_pop(age) FROM clinic WHERE sex = 'F' AND death = 1"
check "and four" jq -e '.argument == "S"' works.out
for custodian in 0 1 2; do
  curl -sS "$(url one "custodian-2-$custodian")/v1/health" >health.json
  check "custodian $custodian knows all columns" jq -e '.openings | .columns > 0 and .opened == .columns and .refused == ""' health.json
done
works "$medcommons" local down --dir one
works "$medcommons" custodian journal --folder one/custodian-2-0
equal "and has opened none" "$(grep -c ' columns ' works.out || true)" 0
works "${up[@]}"
answers "after a restart"

# One of two custodians who make a switching key alone can make of what is carried what it likes: nothing is inherited.
if timeout 240 "$medcommons" local change-committee --dir one --custodians 3 --threshold 2 --without 0 >change.out 2>change.err; then passed; else failed "second change-committee: $(tail -n 5 change.err)"; fi
refused 'came through a move from the committee of key epoch 2 that so few took part in' "${ask[@]}" "SELECT avg(age) FROM clinic"
refused 'came through a move from the committee of key epoch 2 that so few took part in' "${ask[@]}" "$three"
