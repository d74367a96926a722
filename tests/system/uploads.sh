#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uploads.sh PROGRAM LYING_UPLOAD: whether what owners sealed is what the dictionary says, asked as the members would: approved like any question,
# no honest owner accused, one who lies found by the columns that she lied in, noised and paid for where records are private.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"
lying_upload=$(realpath -m "${2:-$(dirname "$medcommons")/lying_upload}")
[ -x "$lying_upload" ] || { echo "$lying_upload is not built"; exit 77; }

records a.json 5 120 1
records b.json 6 100 1001
for name in a b; do cohort $name.json '["id","age","height","crp","sex","smoking","diabetes"]' >$name.csv; done
works "$medcommons" schema infer a.csv b.csv -o schema.json
up=("$medcommons" local up --schema schema.json --cohort a=a.csv --cohort b=b.csv --id id)
works "${up[@]}" --dir one --privacy exact

# What was uploaded is checked before anybody asks.
checked() {
  local port
  for port in $("$medcommons" local status --dir one --json | jq -r '.[] | select(.name | startswith("custodian")) | .url'); do
    curl -sS "$port/v1/health" | jq -c '.uploads | .checked > 0 and .checked == .ciphertexts'
  done | sort -u
}
# Longer than between two looks at the chain: the second upload may not have been seen yet.
for _ in $(seq 20); do [ "$(checked)" = true ] && sleep 3 && [ "$(checked)" = true ] && break; sleep 0.5; done
equal "every custodian has checked the uploads, and nobody has asked anything" "$(checked)" true

# It is a question: nobody's approval, no answer; the plan is shown before.
refused 'is not approved' "$medcommons" check uploads --dir one --json
works "$medcommons" explain --dir one "CHECK UPLOADS"
check "the plan names the checks" grep -q 'sex: categories' works.out
refused 'is for guarded commons' "$medcommons" check uploads --dir one --rho 1 --json
works "$medcommons" study propose --dir one --json "CHECK UPLOADS"
for member in a b patient-a patient-b researcher reviewer; do works "$medcommons" study vote --dir one --as "$member"; done
works "$medcommons" study execute --dir one
works "$medcommons" check uploads --dir one --quiet --json
equal "nobody is accused" "$(jq -c '[.persons, .violated, .assurance]' works.out)" '[220,0,"verified"]'
check "zeros are zeros" jq -e '[.checks[] | select(.check != "range") | .sum | fabs] | max < 1e-6' works.out
check "and ranges are told" jq -e '[.checks[] | select(.check == "range") | .reach] | length == 3 and min >= 1 and max < 4' works.out
works "$medcommons" check uploads --dir one --quiet
check "in words, too" grep -Eq '^[0-9]+ checks over 220 persons, 0 violated; verified$' works.out
works "$medcommons" consent revoke --dir one --owner a --row p1
works "$medcommons" check uploads --dir one --quiet --json
equal "over who consents" "$(jq -c '[.persons, .violated]' works.out)" '[219,0]'

# An owner who proves that she knows what is inside, and is in two categories and half a mark.
works "$lying_upload" one sex/is/f=1 sex/is/m=1 diabetes/value=1.5 diabetes/valid=1 age/value=0.5 height/value=0.1
works "$medcommons" check uploads --dir one --quiet --json
equal "her columns are named, and no others" "$(jq -c '[.persons, ([.checks[] | select(.violated) | "\(.column) \(.check) \(.sum * 1e4 | round / 1e4)"] | sort)]' works.out)" \
  '[220,["diabetes marks 0.5625","sex categories 1"]]'
works "$medcommons" check uploads --dir one --quiet
check "in words, too" grep -Eq '^VIOLATED +sex: categories +1, honest records give' works.out
works "$medcommons" local down --dir one

# Private records: the checks carry noise, cost something, and still accuse nobody.
works "${up[@]}" --dir two --privacy guarded --disclosure datashield --budget 50 --auto-approve
works "$medcommons" check uploads --dir two --quiet --json --rho 4
equal "nobody is accused under noise" "$(jq .violated works.out)" 0
check "which is said" jq -e '[.checks[] | select(.check == "categories") | .honest[1]] | all(. > 0.001)' works.out
works "$medcommons" budget show --dir two --json
check "and it was paid for" jq -e '.spent.rho > 0' works.out
