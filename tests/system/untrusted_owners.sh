#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to shapes
# untrusted_owners.sh PROGRAM LYING_UPLOAD HOSTILE_CALLS: a commons whose owners are not trusted with its key answers only what an owner who calculates
# learns next to nothing from, whoever asks (docs/design/0042), and more than two factors only of columns that were opened once (0047).
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"
lying_upload=$(realpath -m "${2:-$(dirname "$medcommons")/lying_upload}")
hostile_calls=$(realpath -m "${3:-$(dirname "$medcommons")/hostile_calls}")
for built in "$lying_upload" "$hostile_calls"; do [ -x "$built" ] || { echo "$built is not built"; exit 77; }; done

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

# Three and four: custodians open every column once, behind noise, and whoever asks waits for it.
works "$medcommons" explain --dir one "SELECT avg(age) FROM clinic WHERE sex = 'F' AND death = 1"
check "explain says so before anybody votes" grep -Eq 'owners: it multiplies 3 conditions .* every column is opened once before, with noise' works.out
three="SELECT avg(age), count(*) FROM clinic WHERE sex = 'F' AND death = 1"
truth=$(awk -F, 'NR > 1 && $2 == "F" && $6 == 1 { ++n; sum += $1 } END { printf "%.9f", sum / n }' a.csv <(sed 1d b.csv))
works "${ask[@]}" "$three"
check "a mean of three factors" jq -e --argjson truth "$truth" '(.rows[0][0] - $truth | fabs) < 1e-6 and .argument == "S" and .assurance == "verified"' works.out
works "${ask[@]}" "SELECT var_pop(age) FROM clinic WHERE sex = 'F' AND death = 1"
truth=$(awk -F, 'NR > 1 && $2 == "F" && $6 == 1 { ++n; sum += $1; square += $1 * $1 } END { printf "%.9f", square / n - (sum / n) ^ 2 }' a.csv <(sed 1d b.csv))
check "a variance of four" jq -e --argjson truth "$truth" '(.rows[0][0] - $truth | fabs) < 1e-4' works.out
works "$medcommons" check uploads --dir one --quiet --json
equal "uploads are checked, which multiplies four" "$(jq .violated works.out)" 0
for custodian in 0 1 2; do
  curl -sS "$(url one "custodian-$custodian")/v1/health" >health.json
  check "custodian $custodian has opened all columns" jq -e '.openings | .columns > 0 and .opened == .columns and .refused == ""' health.json
  check "and keeps its verdicts" test -s "one/custodian-$custodian/uploads.opened"
done

# More, and refreshes that masks do not bear.
five="SELECT var_pop(age) FROM clinic WHERE sex = 'F' AND death = 1 AND nyha = 1"
refused 'at most four conditions and values of a person, and this one multiplies 5' "${ask[@]}" "$five"
refused 'at most four conditions and values of a person' "$medcommons" study propose --dir one --json "$five"
works "$medcommons" explain --dir one "$five"
check "explain says so before anybody votes" grep -q 'not answered here: .*at most four conditions' works.out
refused 'trains no models' "${ask[@]}" "SELECT logistic_regression('death ~ age') FROM clinic"
# A threshold that no dictionary declares is two factors, three where there are missing values (docs/design/0046).
works "${ask[@]}" "SELECT count(*) FROM clinic WHERE age > 57.3"
equal "persons beyond any threshold" "$(jq '.rows[0][0]' works.out)" "$(awk -F, 'NR > 1 && $1 > 57.3 { ++n } END { print n }' a.csv <(sed 1d b.csv))"
works "${ask[@]}" "SELECT count(*) FROM clinic WHERE bmi > 24.37"
equal "and where values are missing" "$(jq '.rows[0][0]' works.out)" "$(awk -F, 'NR > 1 && $5 > 24.37 { ++n } END { print n }' a.csv <(sed 1d b.csv))"
refused 'multiplies 5 \(a threshold that the dictionary does not declare is two\)' "${ask[@]}" "SELECT var_pop(age) FROM clinic WHERE bmi > 24.37"
refused 'compares no scores that multiply columns' "${ask[@]}" "SELECT count(*) FROM clinic WHERE risk_score('m', '0.1 * age:sexM') > 5.25"

# What it is for: a sealed model, of which a patient alone is told her score.
echo '{"equation": "-3.141 + 0.0271 * age + 0.4142 * sexM", "link": "logit", "source": "vendor"}' >heart.json
works "$medcommons" model add --dir one --from heart.json --name heart --sealed heart.secret.json
works "$medcommons" patient key --dir one --owner b --row 7 --out anna.key
works "${ask[@]}" --person anna.key --sealed anna.sealed --parameters heart.secret.json "SELECT avg(risk_score('heart')) FROM clinic"
works "$medcommons" patient read --dir one --owner b --row 7 --json anna.sealed
truth=$(sed -n 8p b.csv | awk -F, '{ print -3.141 + 0.0271 * $1 + ($2 == "M" ? 0.4142 : 0) }')
check "her score" jq -e --argjson truth "$truth" '(.rows[0][0] - $truth | fabs) < 0.01' works.out

# An owner who proves that she knows a value a thousand half widths out of its range: her upload is refused and never computed with.
works "$lying_upload" one age/value=1000
for _ in $(seq 60); do
  curl -sS "$(url one custodian-1)/v1/health" >health.json
  jq -e '.openings.refused != ""' health.json >refusing.out && break
  sleep 1
done
check "health says which column" jq -e '.openings.refused | test("column age/value of block 0: a value lies beyond what noise makes of any within its range")' health.json
refused 'the custodians refuse an upload: .*column age/value' "${ask[@]}" "$three"
works "$medcommons" explain --dir one "$three"
check "explain says so too" grep -q 'owners: the custodians refuse an upload: owner 0x[0-9a-fA-F]*: column age/value' works.out
works "${ask[@]}" "SELECT avg(age), count(*) FROM clinic WHERE sex = 'F'"
check "two factors need nothing opened" jq -e --argjson mean "$mean" '(.rows[0][0] - $mean | fabs) < 1e-6' works.out

# Attack: a researcher's own program does not mind. Custodians do.
works "$medcommons" study propose --dir one --json --releases 20 "$three"
study=$(jq -r .study works.out)
for member in a b patient-a patient-b researcher reviewer; do works "$medcommons" study vote --dir one --as "$member" --study "$study"; done
works "$medcommons" study execute --dir one --study "$study"
mkdir calls
# (It stops at a call about another data set, after the honest one.)
"$hostile_calls" one "$study" "$three" calls >calls.out 2>&1 || true
check "what she asks is on chain" test -s calls/honest.call
for custodian in 0 1 2; do
  status=$(curl -sS -m 100 -o http.out -w '%{http_code}' -X POST --data-binary @calls/honest.call "$(url one "custodian-$custodian")/v1/releases")
  equal "custodian $custodian gives no share" "$status $(jq -r .error.reason http.out)" "403 columns_unopened"
done
# The chambers remove her; the question is answered as before.
works "$medcommons" member propose-removal --dir one --as a --account "$(jq -r '.openings.refused | capture("owner (?<account>0x[0-9a-fA-F]*):").account' health.json)"
for member in a b patient-a patient-b researcher reviewer; do works "$medcommons" member vote --dir one --as "$member"; done
works "$medcommons" member execute --dir one --as a
# Each custodian follows the chain by itself: whoever asks is refused while one still names the upload.
for custodian in 0 1 2; do
  for _ in $(seq 60); do
    curl -sS "$(url one "custodian-$custodian")/v1/health" >health.json
    jq -e '.openings.refused == ""' health.json >refusing.out && break
    sleep 1
  done
done
works "${ask[@]}" "$three"
sed -i '/"owners"/d' one/commons.json
refused 'privacy_mode_not_offered.*at most four conditions' "${ask[@]}" "$five"
works "$medcommons" local down --dir one
works "$medcommons" custodian journal --folder one/custodian-0
equal "its journal says once for each upload that columns were opened" "$(grep -c ' columns ' works.out)" 3
