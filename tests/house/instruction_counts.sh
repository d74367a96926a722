#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Counts the instructions of the engine's main operations and compares them with bench/results/instructions.txt:
#   instruction_counts.sh BUILD [--update]     more than 5 % more than there is a failure; --update writes the file anew
# Exit status 77: not possible here. Counts do not depend on what else the machine does, so that this finds what a timing would not.
set -euo pipefail

program=$1/bench/instruction_count
record=bench/results/instructions.txt
skip() { printf 'Instructions are not counted: %s\n' "$1"; exit 77; }

command -v valgrind >/dev/null || skip 'valgrind is missing (script/setup test installs it)'
[ -x "$program" ] || skip "$program is not built (the release preset builds it)"
compiler=$("$program" --compiler)
if [ "${2:-}" != --update ]; then
  recorded=$(sed -n 's/^# compiler: //p' "$record")
  [ "$compiler" = "$recorded" ] || skip "$record is of the compiler $recorded, this program of $compiler"
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The same code of OpenSSL and the C library on every machine, whatever vector instructions it has.
export OPENSSL_ia32cap=:0 GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load,-ERMS

mapfile -t operations < <("$program" --operations)
# counts KERNELS: a line "KERNELS OPERATION INSTRUCTIONS" for each operation.
counts() {
  MEDCOMMONS_KERNELS=$1 valgrind --tool=callgrind --quiet --callgrind-out-file="$folder/$1" --toggle-collect='counted_*' \
    "${operations[@]/#/--dump-after=counted_}" "$program" >"$folder/$1.log" 2>&1 || { cat "$folder/$1.log" >&2; return 1; }
  awk -v kernels="$1" '
    /^desc: Trigger: --dump-after=counted_/ { name = $3; sub(/.*counted_/, "", name) }
    /^(summary|totals): / && name != "" { print kernels, name, $2; name = "" }
  ' "$folder/$1".*[0-9]
}

kept=
for kernels in scalar avx2; do
  MEDCOMMONS_KERNELS=$kernels "$program" --operations >/dev/null 2>&1 || { printf 'no %s kernels here\n' "$kernels"; continue; }
  counts "$kernels" >>"$folder/counted"
  kept="$kept $kernels"
done

if [ "${2:-}" = --update ]; then
  {
    echo '# Instructions of one operation each, N=2^12; made by: bash tests/house/instruction_counts.sh build/release --update'
    echo "# compiler: $compiler"
    sort "$folder/counted"
  } >"$record"
  printf '%s is written, for%s\n' "$record" "$kept"
  exit 0
fi

awk '
  FNR == NR { if ($1 != "#") recorded[$1 " " $2] = $3; next }
  { key = $1 " " $2; seen[key] = 1; kernels[$1] = 1 }
  !(key in recorded) { printf "NEW   %s: %d, not in the file yet\n", key, $3; failed = 1; next }
  { ratio = $3 / recorded[key]; verdict = ratio > 1.05 ? "MORE " : ratio < 0.95 ? "less " : "ok   "
    printf "%s %s: %d, %+.1f %%\n", verdict, key, $3, 100 * (ratio - 1)
    if (ratio > 1.05) failed = 1; if (ratio < 0.95) fewer = 1 }
  END {
    for (key in recorded) { split(key, word, " "); if (kernels[word[1]] && !seen[key]) { printf "GONE  %s\n", key; failed = 1 } }
    if (failed || fewer)
      print "When this is meant, write the counts anew and say why in the commit: bash tests/house/instruction_counts.sh build/release --update"
    exit failed
  }
' "$record" <(sort "$folder/counted")
