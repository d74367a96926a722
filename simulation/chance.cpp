// SPDX-License-Identifier: Apache-2.0
#include "simulation/chance.hpp"

namespace mc::simulation {

Chance::Chance(std::uint64_t seed, std::string_view name)
    : stream_(public_stream(
          "medcommons/simulation/chance/v1",
          Sha256("medcommons/simulation/chance/v1").update_u64(seed).update_sized(view_of(name)).finish())) {}

SecretKey256 simulated_secret(std::uint64_t seed, std::string_view owner) {
  const Hash256 digest =
      Sha256("medcommons/simulation/secret/v1").update_u64(seed).update_sized(view_of(owner)).finish();
  return SecretKey256(digest.bytes);
}

}  // namespace mc::simulation
