#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to SQL
# parameters.sh PROGRAM HOSTILE: weights, lists, models and thresholds that the researcher seals (R23), in a commons of private records: answered as the same
# question in the clear would be, with the noise that is paid for, and with nothing to be had for whoever seals something else.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"
hostile=$(realpath -m "${2:-$(dirname "$medcommons")/hostile_parameters}")
[ -x "$hostile" ] || { echo "$hostile is not built"; exit 77; }

records a.json 5 260 1
records b.json 6 240 1001
jq -s add a.json b.json >all.json
for name in a b; do cohort $name.json '["id","age","sex","ward","diabetes"]' >$name.csv; done
works "$medcommons" schema infer a.csv b.csv -o inferred.json
jq '(.fields[] | select(.name == "age")).bins = [40, 65]' inferred.json >schema.json
up=("$medcommons" local up --schema schema.json --cohort a=a.csv --cohort b=b.csv --id id --auto-approve)
works "${up[@]}" --dir one --privacy guarded --disclosure ohdsi --budget 40

# A score whose weights nobody but its researcher knows.
score='SELECT avg($a * age + $d * diabetes) FROM commons'
echo '{"a": 0.5, "d": -1}' >weights.json
works "$medcommons" ask --dir one --quiet --json --parameters weights.json --rho 0.9 "$score"
mean=$(jq '[.[] | select(.diabetes != null) | .age * 0.5 - .diabetes] | add / length' all.json)
sd=$(jq '.guarded.noise_sd[0][0]' works.out)
check "the mean score is near the truth" jq -e "(.rows[0][0] - $mean) | fabs < 5 * $sd" works.out
check "and better than no answer" jq -e ".guarded.noise_sd[0][0] < 5" works.out
check "it was refreshed" jq -e '.refreshes >= 2' works.out
study=$(jq -r .study works.out)

# The plan names the parameters, and no value leaves the researcher in the clear.
works "$medcommons" explain --dir one "$score"
check "explain says what is sealed" grep -q 'sealed by the researcher' works.out
check "nobody has the weights" bash -c "! grep -raq '\"a\": 0.5' one"

# A list: who is counted is hidden, and the guards are of everybody whom it could name.
works "$medcommons" local status --dir one
echo '{"who": ["North"]}' >who.json
works "$medcommons" ask --dir one --quiet --json --parameters who.json --rho 0.9 "SELECT count(*) FROM commons WHERE ward IN \$who AND sex = 'f'"
truth=$(jq '[.[] | select(.ward == "North" and .sex == "f")] | length' all.json)
sd=$(jq '.guarded.noise_sd[0][0]' works.out)
check "the hidden count is near the truth" jq -e "(.rows[0][0] - $truth) | fabs < 6 * $sd + 1" works.out
check "the cohort is everybody's" jq -e ".n > $(jq '[.[] | select(.sex == "f")] | length - 30' all.json)" works.out

# A model whose coefficients nobody but its owner has, in aggregate.
jq -n '{equation: "-1.5 + 0.02 * age + 0.7 * diabetes"}' >model.json
works "$medcommons" model add --dir one --from model.json --name m --sealed model.secret.json
works "$medcommons" ask --dir one --quiet --json --parameters model.secret.json --rho 0.9 "SELECT avg(risk_score('m')) FROM commons"
mean=$(jq '[.[] | select(.diabetes != null) | -1.5 + 0.02 * .age + 0.7 * .diabetes] | add / length' all.json)
sd=$(jq '.guarded.noise_sd[0][0]' works.out)
check "the mean score of a sealed model is near the truth" jq -e "(.rows[0][0] - $mean) | fabs < 5 * $sd + 0.001" works.out
check "and better than no answer" jq -e ".guarded.noise_sd[0][0] < 0.5" works.out

# A threshold, among the declared edges of age.
edge=$(jq '.fields[] | select(.name == "age") | .bins[1]' schema.json)
jq -n --argjson edge "$edge" '{t: $edge}' >threshold.json
works "$medcommons" ask --dir one --quiet --json --parameters threshold.json --rho 0.9 "SELECT count(*) FROM commons WHERE age >= \$t AND sex = 'm'"
truth=$(jq --argjson edge "$edge" '[.[] | select(.age >= $edge and .sex == "m")] | length' all.json)
sd=$(jq '.guarded.noise_sd[0][0]' works.out)
check "the count beyond a sealed threshold is near the truth" jq -e "(.rows[0][0] - $truth) | fabs < 6 * $sd + 1" works.out

# What the researcher can get wrong.
ask=("$medcommons" ask --dir one --quiet --json --rho 0.1)
refused 'give their values in a file with --parameters' "${ask[@]}" "$score"
echo '{"a": 0.5}' >short.json
refused 'does not say what d is' "${ask[@]}" --parameters short.json "$score"
echo '{"a": 0.5, "d": 3}' >large.json
refused 'the parameter d is a weight, a number from -1 to 1' "${ask[@]}" --parameters large.json "$score"
check "its value is not repeated" bash -c "! grep -q '3;' last.err works.err 2>/dev/null"
echo '{"a": 0.5, "d": 0, "e": 1}' >more.json
refused 'names a parameter e that the query does not have' "${ask[@]}" --parameters more.json "$score"
echo '{"who": ["Nowhere"]}' >nowhere.json
refused 'names what is no category' "${ask[@]}" --parameters nowhere.json 'SELECT count(*) FROM commons WHERE ward IN $who'
jq -n --argjson edge "$edge" '{t: ($edge + 1)}' >between.json
refused "divides it at a declared edge, and this one does not; the nearest: .*$edge" "${ask[@]}" --parameters between.json 'SELECT count(*) FROM commons WHERE age >= $t'
refused 'has no sealed parameters' "${ask[@]}" --parameters who.json 'SELECT count(*) FROM commons'
refused 'sealed parameters are for guarded commons' bash -c "'$medcommons' local up --dir two --schema schema.json --cohort a=a.csv --id id --auto-approve >/dev/null 2>&1; '$medcommons' ask --dir two --quiet --json --parameters weights.json 'SELECT avg(\$a * age + \$d * diabetes) FROM commons'"
works "$medcommons" local down --dir two

# An approved researcher who seals something else.
attack='SELECT sum($w * age) FROM commons WHERE diabetes = 0'
echo '{"w": 0.5}' >w.json
works "$medcommons" ask --dir one --quiet --json --parameters w.json --rho 0.2 "$attack"
study=$(jq -r .study works.out)
mount() { works "$hostile" one "$study" "$attack" "$1"; }
mount unit_vector
check "one person's slot is refused" grep -q 'not made of bits' works.out
mount no_bit
check "a weight beyond its range is refused" grep -q 'not made of bits' works.out
mount copied
check "what nobody knows is refused" grep -q 'parameters_unproven' works.out
mount swapped
check "what was not recorded is refused" grep -q 'parameters_unproven' works.out
mount unforced
check "nothing is opened for what was not forced" grep -q 'parameters_unknown' works.out
mount beside
equal "another coefficient is of no use" "$(cat works.out)" forced

# Two custodians could be lied to by one: with one away nothing is forced.
"$medcommons" local status --dir one --json >status.json
kill -9 "$(jq -r '.[] | select(.name == "custodian-2") | .pid' status.json)"
refused 'too few custodians took part' "${ask[@]}" --study "$study" --parameters w.json "$attack"
