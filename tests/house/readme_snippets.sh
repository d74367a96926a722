#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# readme_snippets.sh FOLDER: runs the blocks of README.md that are fenced as ```sh run, one after the other in one shell, in an
# empty folder with FOLDER (where the programs are) first in PATH and the repository in $REPOSITORY.
set -euo pipefail

repository=$PWD
[ -x "$1/medcommons" ] || { echo "$1/medcommons is not built"; exit 77; }
snippets=$(awk '/^```sh run$/ {inside = 1; next} /^```/ {inside = 0} inside' README.md)
[ -n "$snippets" ] || { echo "README.md has no block to run"; exit 77; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
PATH=$(cd "$repository" && cd "$1" && pwd):$PATH REPOSITORY=$repository bash -euxo pipefail -c "$snippets"
