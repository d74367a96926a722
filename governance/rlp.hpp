// SPDX-License-Identifier: Apache-2.0
// Recursive length prefix encoding (Ethereum yellow paper, appendix B): what a signed transaction is made of.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace mc::governance {

using Wei = unsigned __int128;

/// Collects the items of one list and encodes it.
class RlpList {
 public:
  RlpList& bytes(ByteView value);
  /// Big-endian without leading zeros; zero is the empty string.
  RlpList& integer(Wei value);
  /// A 256-bit big-endian integer; its leading zeros are dropped.
  RlpList& integer(std::span<const std::uint8_t, 32> value);
  RlpList& list(const RlpList& value);
  [[nodiscard]] Bytes encode() const;

 private:
  Bytes items_;
};

}  // namespace mc::governance
