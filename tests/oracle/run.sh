#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Cross-check with Microsoft SEAL (node-seal): run.sh ORACLE_VECTORS [PARAMETER_SET …]. Exit code 77: not possible here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
vectors=$1
shift
[ $# -gt 0 ] || set -- test_insecure standard
if ! command -v node >/dev/null || [ ! -d "$here/node_modules/node-seal" ]; then
  echo "The SEAL oracle is skipped: node or node-seal is missing (run \"npm ci\" in tests/oracle)."
  exit 77
fi
for set in "$@"; do
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  echo "parameter set $set"
  "$vectors" make "$set" "$folder"
  level=128
  [ "$set" != test_insecure ] || level=none
  node "$here/oracle.mjs" "$folder" "$level"
  "$vectors" open "$set" "$folder"
  node "$here/oracle_opened.mjs" "$folder" "$level"
  rm -rf "$folder"
done
