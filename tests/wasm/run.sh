#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The engine in WebAssembly gives the bits of the native one: run.sh NATIVE_PROGRAM. Exit code 77: not possible here.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
if ! command -v node >/dev/null || [ ! -d "$root/wasm/node_modules/@noble" ]; then
  echo "The WebAssembly tests are skipped: node or the packages of wasm/ are missing (run \"npm ci\" in wasm)."
  exit 77
fi
"$root/script/build_wasm"
node "$root/tests/wasm/compare.mjs" "$1" "$root/build/wasm"
