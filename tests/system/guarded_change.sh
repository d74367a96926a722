#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# guarded_change.sh PROGRAM ABANDONED_RELEASE: a commons of private records gets another committee. What the old one was asked and never answered
# is given back, once, but for its counts; what it answered stays paid for; budgets go on; and the new one knows under which consents the data
# were asked before (R18, R19).
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"
abandoned_release=$(realpath -m "${2:-$(dirname "$medcommons")/abandoned_release}")
[ -x "$abandoned_release" ] || { echo "$abandoned_release is not built"; exit 77; }

records a.json 5 260 1
cohort a.json '["id","age","sex"]' >a.csv
works "$medcommons" schema infer a.csv -o schema.json
works "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --id id --auto-approve --privacy guarded --disclosure opensafely \
  --budget 4 --committee-timelock 5
question='SELECT count(*), avg(age) FROM commons'
works "$medcommons" ask --dir one --quiet --json --rho 0.2 "$question"
study=$(jq -r .study works.out)
mean=$(jq '.rows[0][1]' works.out)
# micro KIND: what is spent of, or refunded to, the study's budget, in millionths.
micro() { "$medcommons" study show --dir one --json --study "$study" | jq ".budget.$1.rho * 1e6 | round"; }
answered=$(micro spent)
check "the answer is paid for" [ "$answered" -gt 0 ]

# A client ends between its authorisation and the custodians: its price is gone, and no custodian knows of it.
works "$abandoned_release" one "$study" 150000 40000
works "$abandoned_release" one "$study" 30000 0
equal "debited, and never asked for" "$(micro spent) $(micro refunded)" "$((answered + 180000)) 0"
equal "of the data set too" "$("$medcommons" budget show --dir one --json | jq '.spent.rho * 1e6 | round')" "$((answered + 180000))"

if timeout 300 "$medcommons" local change-committee --dir one --custodians 3 --threshold 2 >change.out 2>change.err; then passed; else failed "change-committee: $(tail -n 5 change.err)"; fi
equal "another committee is in office" "$("$medcommons" committee status --dir one --json | jq -c '[.in_office, .committees[-1].committee]')" '[2,"2-of-3"]'
equal "what nobody answered is given back but for its counts, and nothing of what was" "$(micro spent) $(micro refunded)" "$((answered + 40000)) 140000"
equal "to the data set too" "$("$medcommons" budget show --dir one --json | jq '.spent.rho * 1e6 | round')" "$((answered + 40000))"
works "$medcommons" custodian journal --folder one/custodian-0
equal "the old custodians wrote it down before they said it" "$(grep -c ' given_up study ' works.out)" 2

# An old custodian that somebody starts again has nothing more to give up: a refund happens once.
"$medcommons" run custodian --folder one/custodian-0 --commons one/commons-1.json --custodian 0 --key-file one/keys/custodian-0.key \
  --port 0 --name old >old.log 2>&1 &
old_pid=$!
for _ in $(seq 60); do grep -q 'ready to release' old.log && break; sleep 0.2; done
sleep 3
kill "$old_pid"
wait "$old_pid" || true
equal "nothing is given back twice" "$(micro spent) $(micro refunded)" "$((answered + 40000)) 140000"

# The new committee answers out of the same budgets, with noise of its own.
works "$medcommons" ask --dir one --quiet --json --study "$study" --rho 0.2 "$question"
check "the new committee answers" jq -e "(.rows[0][1] - $mean) | fabs < 10" works.out
check "and is paid out of the same budget" [ "$(micro spent)" -gt "$((answered + 40000))" ]

# The old committee was asked while p1 consented. Did she revoke alone, she would be the difference of two answers, whoever is in office.
works "$medcommons" consent revoke --dir one --owner a --row p1
refused 'consent_too_similar: .*consent differs by 1 persons' "$medcommons" ask --dir one --quiet --json --study "$study" --rho 0.1 "$question"
