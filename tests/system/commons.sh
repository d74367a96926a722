# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of this folder: a scratch folder, records to seal, and what to expect of the program.
# The first argument of the sourcing script, or MEDCOMMONS, is the program.
# shellcheck shell=bash
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
medcommons=${1:-${MEDCOMMONS:-$repository/build/release/medcommons}}
medcommons=$(realpath -m "$medcommons")
[ -x "$medcommons" ] || { echo "$medcommons is not built"; exit 77; }
for tool in jq curl; do command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }; done
if [ -z "${MEDCOMMONS_ANVIL:-}" ]; then
  MEDCOMMONS_ANVIL=$(find "$repository/contracts/node_modules/@foundry-rs" -path '*/bin/anvil' -type f -perm -u+x 2>/dev/null | grep -v '/anvil/bin/' | head -n 1 || true)
  [ -n "$MEDCOMMONS_ANVIL" ] || { echo "contracts/node_modules has no anvil: script/setup installs it"; exit 77; }
  export MEDCOMMONS_ANVIL
fi

scratch=$(mktemp -d)
failures=0
checks=0
companions=()  # processes that the script itself started
finish() {
  local status=$? folder companion
  trap - EXIT INT TERM
  for folder in "$scratch"/*/; do
    [ ! -f "$folder/local.json" ] || "$medcommons" local down --dir "$folder" >/dev/null 2>&1 || true
  done
  for companion in "${companions[@]}"; do kill "$companion" 2>/dev/null || true; done
  rm -rf "$scratch"
  echo "$checks checks, $failures failed"
  [ "$failures" = 0 ] || status=1
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM
# A script that ends early says where: `works` and `check` count their failures, anything else that fails ends it.
trap 'echo "ended by line $LINENO of ${BASH_SOURCE[0]##*/}: status $?"' ERR
cd "$scratch"

passed() { checks=$((checks + 1)); }
failed() {
  checks=$((checks + 1))
  failures=$((failures + 1))
  printf 'FAILED: %.900s\n' "$*"
}
# check SENTENCE COMMAND...: the command succeeds; jq says something too, for of an empty file jq 1.6 takes everything to
# be true.
check() {
  local sentence=$1
  shift
  if "$@" >check.out 2>&1 && { [ "$1" != jq ] || [ -s check.out ]; }; then passed; else failed "$sentence: $(head -c 600 check.out)"; fi
}
# equal SENTENCE ACTUAL EXPECTED
equal() { if [ "$2" = "$3" ]; then passed; else failed "$1: is '$2', expected '$3'"; fi; }

# works COMMAND...: ends with status 0; standard output is in works.out.
works() {
  if timeout 300 "$@" >works.out 2>works.err; then passed; else failed "$* : $(tail -n 3 works.err)"; fi
}

# refused PATTERN COMMAND...: ends with a status that is not 0 and not a signal's, says one sentence on standard error that
# matches PATTERN, and with --json the same sentence on standard output as an error object.
refused() {
  local pattern=$1 status=0 sentence
  shift
  timeout 100 "$@" >refused.out 2>refused.err || status=$?
  sentence=$(sed -n 's/^medcommons: //p' refused.err | tail -n 1)
  if [ "$status" = 0 ] || [ "$status" -ge 124 ]; then
    failed "${*:2} ended with status $status: $(tail -n 2 refused.err)"
  elif ! grep -Eq -- "$pattern" <<<"$sentence"; then
    failed "${*:2} says '$sentence', expected /$pattern/"
  elif [[ " $* " == *" --json "* ]] && ! jq -e --arg sentence "$sentence" '.error.message == $sentence and (.error.code | length > 0)' refused.out | grep -q true; then
    failed "${*:2}: standard output is not its error object: $(head -c 300 refused.out)"
  else
    passed
  fi
}

# records FILE SEED ROWS FIRST: deterministic persons as JSON, from which the CSV is written and answers are computed.
records() {
  jq -n --argjson seed "$2" --argjson rows "$3" --argjson first "$4" '
    def draw: (. * 48271) % 2147483647;
    [foreach range($rows * 7) as $i ($seed; draw; .)] as $numbers
    | [range($rows) as $i | $numbers[$i * 7:$i * 7 + 7] | {
        id: "p\($first + $i)",
        age: (20 + .[0] % 70),
        height: ((150000000 + .[1] % 40000000) / 1000000),
        crp: (if .[2] % 7 == 0 then null else (.[2] % 9000) / 1000 end),
        sex: (if .[3] % 2 == 0 then "f" else "m" end),
        smoking: [null, "never", "never", "former", "current"][.[4] % 5],
        ward: ["North", "South", "East, upper floor"][.[5] % 3],
        diabetes: (if .[6] % 4 == 0 then 1 else 0 end)}]' >"$1"
}
# cohort RECORDS COLUMNS: the CSV of some columns, the one with a dot and spaces in its name among them.
cohort() {
  jq -r --argjson columns "$2" '
    {crp: "crp.hs mg/l"} as $names
    | ($columns | map($names[.] // .) | @csv), (.[] as $person | $columns | map($person[.]) | @csv)' "$1"
}

health() { "$medcommons" local status --dir "$1" --json | jq -r --arg name "$2" '.[] | select(.name == $name) | .health'; }
pid() { "$medcommons" local status --dir "$1" --json | jq -r --arg name "$2" '.[] | select(.name == $name) | .pid'; }
# killed DIR NAME: ended by SIGKILL, and gone.
killed() {
  local process
  process=$(pid "$1" "$2")
  kill -9 "$process"
  while grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$process/status"; do sleep 0.05; done
}
url() { "$medcommons" local status --dir "$1" --json | jq -r --arg name "$2" '.[] | select(.name == $name) | .url'; }
# count DIR: the answer to the plainest question.
count() { "$medcommons" ask --dir "$1" --quiet --json "SELECT count(*) FROM commons" | jq -r '"\(.rows[0][0]) \(.n) \(.assurance)"'; }
# flip FILE OFFSET BIT: turns one bit over.
flip() {
  local byte
  byte=$(od -An -tu1 -j"$2" -N1 "$1")
  printf '%b' "\\x$(printf %02x $((byte ^ (1 << $3))))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
