#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to jq
# answers.sh PROGRAM: one commons from schema to down. Every aggregate and every condition is compared with plain arithmetic in jq; a
# question is refused until all chambers agreed; consent counts from the next answer; killed processes come back with everything.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

columns='["id","age","height","crp","sex","smoking","ward","diabetes"]'
records a.json 11 40 1
records b.json 23 30 41
records c.json 37 25 71
for name in a b c; do cohort $name.json "$columns" >$name.csv; done
jq -s add a.json b.json c.json >all.json

works "$medcommons" schema infer a.csv b.csv c.csv -o schema.json
works "$medcommons" schema show schema.json
for line in 'age +integer +required; range 20 to 90; edges 30, 40, 50, 60, 70, 80' 'crp.hs mg/l +number +may be missing' \
            'sex +string +required; categories f, m' 'smoking +string +may be missing; categories current, former, never' 'diabetes +0/1'; do
  check "schema show: $line" grep -Eq "^$line" works.out
done
equal "no raw maximum travels" "$(grep -c "$(jq -r 'map(.height) | max' all.json)" schema.json || true)" 0

# Each question, and its answer in the words of questions.jq.
questions=(
  'SELECT count(*), count(age), count(smoking), count("crp.hs mg/l") FROM commons'
  'table(true; [length, length, (values(.smoking) | length), (values(.crp) | length)])'
  'SELECT sum(age), avg(height), avg("crp.hs mg/l"), sum(diabetes), sum("crp.hs mg/l") FROM commons'
  'table(true; [(values(.age) | total), (values(.height) | mean), (values(.crp) | mean), (values(.diabetes) | total), (values(.crp) | total)])'
  'SELECT var_samp(height), stddev_samp(age), var_samp("crp.hs mg/l"), stddev_samp("crp.hs mg/l") FROM commons'
  'table(true; [(values(.height) | variance), (values(.age) | variance | sqrt), (values(.crp) | variance), (values(.crp) | variance | sqrt)])'
  'SELECT covar_samp(age, height), corr(age, height), covar_samp(height, "crp.hs mg/l"), corr(age, "crp.hs mg/l"), corr(age, diabetes) FROM commons'
  'table(true; [(pairs(.age; .height) | covariance), (pairs(.age; .height) | correlation), (pairs(.height; .crp) | covariance), (pairs(.age; .crp) | correlation), (pairs(.age; .diabetes) | correlation)])'
  "SELECT count(*), avg(age), var_samp(height) FROM commons WHERE sex = 'f'"
  'table(.sex == "f"; [length, (values(.age) | mean), (values(.height) | variance)])'
  "SELECT count(*), sum(age) FROM commons WHERE smoking <> 'never'"
  'table(known(.smoking; . != "never"); [length, (values(.age) | total)])'
  "SELECT count(*), avg(height) FROM commons WHERE smoking IN ('never', 'former') AND diabetes = 1"
  'table(both(known(.smoking; . == "never" or . == "former"); .diabetes == 1); [length, (values(.height) | mean)])'
  "SELECT count(*) FROM commons WHERE smoking NOT IN ('never') OR sex = 'm'"
  'table(either(known(.smoking; . != "never"); .sex == "m"); [length])'
  "SELECT count(*), avg(age) FROM commons WHERE NOT (smoking = 'current' AND sex = 'f')"
  'table(both(known(.smoking; . == "current"); .sex == "f") | neither; [length, (values(.age) | mean)])'
  "SELECT count(*), count(\"crp.hs mg/l\") FROM commons WHERE smoking IS NULL"
  'table(.smoking == null; [length, (values(.crp) | length)])'
  'SELECT count(*), avg("crp.hs mg/l") FROM commons WHERE "crp.hs mg/l" IS NOT NULL AND age BETWEEN 30 AND 60'
  'table(.crp != null and .age >= 30 and .age <= 60; [length, (values(.crp) | mean)])'
  'SELECT count(*) FROM commons WHERE age < 40 OR age > 70'
  'table(.age < 40 or .age > 70; [length])'
  'SELECT count(*) FROM commons WHERE age <= 40 OR age >= 70'
  'table(.age <= 40 or .age >= 70; [length])'
  'SELECT count(*), sum(height) FROM commons WHERE NOT "crp.hs mg/l" >= 3'
  'table(known(.crp; . < 3); [length, (values(.height) | total)])'
  "SELECT count(*) FROM commons WHERE ward = 'East, upper floor' AND age > 80 AND sex = 'm' AND diabetes = 1"
  'table(.ward == "East, upper floor" and .age > 80 and .sex == "m" and .diabetes == 1; [length])'
  'SELECT sex, count(*), avg(age), count(smoking) FROM commons GROUP BY sex'
  'grouped(true; [.sex]; [length, (values(.age) | mean), (values(.smoking) | length)])'
  'SELECT smoking, count(*), avg("crp.hs mg/l") FROM commons GROUP BY smoking'
  'grouped(true; [.smoking]; [length, (values(.crp) | mean)])'
  "SELECT ward, smoking, count(*), sum(age) FROM commons WHERE diabetes = 0 GROUP BY ward, smoking"
  'grouped(.diabetes == 0; [.ward, .smoking]; [length, (values(.age) | total)])'
  'SELECT diabetes, corr(age, height) FROM commons GROUP BY diabetes'
  'grouped(true; [.diabetes]; [(pairs(.age; .height) | correlation)])'
  'SELECT histogram(age) AS h, median(age), quantile(age, 0.9), count(DISTINCT smoking) FROM commons WHERE diabetes = 0'
  'table(.diabetes == 0; [20, 30, 40, 50, 60, 70, 80, 90] as $at | bins(.age; $at) + binned_quantile(.age; $at; 0.5) + binned_quantile(.age; $at; 0.9) + [values(.smoking) | unique | length])'
  'SELECT chisq_test(sex, smoking) AS x, odds_ratio(sex, diabetes) AS o FROM commons'
  'table(true; (cross(.sex; .smoking; ["f", "m"]; ["current", "former", "never"]) | chi_square_2x3) + (cross(.sex; .diabetes; ["f", "m"]; [0, 1]) | woolf))'
  'SELECT var_pop(height), covar_pop(age, height), regr_slope(height, age), regr_r2(height, age), regr_count("crp.hs mg/l", age), regr_avgx("crp.hs mg/l", age) FROM commons'
  'table(true; [(values(.height) | map([., .]) | covariance_pop), (pairs(.age; .height) | covariance_pop), (pairs(.height; .age) | slope), (pairs(.height; .age) | r2), (values(.crp) | length), (pairs(.crp; .age) | map(.[1]) | mean)])'
  'SELECT count(*) FROM commons'
  'table(true; [length])'
)

works "$medcommons" explain --schema schema.json "${questions[0]}"
planned=$(sed -n 's/^plan //p' works.out)
works "$medcommons" explain --schema schema.json \
  "SELECT avg(\"crp.hs mg/l\") FROM commons WHERE sex = 'f' AND smoking = 'never' AND ward = 'North' AND diabetes = 1 AND age >= 30"
check "explain says which products are refreshed first" grep -Eq '^  product/0 = .+ \* .+' works.out

up=("$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --cohort c=c.csv --id id --privacy exact
  --rotations "64,1" --conjugation)
mkdir one && echo "somebody's" >one/notes.txt
works "${up[@]}"
equal "six processes are ready" "$("$medcommons" local status --dir one --json | jq '[.[] | select(.health == "ready" and .pid > 0)] | length')" 6
works "$medcommons" explain --dir one "${questions[0]}"
check "a commons that is up foresees time and digits" grep -qE '^  about [0-9.]+ s from question to answer' works.out
works "$medcommons" explain --dir one --json "${questions[0]}"
check "also as JSON" jq -e '.estimated_seconds > 0 and .estimated_seconds < 600 and .digits >= 9 and .refreshes == 0 and .persons > 0' works.out
works "$medcommons" explain --dir one "${questions[0]}"
equal "the commons plans what explain --schema showed" "$(sed -n 's/^plan //p' works.out)" "$planned"
equal "a stranger's file is left alone" "$(cat one/notes.txt)" "somebody's"

# The custodians' key generation, verified by somebody who took no part.
works "$medcommons" committee verify --dir one --json
equal "the transcript is verified" "$(jq -c '[.verified, .epoch, .committee, [.galois_keys[].galois_element | . % 2]]' works.out)" '[true,1,"2-of-3",[1,1,1]]'
works "$medcommons" committee verify --dir one
check "it says so" grep -q '^verified: key generation of epoch 1' works.out

# Approval: every chamber, and nobody less.
refused 'not approved: no study allows it' "$medcommons" ask --dir one --json "${questions[0]}"
equal "the refusal has its code" "$(jq -r .error.code refused.out)" refused
proposal=()
for ((i = 0; i < ${#questions[@]}; i += 2)); do proposal+=(--sql "${questions[i]}"); done
works "$medcommons" study propose --dir one --as researcher --releases 60 "${proposal[@]}" --json
study=$(jq -r .study works.out)
vote() { works "$medcommons" study vote --dir one --as "$1" --study "$study" "${2:---yes}"; }
for member in a b c patient-a patient-b patient-c; do vote "$member"; done
refused 'every chamber|not yet decided in every chamber' "$medcommons" study execute --dir one --study "$study" --json
refused 'is proposed, not active' "$medcommons" ask --dir one --json "${questions[0]}"
vote researcher
vote reviewer
refused 'voted already|AlreadyVoted|closed' "$medcommons" study vote --dir one --as reviewer --study "$study"
works "$medcommons" study execute --dir one --study "$study" --json
equal "the study is active" "$(jq -r .state works.out)" active
refused "there is no member 'mallory'" "$medcommons" study vote --dir one --as mallory --study "$study"
refused 'only researchers propose' "$medcommons" study propose --dir one --as a "${questions[0]}"
refused 'belongs to another researcher' "$medcommons" ask --dir one --as reviewer --json "${questions[0]}"
refused 'no study allows it' "$medcommons" ask --dir one --json 'SELECT sum(height) FROM commons'

# compare NUMBER PERSONS: asks question NUMBER and compares with PERSONS' own.
compare() {
  local expected
  expected=$(jq -c -L "$repository/tests/system" "include \"questions\"; ${questions[$1 + 1]}" "$2")
  works "$medcommons" ask --dir one --quiet --json "${questions[$1]}"
  equal "${questions[$1]}" "$(jq -r -L "$repository/tests/system" --argjson expected "$expected" \
    'include "questions"; [disagreements($expected)] | join("; ")' works.out)" ""
}
for ((i = 0; i < ${#questions[@]}; i += 2)); do compare "$i" all.json; done
plainest=$((${#questions[@]} - 2))
equal "every answer says how it is protected" "$(jq -r '.privacy, .argument, .assurance, (.digits >= 9), (.notices[0] | contains("exact"))' works.out | xargs)" "exact S verified true true"

# Consent: from the very next answer, for count and for sums; and back.
person=$(jq -r '.[2].id' b.json)
works "$medcommons" consent revoke --dir one --owner b --row "$person"
jq --arg person "$person" 'map(select(.id != $person))' all.json >without.json
compare "$plainest" without.json
compare 2 without.json
refused 'revoked already' "$medcommons" consent revoke --dir one --owner b --row "$person"
refused "no row '1'" "$medcommons" consent revoke --dir one --owner b --row 1
refused "no row '$person'" "$medcommons" consent revoke --dir one --owner a --row "$person"
refused "no owner 'd'; owners are: a, b, c" "$medcommons" consent revoke --dir one --owner d --row "$person"
works "$medcommons" consent show --dir one --owner b --row "$person"
check "show tells of the revocation" grep -q revoked works.out
works "$medcommons" consent grant --dir one --owner b --row "$person"
compare "$plainest" all.json
refused 'granted already' "$medcommons" consent grant --dir one --owner b --row "$person"

# One custodian gone: unverified. Two: named. Everything else gone: comes back with what it had.
kill -KILL "$(pid one custodian-1)"
for _ in $(seq 20); do [ "$(health one custodian-1)" != silent ] || sleep 0.2; done  # until its parent has noticed
equal "a killed custodian is down" "$(health one custodian-1)" down
equal "two of three answer, unverified" "$(count one)" "95 95 unverified"
kill -KILL "$(pid one custodian-2)"
used() { "$medcommons" study show --dir one --study "$study" --json | jq .releases_used; }
used=$(used)
refused 'too few custodians.*1 of 3, 2 are needed; missing: 1, 2' "$medcommons" ask --dir one --quiet --json "${questions[plainest]}"
equal "a question nobody could serve costs no release" "$(used)" "$used"
kill -KILL "$(pid one store)" "$(pid one compute)"
kill -KILL "$(pid one chain)"
refused 'does not answer' "$medcommons" ask --dir one --quiet --json "${questions[plainest]}"
works "${up[@]}"
compare "$plainest" all.json
compare 2 all.json

# Nothing readable outside the owners' own files, and the folder belongs to these files only.
jq -r '.[] | .height, (.crp // empty)' all.json | awk 'length($0) >= 6' | sort -u >values.txt
equal "no record value in the folder" "$(LC_ALL=C grep -rlaFf values.txt one || true)" ""
sed -i 's/North/South/' c.csv
refused 'holds another commons' "${up[@]}"
cohort c.json "$columns" >c.csv
refused 'holds another commons: its data set' "${up[@]}" --dataset other
works "$medcommons" local down --dir one
equal "all are down" "$("$medcommons" local status --dir one --json | jq -r '[.[].health] | unique | join(" ")')" down
works "$medcommons" local down --dir one
works "${up[@]}"
compare "$plainest" all.json
