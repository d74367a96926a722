// SPDX-License-Identifier: Apache-2.0
// For tests: where the open data sets lie. They are not in this repository.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace mc::data::testing {

/// MC_SHARED_DATA, or the folder beside the source tree.
inline std::filesystem::path open_data() {
  const char* given = std::getenv("MC_SHARED_DATA");
  return given != nullptr ? std::filesystem::path(given)
                          : std::filesystem::path(MC_SOURCE_DIR).parent_path() / "shared" / "data";
}

}  // namespace mc::data::testing
