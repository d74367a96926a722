// SPDX-License-Identifier: Apache-2.0
// For tests: what stands for a value that is missing.
#pragma once

#include <string>
#include <vector>

namespace mc::data::testing {

/// What stands for a missing value in the files that tests write.
inline const std::vector<std::string> kMissing = {"", "NA"};

}  // namespace mc::data::testing
