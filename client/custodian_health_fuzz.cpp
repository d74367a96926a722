// SPDX-License-Identifier: Apache-2.0
// Whatever a custodian says of itself: an error, or a health that can be calculated with.
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "client/custodian_health.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto health = mc::client::custodian_health_from_json({reinterpret_cast<const char*>(data), size});
  if (!health) return 0;
  MC_CHECK(health->unchecked() <= health->uploads.ciphertexts);
  const auto seconds = health->seconds_left();
  MC_CHECK(!seconds || (std::isfinite(*seconds) && *seconds >= 0));
  return 0;
}
