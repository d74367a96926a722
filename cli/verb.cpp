// SPDX-License-Identifier: Apache-2.0
#include "cli/verb.hpp"

#include <cstdio>

namespace mc::cli {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void progress(const std::string& line) {
  const std::string whole = line + "\n";
  std::fwrite(whole.data(), 1, whole.size(), stderr);
}

}  // namespace mc::cli
