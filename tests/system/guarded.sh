#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# guarded.sh PROGRAM: a commons of private records (R18, R19): counts are judged before anything is shown, answers carry noise that is paid
# for, the budget ends, and consent that changed by one person closes the door until more have changed.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

records a.json 5 260 1
records b.json 6 240 1001
jq -s add a.json b.json >all.json
for name in a b; do cohort $name.json '["id","age","sex","ward","diabetes"]' >$name.csv; done
works "$medcommons" schema infer a.csv b.csv -o schema.json
up=("$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --id id --auto-approve)
refused 'exact or guarded' "${up[@]}" --privacy private
refused 'datashield, ohdsi, opensafely, uk_llc' "${up[@]}" --privacy guarded --disclosure lenient
refused 'belong to --privacy guarded' "${up[@]}" --budget 3
refused '--budget is a rho' "${up[@]}" --privacy guarded --budget -1
guarded=("${up[@]}" --privacy guarded --disclosure opensafely --budget 4)
works "${guarded[@]}"
check "it says so" grep -q 'guarded: the rules of opensafely' works.err
refused 'guarded by the rules of opensafely' "${up[@]}" --privacy exact
ask() { works "$medcommons" ask --dir one --quiet --json "$@"; }

# An answer: near the truth, with its noise and its price.
ask --rho 0.2 'SELECT count(*), avg(age) FROM commons'
sd=$(jq .guarded.count_noise_sd works.out)
check "the count is near the truth" jq -e "(.rows[0][0] - 500) | fabs < 7 * $sd + 5" works.out
check "and a multiple of five" jq -e '.rows[0][0] % 5 == 0 and .n % 5 == 0' works.out
mean=$(jq '[.[].age] | add / length' all.json)
check "so is the mean" jq -e "(.rows[0][1] - $mean) | fabs < 10" works.out
check "what it cost is said" jq -e '.privacy == "guarded" and .guarded.rho > 0 and .guarded.rho <= 0.2 and .guarded.epsilon > .guarded.rho' works.out
check "and debited" jq -e '(.guarded.rho + .guarded.rho_left - 1) | fabs < 1e-6' works.out
check "the rules are said" jq -e '.guarded.rules == {cohort_min: 8, cell_min: 8, round_to: 5, difference_min: 8}' works.out
study=$(jq -r .study works.out)
works "$medcommons" study show --dir one --json --study "$study"
check "everybody sees the budget" jq -e '.budget.spent.rho > 0 and (.budget.spent.rho + .budget.left.rho - .budget.total.rho | fabs) < 1e-6' works.out

# Asked again: the same noise, another debit (R5, R19).
sql="SELECT count(*) FROM commons WHERE sex = 'f'"
ask --rho 0.1 "$sql"
first=$(jq -c '[.rows, .guarded.rho]' works.out) left=$(jq .guarded.rho_left works.out)
ask --rho 0.1 "$sql"
equal "asked again the answer is the same" "$(jq -c '[.rows, .guarded.rho]' works.out)" "$first"
check "and is paid for again" jq -e ".guarded.rho_left < $left" works.out
# With another rho: the count keeps its noise, and what costs more than may be is said before anything is debited.
ask --rho 0.2 "$sql"
equal "with more to spend it is the same too" "$(jq -c '[.rows, .guarded.rho]' works.out)" "$first"
refused 'released before with less noise.*ask with a larger --rho' "$medcommons" ask --dir one --quiet --json --rho 0.001 "$sql"

# Two questions race for what only one of them can pay: one is answered, the other refused, and nothing is debited for it.
sql="SELECT count(*) FROM commons WHERE age >= 30"
ask --rho 0.09 "$sql"
cost=$(jq .guarded.rho works.out)
jq -nr --argjson cost "$cost" --arg sql "$sql" '"rho = \(1.5 * $cost)\nreleases = 20\nquestions = [\($sql | tojson)]"' >race.toml
works "$medcommons" study propose --dir one --json race.toml
race=$(jq -r .study works.out)
for member in a b patient-a patient-b researcher reviewer; do works "$medcommons" study vote --dir one --as "$member" --study "$race"; done
works "$medcommons" study execute --dir one --study "$race"
for i in 1 2; do
  "$medcommons" ask --dir one --quiet --json --study "$race" --rho "$(jq -n "1.1 * $cost")" "$sql" >race$i.out 2>race$i.err &
done
wait
equal "one of two wins" "$(cat race1.out race2.out | jq -s '[.[] | select(.guarded)] | length')" 1
check "the other is told why" grep -Eqh 'budget|out of order' race1.err race2.err
works "$medcommons" study show --dir one --json --study "$race"
check "what was spent is what one of them cost" jq -e "(.budget.spent.rho - $cost) | fabs < 1e-5" works.out

# A table: rare groups are hidden, and another one with them.
works "$medcommons" ask --dir one --quiet --json --rho 0.9 'SELECT ward, count(*) FROM commons GROUP BY ward'
equal "large groups are shown" "$(jq '.rows | length' works.out) $(jq .guarded.hidden_groups works.out)" "3 0"
refused 'disclosure control: .* fewer than 8 persons' "$medcommons" ask --dir one --quiet --json --rho 0.9 "SELECT diabetes, avg(age) FROM commons WHERE age >= 80 AND ward = 'North' GROUP BY diabetes"

# Refusals, none of which says a count.
refused 'disclosure control: the cohort may have fewer than 8 persons' "$medcommons" ask --dir one --quiet --json --rho 0.5 "SELECT count(*) FROM commons WHERE age >= 80 AND sex = 'm' AND ward = 'North' AND diabetes = 1"
refused 'trains no models.*factor\(age\) cuts it at its declared edges' "$medcommons" ask --dir one --quiet --json "SELECT logistic_regression('diabetes ~ age') FROM commons"
refused 'privacy budget has rho' "$medcommons" ask --dir one --quiet --json --study "$study" --rho 3.9 'SELECT count(*), avg(age) FROM commons'
refused 'at most 4' "$medcommons" ask --dir one --quiet --json --rho 5 'SELECT count(*) FROM commons'
for i in {1..6}; do
  "$medcommons" ask --dir one --quiet --json --rho 0.9 "SELECT sum(age) FROM commons WHERE age >= $((30 + 10 * (i % 4)))" >last.out 2>last.err || break
done
check "the data set's budget ends too" grep -Eq 'budget' last.err

# A question whose conditions are multiplied, or compared, in a run: the run was computed, a release and rho 1e-06 of it debited, and then the
# budget was found to have ended.
works "$medcommons" budget show --dir one --json
left=$(jq .left.rho works.out)
for sql in "SELECT avg(age) FROM commons WHERE age >= 41 AND sex = 'f'" "SELECT avg(age) FROM commons WHERE age >= 30 AND sex = 'f' AND ward = 'South' AND diabetes = 0"; do
  refused 'budget of data set commons has rho .* left for all studies together.*nothing was computed or debited' \
    "$medcommons" ask --dir one --quiet --json --rho 0.99 "$sql"
done
works "$medcommons" explain --dir one --rho 0.99 "SELECT count(*) FROM commons"
check "explain says so before" grep -q 'budget: rho .* of the data set is left for all studies together, which is not enough' works.out
works "$medcommons" budget show --dir one --json
equal "nothing was debited" "$(jq .left.rho works.out)" "$left"

# The chambers raise it, never below what is spent; the ethics board and the timelock have their say; then the question is answered.
refused 'is no member|cannot vote' "$medcommons" budget propose --dir one --as ethics-a --rho 8 --json
refused 'cannot become rho 0.1: rho .* are spent' "$medcommons" budget propose --dir one --as a --rho 0.1 --json
refused 'above 0 and at most 1000' "$medcommons" budget propose --dir one --as a --rho -1 --json
refused 'no other budget was proposed yet' "$medcommons" budget vote --dir one --as a --json
works "$medcommons" budget propose --dir one --as a --rho 9 --json
refused 'budget motion 0 is open until' "$medcommons" budget execute --dir one --as a --json
for member in a b patient-a patient-b researcher reviewer; do works "$medcommons" budget vote --dir one --as $member; done
works "$medcommons" budget count --dir one --as a
for member in ethics-a ethics-b; do works "$medcommons" budget veto --dir one --as $member --motion 0 --json; done
equal "the ethics board stops it" "$(jq -r .state works.out)" vetoed
refused 'budget motion 0 is vetoed' "$medcommons" budget execute --dir one --as a --json
works "$medcommons" budget propose --dir one --as b --rho 8 --json
for member in a b patient-a patient-b researcher reviewer; do works "$medcommons" budget vote --dir one --as $member; done
works "$medcommons" budget execute --dir one --as a --json
equal "the new total is in force" "$(jq -c '[.motion, .in_force]' works.out)" '[1,true]'
works "$medcommons" budget show --dir one --json
check "everybody sees it" jq -e '.total.rho == 8 and (.spent.rho + .left.rho - 8 | fabs) < 1e-6' works.out
refused 'budget motion 1 is settled' "$medcommons" budget execute --dir one --as a --json
ask --rho 0.3 "SELECT sum(age) FROM commons WHERE ward <> 'North'"
check "and what was exhausted goes on" jq -e '.guarded.rho > 0' works.out

# With one custodian away a lie about counts could not be seen: nothing is shown.
works "$medcommons" local down --dir one
works "${guarded[@]}"
"$medcommons" local status --dir one --json >status.json
kill -9 "$(jq -r '.[] | select(.name == "custodian-2") | .pid' status.json)"
works "$medcommons" study show --dir one --json --study "$study"
refused 'counts are opened when 3 custodians answer' "$medcommons" ask --dir one --quiet --json --study "$study" --rho 0.2 'SELECT count(*), avg(age) FROM commons'
works "${guarded[@]}"

# One person revokes: her share would be the difference of two answers. Eight revoke: asked again.
works "$medcommons" consent revoke --dir one --owner a --row p1
refused 'consent_too_similar: .*consent differs by 1 persons' "$medcommons" ask --dir one --quiet --json --study "$study" --rho 0.01 'SELECT count(*), avg(age) FROM commons'
for row in 2 3 4 5 6 7 8; do works "$medcommons" consent revoke --dir one --owner a --row p$row; done
ask --study "$study" --rho 0.01 'SELECT count(*), avg(age) FROM commons'
check "eight changed: it is answered" jq -e '.guarded.rho > 0' works.out

# What custodians wrote down: counts before answers, and every refusal.
works "$medcommons" local down --dir one
works "$medcommons" custodian journal --folder one/custodian-0
check "counts come before the release" bash -c "grep -n ' counts study ' works.out | head -1 | cut -d: -f1 | xargs -I{} test {} -lt \$(grep -n ' granted study ' works.out | head -1 | cut -d: -f1)"
check "the refusal is in it" grep -q ' consent_too_similar study ' works.out

# Whoever takes the list of asked consents away has not made the custodian forget it.
mv one/custodian-0/asked.consents kept
refused 'asked\.consents: records are missing.*custodian forget' "${guarded[@]}"
mv kept one/custodian-0/asked.consents
works "$medcommons" local down --dir one
