// SPDX-License-Identifier: Apache-2.0
#include "base/parallel_hash.hpp"

#include <algorithm>
#include <array>

namespace mc {
namespace {

constexpr std::size_t kLanes = 16;
/// Sixteen lanes take as long as some seven leaves by the processor's instructions for one.
constexpr std::size_t kLanesMin = 7;

}  // namespace

ParallelHash::ParallelHash(std::string_view domain) : root_(domain) {}

ParallelHash& ParallelHash::update(ByteView bytes) {
  size_ += bytes.size();
  if (!begun_.empty()) {
    const ByteView filling = bytes.first(std::min(bytes.size(), kLeafBytes - begun_.size()));
    begun_.insert(begun_.end(), filling.begin(), filling.end());
    bytes = bytes.subspan(filling.size());
    if (begun_.size() < kLeafBytes) return *this;
    take_leaves(begun_.data(), 1);
    begun_.clear();
  }
  const std::size_t whole = bytes.size() / kLeafBytes;
  take_leaves(bytes.data(), whole);
  const ByteView rest = bytes.subspan(whole * kLeafBytes);
  begun_.assign(rest.begin(), rest.end());
  return *this;
}

Hash256 ParallelHash::finish() {
  if (!begun_.empty()) root_.update(sha256(begun_).view());
  return root_.update_u64(size_).finish();
}

void ParallelHash::take_leaves(const std::uint8_t* leaves, std::size_t count) {
  static const HashLeaves lanes = avx512_hash_leaves();
  std::array<Hash256, kLanes> digests;
  for (std::size_t i = 0; i < count; i += kLanes) {
    const std::size_t here = std::min(kLanes, count - i);
    const HashLeaves hash = lanes != nullptr && here >= kLanesMin ? lanes : hash_leaves;
    hash(leaves + i * kLeafBytes, here, digests.data());
    for (std::size_t k = 0; k < here; ++k) root_.update(digests[k].view());
  }
}

Hash256 parallel_hash(std::string_view domain, ByteView bytes) {
  return ParallelHash(domain).update(bytes).finish();
}

void hash_leaves(const std::uint8_t* leaves, std::size_t count, Hash256* digests) {
  for (std::size_t i = 0; i < count; ++i) {
    digests[i] = sha256({leaves + i * ParallelHash::kLeafBytes, ParallelHash::kLeafBytes});
  }
}

}  // namespace mc
