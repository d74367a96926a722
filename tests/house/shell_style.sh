#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every shell script parses; where shellcheck is installed it finds nothing.
set -euo pipefail

mapfile -t scripts < <(find script .ci tests -type f -not -path '*/node_modules/*' -exec awk 'FNR == 1 && /^#!.*sh$/ {print FILENAME} {nextfile}' {} +)
if [ "${#scripts[@]}" -lt 4 ]; then
  echo "only ${#scripts[@]} shell scripts found; this test looks in the wrong place"
  exit 1
fi
for file in "${scripts[@]}"; do
  bash -n "$file"
  if [ ! -x "$file" ] && [[ "$file" != *.sh ]]; then
    echo "$file cannot be executed"
    exit 1
  fi
done
if command -v shellcheck >/dev/null; then shellcheck --external-sources "${scripts[@]}"; fi
echo "${#scripts[@]} scripts"
