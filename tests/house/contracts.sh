#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The contracts' own tests, each once, so that ctest's summary counts them: those without random input with their gas compared to what is
# committed in contracts/snapshots (gas of a test is the same on every machine: no tolerance), then fuzz tests and invariants.
set -euo pipefail
[ -d contracts/node_modules ] || { echo "contracts/node_modules is absent: script/setup installs it"; exit 77; }
report=$(mktemp)
trap 'rm -f "$report"' EXIT
if ! npm --prefix contracts run --silent snapshot:check >"$report" 2>&1; then
  grep -vE '^(\[PASS\]|Suite result: ok|Ran |$)' "$report"
  echo "a contract's test fails, or gas is not what contracts/snapshots says: where the new gas is meant," \
       "\`npm --prefix contracts run snapshot\` writes both files anew; commit them with the reason"
  exit 1
fi
grep -E '^Ran .* tests passed' "$report"
npm --prefix contracts run --silent test:random
