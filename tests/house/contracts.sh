#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The contracts' own tests, so that ctest's summary counts them.
set -euo pipefail
[ -d contracts/node_modules ] || { echo "contracts/node_modules is absent: script/setup installs it"; exit 77; }
exec npm --prefix contracts test
