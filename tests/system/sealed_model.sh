#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to shapes
# sealed_model.sh PROGRAM HOSTILE: a risk predictor whose coefficients nobody but its owner has, scored on ciphertext for one patient, who
# alone reads her score (docs/design/0033); and everybody who would like to read either.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"
hostile=$(realpath -m "${2:-$(dirname "$medcommons")/hostile_parameters}")
[ -x "$hostile" ] || { echo "$hostile is not built"; exit 77; }

clinic=$repository/query/testing/models
sed -n '1,61p' "$clinic/clinic.csv" >a.csv
sed -n '1p;62,121p' "$clinic/clinic.csv" >b.csv
works "$medcommons" local up --dir one --schema "$clinic/schema.json" --cohort a=a.csv --cohort b=b.csv --dataset clinic \
  --privacy exact --auto-approve

# The owner keeps the coefficients; the shelf has the shape.
jq -n '{equation: "-3.141 + 0.0271 * age + 0.4142 * sexM + 0.33 * factor(nyha)3 - 0.0057 * age:sexM", link: "logit", source: "vendor"}' >heart.json
add=("$medcommons" model add --dir one --from heart.json)
works "${add[@]}" --name heart --sealed heart.secret.json
check "it says the shape" grep -qF '2 * [$ + $ * age + $ * sexM + $ * factor(nyha)3 + $ * age:sexM]' works.out
equal "the file is its owner's" "$(stat -c %a heart.secret.json)" 600
works "$medcommons" model show --dir one --json heart
check "the shelf says that it is sealed, and how exactly it is scored" \
  jq -e '.sealed and .sealed_weights == 5 and .rounding < 0.00391 and .source == "vendor"' works.out
works "$medcommons" model list --dir one
check "so does the list" grep -q '^heart  sealed  2 \*' works.out
refused 'heart.secret.json is there already' "${add[@]}" --name again --sealed heart.secret.json
jq -n '{equation: "0.1 * age"}' >other.json
refused 'the name heart is taken by another model' "$medcommons" model add --dir one --from other.json --name heart --sealed other.secret.json
check "no coefficients of a model that is not kept" test ! -e other.secret.json
jq -n '{equation: "1 * weigth"}' >typo.json
refused 'unknown term weigth in the equation' "$medcommons" model add --dir one --from typo.json --name typo --sealed typo.secret.json

# Row 7 of b is told what the equation says of what her line says.
works "$medcommons" patient key --dir one --owner b --row 7 --json --out anna.key
clause="FOR PERSON '$(jq -r .person works.out)' SIGNED '$(jq -r .signature works.out)'"
score="SELECT avg(risk_score('heart')) FROM clinic"
ask=("$medcommons" ask --dir one --quiet --json)
refused 'give their values in a file with --parameters' "${ask[@]}" --person anna.key --sealed anna.sealed "$score"
echo '{"heart": {"equation": "-3 + 0.03 * age"}}' >others.json
refused 'the coefficients of heart are not of the terms of its shape' "${ask[@]}" --person anna.key --sealed anna.sealed --parameters others.json "$score"
works "${ask[@]}" --person anna.key --sealed anna.sealed --parameters heart.secret.json "$score"
cp works.out asked.json
check "who asks gets no number" jq -e '.rows == [] and .sealed == true and .refreshes > 0 and .scores[0].sealed' asked.json
works "$medcommons" patient read --dir one --owner b --row 7 --json anna.sealed
cp works.out anna.json
truth=$(sed -n 8p b.csv | jq -R --arg names "$(head -n 1 b.csv)" '
  ($names / ",") as $n | . / "," | [$n, .] | transpose | map({(.[0]): .[1]}) | add | (.age | tonumber) as $age | (if .sex == "M" then 1 else 0 end) as $m
  | -3.141 + 0.0271 * $age + 0.4142 * $m + (if .nyha == "3" then 0.33 else 0 end) - 0.0057 * $age * $m')
check "her score, to the rounding that was said" \
  jq -e --argjson truth "$truth" --slurpfile asked asked.json '(.rows[0][0] - $truth | fabs) < $asked[0].scores[0].rounding + 1e-6' anna.json
check "all custodians, argument S" jq -e '.assurance == "verified" and .argument == "S"' anna.json

check "no process has a coefficient" bash -c "! grep -raqF 0.0271 one"

# The plain model says the same, and its question has the coefficients.
works "${add[@]}" --name plain
works "$medcommons" patient key --dir one --owner b --row 7 --out plain.key
works "${ask[@]}" --person plain.key --sealed plain.sealed "SELECT avg(risk_score('plain')) FROM clinic"
works "$medcommons" patient read --dir one --owner b --row 7 --json plain.sealed
check "everybody has its coefficients" grep -raqF 0.0271 one
check "the plain model's score" jq -e --slurpfile anna anna.json '(.rows[0][0] - $anna[0].rows[0][0] | fabs) < 0.003' works.out
rm plain.key plain.sealed

# What is approved and computed is the shape.
works "$medcommons" explain --dir one --json "$score $clause"
jq -r .sql works.out >approved.sql
check "the question has the shape" grep -qF "'2 * [\$ + \$ * age + \$ * sexM + \$ * factor(nyha)3 + \$ * age:sexM]'" approved.sql
check "and what it takes" bash -c "jq -r .text works.out | grep -q 'its coefficients \$ are sealed'"

# Those who would like to read a score, or have more of the data than one. Another question makes another study, of the researcher's key.
refused 'sealed for somebody else' "$medcommons" patient read --dir one --owner b --row 8 --json anna.sealed
refused 'not_the_persons: the study.s key is of' "${ask[@]}" --sealed stolen.sealed --parameters heart.secret.json "${score/avg/sum} $clause"
check "nothing was written" test ! -e stolen.sealed
refused 'sealed parameters are for guarded commons' "${ask[@]}" --parameters heart.secret.json "$score"
echo '{"a": 0.5}' >a.json
refused 'sealed parameters are for guarded commons' "${ask[@]}" --parameters a.json 'SELECT avg($a * age) FROM clinic'
# Members approved it all the same, by its plan's hash, and she asks with a program of her own.
works "$medcommons" explain --dir one --json 'SELECT avg($a * age) FROM clinic'
jq -r '"plans = [\(.plan_hash | tojson)]"' works.out >beside.toml
works "$medcommons" study propose --dir one --json beside.toml
approved=$(jq -r .study works.out)
for member in $(jq -r '.members[]' works.out); do works "$medcommons" study vote --dir one --as "$member"; done
works "$medcommons" study execute --dir one
works "$hostile" one "$approved" 'SELECT avg($a * age) FROM clinic' beside
check "custodians refuse weights without a person" grep -q 'privacy_mode_not_offered: sealed parameters are for guarded commons' works.out
refused 'not offered: the coefficients of risk_score\(.heart.\) are sealed' "${ask[@]}" --parameters heart.secret.json \
  "SELECT auc(death, risk_score('heart'), -1, 0) FROM clinic"
refused 'not offered: the coefficients of risk_score\(.heart.\) are sealed' "${ask[@]}" --parameters heart.secret.json \
  "SELECT avg(predicted_risk('heart')) FROM clinic"
study=$(jq -r .study asked.json)
works "$hostile" one "$study" "$(cat approved.sql)" unit_vector
check "one person's slot is refused" grep -q 'not made of bits' works.out
works "$hostile" one "$study" "$(cat approved.sql)" copied
check "what nobody knows is refused" grep -q 'parameters_unproven' works.out
works "$medcommons" local down --dir one
