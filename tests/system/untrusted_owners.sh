#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to shapes
# untrusted_owners.sh PROGRAM: a commons whose owners are not trusted with its key answers only what an owner who calculates learns next to
# nothing from, whoever asks (docs/design/0042).
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

clinic=$repository/query/testing/models
sed -n '1,61p' "$clinic/clinic.csv" >a.csv
sed -n '1p;62,121p' "$clinic/clinic.csv" >b.csv
up=("$medcommons" local up --dir one --schema "$clinic/schema.json" --cohort a=a.csv --cohort b=b.csv --dataset clinic --privacy exact --auto-approve)
refused '--owners is trusted or untrusted' "${up[@]}" --owners mistrusted
works "${up[@]}" --owners untrusted
check "it says so" grep -q 'not trusted with its key' works.err
equal "and its document does" "$(jq -r .owners one/commons.json)" untrusted
refused 'its owners are not trusted with its key \(--owners\)' "${up[@]}"
ask=("$medcommons" ask --dir one --quiet --json)

# Two factors, as in every commons.
mean=$(awk -F, 'NR > 1 && $2 == "F" { ++n; sum += $1 } END { printf "%.9f", sum / n }' a.csv <(sed 1d b.csv))
works "${ask[@]}" "SELECT avg(age), count(*) FROM clinic WHERE sex = 'F'"
check "a mean" jq -e --argjson mean "$mean" '(.rows[0][0] - $mean | fabs) < 1e-6 and .argument == "S" and .digits >= 6' works.out

# Three, refreshes that masks do not bear, and checks of uploads, which multiply four.
three="SELECT avg(age) FROM clinic WHERE sex = 'F' AND death = 1"
refused 'at most two conditions and values of a person, and this one multiplies 3' "${ask[@]}" "$three"
refused 'at most two conditions and values of a person' "$medcommons" study propose --dir one --json "$three"
works "$medcommons" explain --dir one "$three"
check "explain says so before anybody votes" grep -q 'not answered here: .*at most two conditions' works.out
refused 'trains no models' "${ask[@]}" "SELECT logistic_regression('death ~ age') FROM clinic"
# A threshold that no dictionary declares is two factors, three where there are missing values (docs/design/0046).
works "${ask[@]}" "SELECT count(*) FROM clinic WHERE age > 57.3"
equal "persons beyond any threshold" "$(jq '.rows[0][0]' works.out)" "$(awk -F, 'NR > 1 && $1 > 57.3 { ++n } END { print n }' a.csv <(sed 1d b.csv))"
refused 'multiplies 3 \(a threshold that the dictionary does not declare is two\)' "${ask[@]}" "SELECT count(*) FROM clinic WHERE bmi > 24.37"
refused 'compares no scores' "${ask[@]}" "SELECT count(*) FROM clinic WHERE risk_score('m', '0.1 * age') > 5.25"
refused 'at most two conditions' "$medcommons" check uploads --dir one --quiet

# What it is for: a sealed model, of which a patient alone is told her score.
echo '{"equation": "-3.141 + 0.0271 * age + 0.4142 * sexM", "link": "logit", "source": "vendor"}' >heart.json
works "$medcommons" model add --dir one --from heart.json --name heart --sealed heart.secret.json
works "$medcommons" patient key --dir one --owner b --row 7 --out anna.key
works "${ask[@]}" --person anna.key --sealed anna.sealed --parameters heart.secret.json "SELECT avg(risk_score('heart')) FROM clinic"
works "$medcommons" patient read --dir one --owner b --row 7 --json anna.sealed
truth=$(sed -n 8p b.csv | awk -F, '{ print -3.141 + 0.0271 * $1 + ($2 == "M" ? 0.4142 : 0) }')
check "her score" jq -e --argjson truth "$truth" '(.rows[0][0] - $truth | fabs) < 0.01' works.out

# Attack: the researcher's own program does not mind. Custodians do.
sed -i '/"owners"/d' one/commons.json
refused 'privacy_mode_not_offered.*at most two conditions' "${ask[@]}" "$three"
works "$medcommons" local down --dir one
