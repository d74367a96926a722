#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# readme_commands.sh PROGRAM: every `medcommons …` command that README.md shows exists, and so do its options, says --help.
set -euo pipefail

program=$1
[ -x "$program" ] || { echo "$program is not built"; exit 77; }

failed=0
commands=0
# Commands stand in fenced blocks or in `code`; what follows the program's name up to the first option or quote is the verb.
while IFS= read -r command; do
  commands=$((commands + 1))
  read -ra words <<<"${command#*medcommons}"
  verb=()
  for word in "${words[@]}"; do
    if [[ ! "$word" =~ ^[a-z][a-z-]*$ ]] || [ "${#verb[@]}" -ge 2 ]; then break; fi
    verb+=("$word")
  done
  if ! help=$("$program" "${verb[@]}" --help 2>&1) && ! help=$("$program" "${verb[0]-}" --help 2>&1); then
    echo "README.md shows \`$command\`, but \`medcommons ${verb[*]} --help\` fails"
    failed=1
    continue
  fi
  for word in "${words[@]}"; do
    [[ "$word" =~ ^(--[a-z-]+) ]] || continue
    if ! grep -q -e "${BASH_REMATCH[1]}" <<<"$help"; then
      echo "README.md shows \`$command\`, but --help does not know ${BASH_REMATCH[1]}"
      failed=1
    fi
  done
done < <(awk '
  /^```/ {inside = !inside; next}
  inside && /(^|\/|\$ )medcommons / {print; next}
  {while (match($0, /`[^`]*`/)) {
     code = substr($0, RSTART + 1, RLENGTH - 2); $0 = substr($0, RSTART + RLENGTH)
     if (code ~ /^(build\/release\/)?medcommons /) print code}}' README.md)
echo "$commands commands"
exit "$failed"
