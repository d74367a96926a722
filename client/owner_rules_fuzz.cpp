// SPDX-License-Identifier: Apache-2.0
// An owner's rules are written by hand or sent along: whatever the file holds, it is a sentence or rules within the
// limits.
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "client/owner_rules.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = mc::client::owner_rules_from_toml({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  MC_CHECK(mc::data::check_owner_rules(*read).has_value());
  MC_CHECK(!read->none());
  return 0;
}
