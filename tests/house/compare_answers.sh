#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# script/compare_answers.jq, by which the demo judges itself: it accepts what is equal and nothing else.
set -euo pipefail
command -v jq >/dev/null || { echo "jq is not installed"; exit 77; }

expected='{"columns":["g","avg(x)"],"rows":[[0,2.5],[1,null]],"n":7}'
failed=0

# expect VERDICT ANSWER WHAT: VERDICT is true when all numbers agree.
expect() {
  local verdict
  verdict=$(jq -c --argjson expected "$expected" --argjson tolerance 1e-9 -f script/compare_answers.jq <<<"$2" \
    | jq -s 'length > 0 and all(.equal)')
  if [ "$verdict" != "$1" ]; then
    echo "$3: equal is $verdict, expected $1"
    failed=1
  fi
}

expect true '{"rows":[[0,2.5],[1,null]],"n":7}' "the same answer"
expect true '{"rows":[[0,2.50000000001],[1,null]],"n":7}' "an error below the tolerance"
expect false '{"rows":[[0,2.5001],[1,null]],"n":7}' "an error above the tolerance"
expect false '{"rows":[[0,2.5],[1,0]],"n":7}' "a zero for a null"
expect false '{"rows":[[0,null],[1,null]],"n":7}' "a null for a number"
expect false '{"rows":[[0,"2.5"],[1,null]],"n":7}' "text for a number"
expect false '{"rows":[[0,2.5]],"n":7}' "a row less"
expect false '{"rows":[],"n":7}' "no row"
expect false '{"rows":[[0,2.5,1],[1,null]],"n":7}' "a column more"
expect false '{"rows":[[0,2.5],[1,null]],"n":6}' "another n"
expect false '{"rows":[[0,2.5],[1,null]]}' "no n"
expect false '{"error":{"code":"refused","message":"no"}}' "a refusal"
exit "$failed"
