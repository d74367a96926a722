// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) of long strings in leaves, so that a processor hashes sixteen of them at a time: in the manner
// of ParallelHash (NIST SP 800-185, section 6), which has cSHAKE in its place. Shares and polynomials, of which a
// training hashes gigabytes, are named by it; docs/design/0060 has the argument and the figures.
#pragma once

#include <string_view>
#include <vector>

#include "base/hash.hpp"

namespace mc {

/// Incremental: SHA-256 of the length-prefixed domain, the digests of the leaves in order, and the number of bytes
/// (LE64). A leaf's digest is plain SHA-256 of kLeafBytes, of the last one of what is left; no bytes have no leaf. Two
/// strings with one digest are a collision of SHA-256: at the root, or in some leaf. Thread-safe: no shared state.
class ParallelHash {
 public:
  static constexpr std::size_t kLeafBytes = 4096;

  explicit ParallelHash(std::string_view domain);
  /// The digest does not depend on how the bytes are divided among calls.
  ParallelHash& update(ByteView bytes);
  /// Once.
  [[nodiscard]] Hash256 finish();

 private:
  void take_leaves(const std::uint8_t* leaves, std::size_t count);

  Sha256 root_;
  Bytes begun_;  // of a leaf that is not full
  std::uint64_t size_ = 0;
};

Hash256 parallel_hash(std::string_view domain, ByteView bytes);

/// Digests of `count` leaves, which lie one after another.
using HashLeaves = void (*)(const std::uint8_t* leaves, std::size_t count, Hash256* digests);
/// Any number of leaves, one after another.
void hash_leaves(const std::uint8_t* leaves, std::size_t count, Hash256* digests);
/// At most sixteen leaves at once; null on processors without AVX-512.
HashLeaves avx512_hash_leaves();

}  // namespace mc
