// SPDX-License-Identifier: Apache-2.0
// Keccak-256 as Ethereum uses it: the submission to the SHA-3 contest, with its original padding (not FIPS 202).
#pragma once

#include <string_view>

#include "base/hash.hpp"

namespace mc::governance {

/// Keccak-256 of the bytes. Thread-safe.
Hash256 keccak256(ByteView bytes);
inline Hash256 keccak256(std::string_view text) {
  return keccak256(view_of(text));
}

}  // namespace mc::governance
