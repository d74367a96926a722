#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz program of MEDCOMMONS_FUZZ_BUILD (build/fuzz_smoke) for MEDCOMMONS_FUZZ_SECONDS (1) each, starting from the inputs
# kept in tests/corpus/<program> where there are any. A crashing input is left in the folder's findings.
set -euo pipefail

seconds=${MEDCOMMONS_FUZZ_SECONDS:-1}
build=${MEDCOMMONS_FUZZ_BUILD:-build/fuzz_smoke}
mapfile -t programs < <(find "$build" -maxdepth 1 -type f -name '*_fuzz' -perm -u+x 2>/dev/null | sort)
[ "${#programs[@]}" -gt 0 ] || { echo "no fuzz program is built: script/build fuzz_smoke, which needs clang++-22 and lld-22"; exit 77; }

mkdir -p "$build/findings"
failed=0
for program in "${programs[@]}"; do
  name=$(basename "$program")
  corpus=$build/corpus/$name
  mkdir -p "$corpus"
  folders=("$corpus")
  if [ -d "tests/corpus/$name" ]; then folders+=("tests/corpus/$name"); fi
  if output=$("$program" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
      -artifact_prefix="$build/findings/$name-" "${folders[@]}" 2>&1); then
    printf '%s: %s inputs\n' "$name" "$(awk '/number_of_executed_units/ {print $2}' <<<"$output")"
  else
    printf '%s FAILED\n%s\n' "$name" "$(tail -n 40 <<<"$output")"
    failed=1
  fi
done
exit "$failed"
