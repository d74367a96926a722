// SPDX-License-Identifier: Apache-2.0
// One script for the native engine and the one in WebAssembly: everything random follows from a fixed key.
#pragma once

#include <string>

namespace mc::tests {

/// A line "set/step SHA-256" for every polynomial of every step, and a last line with the kernels' name.
std::string run_engine_script();

}  // namespace mc::tests
