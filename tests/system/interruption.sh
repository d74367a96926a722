#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# interruption.sh PROGRAM: `local up` is killed at many moments and run again, two commons live side by side, two `local up` meet in one
# folder, and a port is taken by a stranger. The answers stay the same.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"
command -v node >/dev/null || { echo "node is not installed"; exit 77; }

records a.json 5 12 1
records b.json 6 9 13
for name in a b; do cohort $name.json '["id","age","sex"]' >$name.csv; done
jq -s add a.json b.json >all.json
works "$medcommons" schema infer a.csv b.csv -o schema.json

question='SELECT count(*), sum(age) FROM commons'
expected=$(jq -c '[length, (map(.age) | add)]' all.json)
up() { timeout 100 "$medcommons" local up --dir "$1" --schema schema.json --cohort a=a.csv --cohort b=b.csv --privacy exact --auto-approve; }
# answers DIR: the one question, to which both commons know the same answer.
answers() {
  works "$medcommons" ask --dir "$1" --quiet --json "$question"
  equal "$1 answers" "$(jq -c '.rows[0]' works.out)" "$expected"
}

# killed_after SECONDS COMMAND...: ends with a status that is not 0 when the command was still at work.
killed_after() {
  local process
  "${@:2}" >/dev/null 2>&1 &
  process=$!
  sleep "$1"
  kill -KILL "$process" 2>/dev/null || true
  wait "$process" 2>/dev/null
}

# Killed after so many seconds, each time in the same folder, so that every stage of the founding is hit.
moments=()
for moment in 0.05 0.2 0.4 0.7 1 1.5 2 2.5 3; do
  if ! killed_after "$moment" "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --privacy exact --auto-approve; then
    moments+=("$moment")
    if [ -f one/local.json ]; then works "$medcommons" local status --dir one --json; fi
  fi
done
check "several moments were before the end: ${moments[*]}" [ "${#moments[@]}" -ge 3 ]
check "it goes on where it was" up one
answers one
equal "approval without a vote is said" "$(jq '[.notices[] | select(contains("--auto-approve"))] | length' works.out)" 1

# And its processes, while it founds: whatever died is started again.
(up two >/dev/null 2>&1 || true) &
founding=$!
for _ in $(seq 200); do [ ! -f two/run/custodian-0.pid ] || break; sleep 0.05; done
for name in custodian-0 store; do kill -KILL "$(pid two "$name")" 2>/dev/null || true; done
wait "$founding" || true
check "it goes on where it was" up two
answers two
answers one
equal "two commons share no port" "$({ "$medcommons" local status --dir one --json; "$medcommons" local status --dir two --json; } | jq -s 'add | map(.url) | (unique | length) == length')" true

# Killed a moment before: what is still dying is no process that runs.
"$medcommons" local status --dir two --json | jq -r '.[] | select(.role != "chain") | .pid' >pids
xargs kill -KILL <pids
check "what was killed a moment ago is started again" up two
equal "and nothing is missing" "$("$medcommons" local status --dir two --json | jq '[.[] | select(.health != "ready")] | length')" 0
answers two

# Two at once in one folder: never both at work, and nothing breaks.
works "$medcommons" local down --dir two
up two >first.out 2>&1 &
first=$!
through=0
if up two >second.out 2>&1; then through=1; else check "who does not start says why" grep -q '^medcommons: .*two' second.out; fi
if wait "$first"; then through=1; else check "who does not start says why" grep -q '^medcommons: .*two' first.out; fi
equal "one of the two goes through" "$through" 1
answers two

# A stranger listens where the store was: everybody moves.
works "$medcommons" local down --dir two
port=$(url two store | sed 's/.*://')
node -e 'require("net").createServer().listen(+process.argv[1], "127.0.0.1", () => console.log("listening"))' "$port" >stranger.out &
stranger=$!
for _ in $(seq 100); do [ ! -s stranger.out ] || break; sleep 0.05; done
check "a taken port is no obstacle" up two
equal "the store moved" "$([ "$(url two store | sed 's/.*://')" = "$port" ] && echo stayed || echo moved)" moved
answers two
kill "$stranger"
wait "$stranger" 2>/dev/null || true

# A client that is killed while it asks loses nothing but its answer.
for moment in 0.05 0.1 0.2 0.3; do
  killed_after "$moment" "$medcommons" ask --dir one --quiet --json "$question" || true
  answers one
done
