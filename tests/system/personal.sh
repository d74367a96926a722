#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# personal.sh PROGRAM: a score about one record that its person alone can read, and everybody who would like to read it.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

clinic=$repository/query/testing/models
sed -n '1,61p' "$clinic/clinic.csv" >a.csv
sed -n '1p;62,121p' "$clinic/clinic.csv" >b.csv
works "$medcommons" local up --dir one --schema "$clinic/schema.json" --cohort a=a.csv --cohort b=b.csv --dataset clinic \
  --privacy exact --auto-approve
jq -n '{equation: "-3 + 0.03 * age + 0.4 * sexM", link: "logit"}' >points.json
works "$medcommons" model add --dir one --from points.json --name points

# A key for a record that nobody sealed was made, and found out when its study had been approved.
refused "there is no row '700' with owner 'b'" "$medcommons" patient key --dir one --owner b --row 700 --json --out nobody.key
check "and no key was written" test ! -e nobody.key

# Row 7 of b: what she is told is the model's equation of what her line says.
works "$medcommons" patient key --dir one --owner b --row 7 --out anna.key
check "it says what to do next" grep -q -- '--person anna.key --sealed' works.out
works "$medcommons" ask --dir one --quiet --json --person anna.key --sealed anna.sealed \
  "SELECT avg(risk_score('points')), sum(age), count(age) FROM clinic"
check "who asks gets no number" jq -e '.rows == [] and .sealed == true' works.out
works "$medcommons" patient read --dir one --owner b --row 7 --json anna.sealed
cp works.out anna.json
equal "her score and age" "$(jq -c '.rows[0] | map(. * 1e6 | round)' anna.json)" \
  "$(sed -n 8p b.csv | jq -Rc --arg names "$(head -n 1 b.csv)" '
     ($names / ",") as $n | . / "," | [$n, .] | transpose | map({(.[0]): .[1]}) | add
     | [-3 + 0.03 * (.age | tonumber) + (if .sex == "M" then 0.4 else 0 end), (.age | tonumber), 1] | map(. * 1e6 | round)')"
check "all custodians, argument S" jq -e '.assurance == "verified" and .argument == "S"' anna.json
works "$medcommons" patient read --dir one --owner b --row 7 anna.sealed
check "and as a table" grep -q "risk_score('points')" works.out

# Those who would like to read it.
refused 'sealed for somebody else' "$medcommons" patient read --dir one --owner b --row 8 --json anna.sealed
refused 'sealed for somebody else' "$medcommons" patient read --dir one --owner a --row 7 --json anna.sealed
refused 'for its person alone: --sealed' "$medcommons" ask --dir one --json --person anna.key "SELECT avg(age) FROM clinic"
works "$medcommons" patient key --dir one --owner b --row 7 --json --out anna2.key
person=$(jq -r .person works.out)
signature=$(jq -r .signature works.out)
# The researcher's own study and key, with the patient's clause.
refused 'not_the_persons: the study.s key is of' "$medcommons" ask --dir one --json --sealed stolen.sealed \
  "SELECT avg(age) FROM clinic FOR PERSON '$person' SIGNED '$signature'"
# Another patient's key, her own signature, somebody else's record.
works "$medcommons" patient key --dir one --owner b --row 8 --json --out bob.key
refused 'not_the_persons: the study.s key is of' "$medcommons" ask --dir one --json --person bob.key --sealed stolen.sealed \
  "SELECT avg(age) FROM clinic FOR PERSON '$person' SIGNED '$(jq -r .signature works.out)'"
check "nothing was written" test ! -e stolen.sealed
# An old key: the study it was made for has another one by now.
refused 'the patient made her key for study' "$medcommons" ask --dir one --json --person anna2.key --sealed x.sealed "SELECT sum(bmi) FROM clinic"
refused 'not offered: median FOR PERSON' "$medcommons" ask --dir one --json --person anna.key --sealed x.sealed "SELECT median(age) FROM clinic"
refused 'not offered: WHERE FOR PERSON|WHERE, GROUP BY or the end' "$medcommons" ask --dir one --json --person anna.key --sealed x.sealed \
  "SELECT avg(age) FROM clinic WHERE sex = 'F'"
refused 'no consent leaf is called' "$medcommons" ask --dir one --json --sealed x.sealed \
  "SELECT avg(age) FROM clinic FOR PERSON '$(printf '0%.0s' {1..64})' SIGNED '$signature'"
head -c 1000 anna.sealed >cut.sealed
refused 'cut.sealed: a sealed answer: truncated' "$medcommons" patient read --dir one --owner b --row 7 --json cut.sealed

# Who takes her consent back is not asked about any more, and what she was told before stays hers.
works "$medcommons" consent revoke --dir one --owner b --row 7
refused 'does not consent to this use of her record' "$medcommons" ask --dir one --json --person anna.key --sealed again.sealed \
  "SELECT avg(risk_score('points')), sum(age), count(age) FROM clinic"
works "$medcommons" patient read --dir one --owner b --row 7 --json anna.sealed
equal "the same numbers" "$(jq -c .rows works.out)" "$(jq -c .rows anna.json)"
works "$medcommons" local down --dir one
