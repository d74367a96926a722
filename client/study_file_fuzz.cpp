// SPDX-License-Identifier: Apache-2.0
// A study file is written by hand or sent along: whatever it holds, it is a sentence or a request within the limits.
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "client/study_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = mc::client::study_request_from_toml({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  MC_CHECK(mc::governance::check_data_use(read->use).has_value());
  MC_CHECK(!read->sql.empty() || !read->plans.empty());
  return 0;
}
