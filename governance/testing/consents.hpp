// SPDX-License-Identifier: Apache-2.0
// For tests: who consents, and for which commons.
#pragma once

#include "governance/consent.hpp"

namespace mc::governance::testing {

/// Twenty times this byte.
inline Address address_with(std::uint8_t byte) {
  Address address;
  address.bytes.fill(byte);
  return address;
}

/// What statements about consent are signed for.
inline const Eip712Domain kDomain{"MedicalCommons", "1", 31337, address_with(0xcc)};

}  // namespace mc::governance::testing
