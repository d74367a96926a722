#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hostile_guarded.sh PROGRAM [HOSTILE_GUARDED]: an approved researcher of a guarded commons writes her own authorisations (R18, R19): counts
# told to herself, unjudged, unpaid, with other noise, of another question; and what is answered again after custodians were killed.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"
hostile=$(realpath -m "${2:-$(dirname "$medcommons")/hostile_guarded}")
[ -x "$hostile" ] || { echo "$hostile is not built"; exit 77; }

# 600 persons in three wards, of whom four are in the third one.
awk 'BEGIN { srand(3); print "ward,age,sick"; for (i = 0; i < 600; ++i) printf "%s,%d,%d\n", i % 2 ? "a" : "b", 30 + int(50 * rand()), rand() < 0.3
  for (i = 0; i < 4; ++i) print "c,70,1" }' >wards.csv
works "$medcommons" schema infer wards.csv -o schema.json
up=("$medcommons" local up --dir one --schema schema.json --cohort a=wards.csv --auto-approve --privacy guarded --disclosure opensafely --budget 40)
works "${up[@]}"
table="SELECT ward, count(*), avg(age) FROM commons GROUP BY ward"
mean="SELECT avg(age) FROM commons"
rare="SELECT avg(sick) FROM commons WHERE ward = 'c' OR ward = 'a'"
test="SELECT chisq_test(ward, sick) FROM commons"
jq -nr --arg table "$table" --arg mean "$mean" --arg rare "$rare" --arg test "$test" \
  '"rho = 30\nreleases = 200\nquestions = [\($table | tojson), \($mean | tojson), \($rare | tojson), \($test | tojson)]"' >study.toml
works "$medcommons" study propose --dir one --json study.toml
study=$(jq -r .study works.out)
for member in a patient-a researcher reviewer; do "$medcommons" study vote --dir one --as "$member" --study "$study" >/dev/null 2>&1 || true; done
works "$medcommons" study execute --dir one --study "$study"
mount() { works "$hostile" one "$study" "$@"; }
said() { check "$1" bash -c "[ \$(wc -l <works.out) = 1 ] && grep -Eq '$2' works.out || { cat works.out; false; }"; }

mount "$table" told
said "counts are not told to the requester" 'malformed_request: .*releases nothing to the requester'
mount "$table" cheap
said "what flooding alone would cost is computed by custodians" 'rho_too_small: .*pays rho 1 '
mount "$table" free
said "counts that another authorisation paid for are paid for again" 'counts_unknown: .*would not pay for them'
mount "$table" unjudged
said "nothing is released whose counts were not judged" 'counts_unknown: '
mount "$table" other "$mean"
said "nor by the counts of another question" 'counts_unknown: '
mount "$table" hidden
said "nor the group that is hidden" 'group_hidden: '
mount "$table" overlap
said "nor a group that the plan has not got" 'malformed_request: .*the plan has 3'
mount "$test" left_out
said "nor a row that is left out of a test" 'group_hidden: '
mount "$test" everybody
said "nor the number of everybody, from which it follows" 'group_hidden: '
mount "$table" finer
said "a count keeps the noise that it was opened with" 'second_sigma: '
mount "$table" underpaid
said "other sums are paid for" 'rho_too_small: .*pays rho 1 '
mount "$mean" twice
check "a sum keeps its noise though twice as much is paid" bash -c "head -1 works.out | grep -q answered && tail -1 works.out | grep -q 'second_sigma: '"

# Every authorisation was debited, answered or not.
works "$medcommons" study show --dir one --json --study "$study"
spent=$(jq .budget.spent.rho works.out)
check "all of it was debited" jq -e '.budget.spent.rho > 1.5' works.out
# The same question, the custodians killed in between: the same numbers to the bit, debited again, and with the noise they had.
ask() { works "$medcommons" ask --dir one --quiet --json --study "$study" --rho 0.3 "$mean"; }
ask
first=$(jq -c .rows works.out)
for i in 0 1 2; do kill -KILL "$(pid one custodian-$i)"; done
works "${up[@]}"
ask
check "killed custodians answer as before" test "$(jq -c .rows works.out)" = "$first"
works "$medcommons" study show --dir one --json --study "$study"
check "and both are debited" jq -e ".budget.spent.rho > $spent + 0.05" works.out
