#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# removed_owner.sh PROGRAM EMPTY_PUBLICATION: a member who publishes what nobody can read stops all questions until the chambers remove her,
# and nothing for longer; a hospital that is removed takes its records along, committees change without them, and it may bring them back.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"
empty_publication=$(realpath -m "${2:-$(dirname "$medcommons")/empty_publication}")
[ -x "$empty_publication" ] || { echo "$empty_publication is not built"; exit 77; }

records a.json 11 30 1
records b.json 23 25 31
records c.json 17 28 71
for name in a b c; do cohort $name.json '["id","age","sex"]' >$name.csv; done
works "$medcommons" schema infer a.csv b.csv c.csv -o schema.json
works "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --cohort c=c.csv --id id --privacy exact --auto-approve \
  --committee-timelock 20

question='SELECT count(*), sum(age) FROM commons'
answer() { "$medcommons" ask --dir one --quiet --json "$question" | jq -c '[.rows[0][] | round]'; }
expected() { jq -cs 'add | [length, (map(.age) | add)]' "$@"; }
# carry WORDS...: a motion, voted on and carried out.
carry() {
  works "$medcommons" member "$@" --dir one --as a
  for member in a b patient-a patient-b researcher reviewer; do works "$medcommons" member vote --dir one --as "$member"; done
  works "$medcommons" member execute --dir one --as a
}
carry_removal() { carry propose-removal --name "$1"; }
equal "everybody's records" "$(answer)" "$(expected a.json b.json c.json)"
works "$medcommons" member rotate-key --dir one --as b
equal "a new key changes nothing" "$(answer)" "$(expected a.json b.json c.json)"

# A patient is a member too, and may own records.
works "$empty_publication" one patient-c
refused 'owner 0x[0-9a-fA-F]* published what cannot be used: .*member propose-removal' "$medcommons" ask --dir one --quiet --json "$question"
killed one store
works "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --cohort c=c.csv --id id --privacy exact --auto-approve
works "$medcommons" consent revoke --dir one --owner a --row p1
refused 'published what cannot be used' "$medcommons" ask --dir one --quiet --json "$question"
carry_removal patient-c
jq '.[1:]' a.json >a1.json
equal "without her, and without who revoked meanwhile" "$(answer)" "$(expected a1.json b.json c.json)"

# A hospital leaves.
carry_removal c
equal "it takes its records along" "$(answer)" "$(expected a1.json b.json)"
works "$medcommons" local change-committee --dir one --custodians 3 --threshold 2 --without 0
equal "and the new committee never had them" "$(answer)" "$(expected a1.json b.json)"
# It comes back with the account that it had: its records were left behind when the committee changed, and follow.
carry propose-admission --name c --chamber providers
equal "who is admitted again brings its records back" "$(answer)" "$(expected a1.json b.json c.json)"
carry_removal b
equal "one that leaves afterwards" "$(answer)" "$(expected a1.json c.json)"
works "$medcommons" local down --dir one
works "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --cohort c=c.csv --id id --privacy exact --auto-approve
equal "and everything comes up as it was" "$(answer)" "$(expected a1.json c.json)"
