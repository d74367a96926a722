#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# readme_snippets.sh FOLDER: runs the blocks of README.md that are fenced as ```sh run, one after the other in one shell, in an
# empty folder with FOLDER (where the programs are) first in PATH and the repository in $REPOSITORY. They get two minutes; every
# commons that they founded is ended, also when a block fails.
set -euo pipefail

seconds_max=120
repository=$PWD
[ -x "$1/medcommons" ] || { echo "$1/medcommons is not built"; exit 77; }
programs=$(cd "$1" && pwd)
snippets=$(awk '/^```sh run$/ {inside = 1; next} /^```/ {inside = 0} inside' README.md)
[ -n "$snippets" ] || { echo "README.md has no block to run"; exit 77; }
if grep -q 'medcommons local up' <<<"$snippets"; then
  for tool in jq awk; do command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }; done
  if [ -z "${MEDCOMMONS_ANVIL:-}" ] && [ ! -d contracts/node_modules ]; then
    echo "contracts/node_modules is absent: script/setup installs it"
    exit 77
  fi
fi

scratch=$(mktemp -d)
finish() {
  local status=$? folder
  trap - EXIT INT TERM
  for folder in "$scratch"/*/; do
    [ ! -f "$folder/local.json" ] || "$programs/medcommons" local down --dir "$folder" >/dev/null 2>&1 || true
  done
  rm -rf "$scratch"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM
cd "$scratch"
PATH=$programs:$PATH REPOSITORY=$repository timeout --kill-after=10 "$seconds_max" bash -euxo pipefail -c "$snippets"
