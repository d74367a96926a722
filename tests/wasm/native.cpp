// SPDX-License-Identifier: Apache-2.0
// Prints what the script gives on this machine.
#include <cstdio>

#include "tests/wasm/engine_script.hpp"

int main() {
  std::fputs(mc::tests::run_engine_script().c_str(), stdout);
  return 0;
}
