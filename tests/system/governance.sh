#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# governance.sh PROGRAM: the chambers decide who belongs and what may be asked. A newcomer asks nothing before she is admitted and nothing
# after she is removed; nobody votes twice, with another key or through a delegate; a motion is carried out once; the ethics board stops a
# study that the chambers approved.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

records a.json 5 12 1
records b.json 6 9 13
for name in a b; do cohort $name.json '["id","age","sex"]' >$name.csv; done
works "$medcommons" schema infer a.csv b.csv -o schema.json
works "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --id id --privacy exact --study-timelock 2
question="SELECT count(*) FROM commons"
voters=(a b patient-a patient-b researcher reviewer)
# carried VOTERS...: everybody votes for the newest motion, which is then carried out.
carried() {
  local member
  for member in "$@"; do works "$medcommons" member vote --dir one --as "$member"; done
  works "$medcommons" member execute --dir one --as a --json
  equal "carried out" "$(jq -r .state works.out)" carried
}
chamber_of() { "$medcommons" member list --dir one --json | jq -r --arg name "$1" '[.[] | select(.name == $name) | .as] | join(" ")'; }

equal "everybody is there" "$("$medcommons" member list --dir one --json | jq -c 'map(.as) | group_by(.) | map("\(length) \(.[0])")')" \
  '["1 auditor","3 custodian","3 ethics-board","1 node-operator","2 patients","2 providers","2 researchers"]'

# Admission: only members move, a candidate votes on nothing, all chambers must agree, once.
works "$medcommons" member propose-admission --dir one --as a --name rosa --chamber researchers --json
equal "a motion" "$(jq -r '.state, .can_execute' works.out | paste -sd' ')" "proposed false"
refused 'is no member of the chamber of researchers and cannot propose' "$medcommons" study propose --dir one --as rosa --json "$question"
refused 'belongs to no chamber and cannot vote' "$medcommons" member vote --dir one --as rosa --json
refused 'motion 0 is open until' "$medcommons" member execute --dir one --as a --json
works "$medcommons" member vote --dir one --as a
refused 'has already voted on motion 0' "$medcommons" member vote --dir one --as a --no --json
carried "${voters[@]:1}"
refused 'motion 0 is carried' "$medcommons" member execute --dir one --as a --json
equal "rosa is a researcher" "$(chamber_of rosa)" researchers
refused 'is already a member' "$medcommons" member propose-admission --dir one --as a --name rosa --chamber patients --json
refused 'there is no motion 7' "$medcommons" member vote --dir one --as a --motion 7 --json

# A new key does not vote again.
works "$medcommons" study propose --dir one --as rosa --json "$question"
study=$(jq -r .study works.out)
works "$medcommons" study vote --dir one --as b --study "$study"
works "$medcommons" member rotate-key --dir one --as b
refused 'has already voted on study' "$medcommons" study vote --dir one --as b --study "$study" --json
works "$medcommons" member rotate-key --dir one --as rosa

# A delegate casts for whoever delegated before the ballot, and only for those.
works "$medcommons" member delegate --dir one --as patient-b --to patient-a
works "$medcommons" study vote --dir one --as patient-b --study "$study"
for member in a patient-a researcher rosa; do works "$medcommons" study vote --dir one --as "$member" --study "$study"; done
refused 'is no other member of the same chamber' "$medcommons" member delegate --dir one --as patient-b --to a --json

# The board may object while the timelock runs; then the study is active, and answers to its requester under her new key.
works "$medcommons" study count --dir one --study "$study" --json
equal "approved, not yet active" "$(jq -r .state works.out)" approved
refused 'not active' "$medcommons" ask --dir one --as rosa --study "$study" --json "$question"
refused 'is no member of the ethics board' "$medcommons" study veto --dir one --as a --study "$study" --json
works "$medcommons" study veto --dir one --as ethics-a --study "$study"
works "$medcommons" study execute --dir one --study "$study" --json
equal "one of three stops nothing" "$(jq -r .state works.out)" active
refused 'cast|approved study becomes active or is objected to' "$medcommons" study veto --dir one --as ethics-b --study "$study" --json
works "$medcommons" ask --dir one --as rosa --quiet --json "$question"
equal "her answer" "$(jq -r .n works.out)" 21
refused 'is not approved' "$medcommons" ask --dir one --as reviewer --study "$study" --json "$question"

works "$medcommons" study propose --dir one --as researcher --json "$question"
second=$(jq -r .study works.out)
refused 'had delegated her vote on study' "$medcommons" study vote --dir one --as patient-b --study "$second" --json
for member in a b patient-a researcher rosa; do works "$medcommons" study vote --dir one --as "$member" --study "$second"; done
works "$medcommons" study count --dir one --study "$second" --json
equal "one vote for two patients" "$(jq -c '.votes.patients' works.out)" '{"yes":2,"no":0,"members":2}'
for member in ethics-a ethics-c; do works "$medcommons" study veto --dir one --as $member --study "$second" --json; done
equal "stopped by two of three" "$(jq -r .state works.out)" vetoed
refused 'is vetoed' "$medcommons" study execute --dir one --study "$second" --json
equal "both are listed" "$("$medcommons" study list --dir one --json | jq -r 'map(.state) | join(" ")')" "active vetoed"

# Offices, and the end of a membership.
works "$medcommons" member propose-role --dir one --as a --name auditor --role auditor --dismiss
carried a b patient-a researcher rosa
equal "no auditor any more" "$(chamber_of auditor)" ""
works "$medcommons" member propose-removal --dir one --as a --name rosa
carried a b patient-a researcher reviewer
refused 'is no member of the chamber of researchers' "$medcommons" ask --dir one --as rosa --json "$question"
works "$medcommons" member propose-removal --dir one --as a --name patient-b
carried a b patient-a researcher reviewer
refused 'the chamber of patients would have no member' "$medcommons" member propose-removal --dir one --as a --name patient-a --json
