#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# committee_change.sh PROGRAM HOSTILE_CALLS: a commons of 2 of 3 becomes one of 3 of 5. The same questions have the same answers before and after; a committee
# is refused when the chambers stop it and waits for its timelock; the old one answers until then and never again.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"
hostile_calls=$(realpath -m "${2:-$(dirname "$medcommons")/hostile_calls}")
[ -x "$hostile_calls" ] || { echo "$hostile_calls is not built"; exit 77; }

columns='["id","age","height","sex"]'
records a.json 11 30 1
records b.json 23 25 31
for name in a b; do cohort $name.json "$columns" >$name.csv; done
works "$medcommons" schema infer a.csv b.csv -o schema.json
works "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --id id --privacy exact --auto-approve \
  --committee-timelock 20

question='SELECT count(*), sum(age), avg(height) FROM commons'
# answer: the rows with the digits that are certain.
answer() { "$medcommons" ask --dir one --quiet --json "$question" | jq -c '[.rows[0][] | . * 1000 | round]'; }
before=$(answer)
equal "the commons answers" "$before" "$(jq -cs 'add | [length, (map(.age) | add), (map(.height) | add / length)] | map(. * 1000 | round)' a.json b.json)"
state() { "$medcommons" committee status --dir one --json | jq -r --argjson epoch "$1" '.committees[] | select(.epoch == $epoch) | .state'; }
equal "the timelock is stated" "$("$medcommons" committee status --dir one --json | jq .timelock_s)" 20

# A release call that the old committee answers.
works "$medcommons" ask --dir one --quiet --json "SELECT count(*), sum(age) FROM commons"
mkdir calls
works "$hostile_calls" one "$(jq -r .study works.out)" "SELECT count(*), sum(age) FROM commons" calls
old=$(url one custodian-0)
share_of() { curl -sS -m 60 -o share.out -w '%{http_code}' -X POST --data-binary @calls/honest.call "$1/v1/releases"; }
equal "an old custodian gives its share" "$(share_of "$old")" 200

# A shape that lets t-1 own a piece is refused before anything is made.
refused 'n >= 2t-1|2 threshold|custodians' "$medcommons" local change-committee --dir one --custodians 4 --threshold 3

# Stopped by a chamber.
works "$medcommons" committee propose --dir one --as a --custodians 3 --threshold 2
equal "it is proposed" "$(state 2)" proposed
refused 'epoch 2 is proposed|VotingClosed|closed' "$medcommons" committee veto --dir one --as a
for member in a b patient-a patient-b researcher reviewer; do
  [ "$(state 2)" != proposed ] || works "$medcommons" committee vote --dir one --as "$member" --yes
done
equal "the chambers approve it" "$(state 2)" approved
refused 'cannot come into office before' "$medcommons" committee activate --dir one --as a
works "$medcommons" committee veto --dir one --as patient-a
works "$medcommons" committee veto --dir one --as patient-b
equal "the patients stop it" "$(state 2)" vetoed

# Interrupted in the middle of everything, then carried out; the old committee answers meanwhile.
timeout -s KILL 8 "$medcommons" local change-committee --dir one --custodians 5 --threshold 3 >change.out 2>&1 || true
equal "nothing has changed yet" "$("$medcommons" committee status --dir one --json | jq .in_office)" 1
equal "the old committee goes on answering" "$(answer)" "$before"
if timeout 240 "$medcommons" local change-committee --dir one --custodians 5 --threshold 3 >change.out 2>change.err; then passed; else failed "change-committee: $(tail -n 5 change.err)"; fi
equal "the new committee is in office" "$("$medcommons" committee status --dir one --json | jq -c '[.in_office, .committees[-1].committee]')" '[3,"3-of-5"]'
equal "the old one is past" "$(state 1)" past
equal "eight processes are ready" "$("$medcommons" local status --dir one --json | jq '[.[] | select(.health == "ready" and .pid > 0)] | length')" 8
equal "the answer is the same" "$(answer)" "$before"
works "$medcommons" committee verify --dir one --json
equal "its key generation is verified" "$(jq -c '[.verified, .epoch, .committee]' works.out)" '[true,3,"3-of-5"]'
check "the old custodians' journals say that they took part" bash -c "'$medcommons' custodian journal --folder one/custodian-0 | grep -q migration"

# An old custodian that was not ended, or that somebody starts again, has nothing to say any more.
"$medcommons" run custodian --folder one/custodian-0 --commons one/commons-1.json --custodian 0 --key-file one/keys/custodian-0.key \
  --port "${old##*:}" --name old >old.log 2>&1 &
old_pid=$!
for _ in $(seq 100); do curl -sS "$old/v1/health" 2>/dev/null | jq '.state | IN("ready", "relieved")' | grep -q true && break; sleep 0.2; done
equal "an old custodian's share is refused" "$(share_of "$old") $(jq -r .error.reason share.out)" "403 stale_epoch"
kill "$old_pid"
wait "$old_pid" || true

# A second change, with one custodian lost: the data move a second time.
killed one custodian-3-0
refused 'needs 3' "$medcommons" local change-committee --dir one --custodians 3 --threshold 2 --without 0,1,2
if timeout 240 "$medcommons" local change-committee --dir one --custodians 3 --threshold 2 --without 0 >change.out 2>change.err; then passed; else failed "second change-committee: $(tail -n 5 change.err)"; fi
equal "the third committee is in office" "$("$medcommons" committee status --dir one --json | jq -c '[.in_office, .committees[-1].committee]')" '[4,"2-of-3"]'
equal "the answer is the same again" "$(answer)" "$before"

# Everything comes up again.
works "$medcommons" local down --dir one
works "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --id id --privacy exact --auto-approve
equal "it comes back as it was" "$(answer)" "$before"
