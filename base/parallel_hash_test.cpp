// SPDX-License-Identifier: Apache-2.0
#include "base/parallel_hash.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mc {
namespace {

constexpr std::size_t kLeaf = ParallelHash::kLeafBytes;

Bytes numbered(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 2654435761U >> 13);
  return bytes;
}

// The definition, by plain SHA-256 alone.
Hash256 defined(std::string_view domain, ByteView bytes) {
  Sha256 root(domain);
  for (std::size_t at = 0; at < bytes.size(); at += kLeaf) {
    root.update(sha256(bytes.subspan(at, std::min(kLeaf, bytes.size() - at))).view());
  }
  return root.update_u64(bytes.size()).finish();
}

TEST(ParallelHash, IsSha256OfItsDomainItsLeavesDigestsAndItsLength) {
  const Bytes all = numbered(40 * kLeaf + 17);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kLeaf - 1, kLeaf, kLeaf + 1, 6 * kLeaf, 7 * kLeaf,
                                 15 * kLeaf + 1, 16 * kLeaf, 17 * kLeaf, 23 * kLeaf + 5, 32 * kLeaf, all.size()}) {
    const ByteView bytes = ByteView(all).first(size);
    EXPECT_EQ(parallel_hash("a domain", bytes), defined("a domain", bytes)) << size;
  }
}

TEST(ParallelHash, DoesNotDependOnHowTheBytesAreDivided) {
  const Bytes all = numbered(20 * kLeaf + 100);
  const Hash256 whole = parallel_hash("", all);
  for (const std::size_t piece : {std::size_t{1000}, kLeaf - 1, kLeaf + 1, 9 * kLeaf, 9 * kLeaf + 4000}) {
    ParallelHash hash("");
    for (std::size_t at = 0; at < all.size(); at += piece) {
      hash.update(ByteView(all).subspan(at, std::min(piece, all.size() - at)));
    }
    EXPECT_EQ(hash.finish(), whole) << piece;
  }
}

TEST(ParallelHash, TellsDomainsLengthsAndEveryLeafApart) {
  Bytes bytes = numbered(16 * kLeaf);
  const Hash256 whole = parallel_hash("a", bytes);
  EXPECT_NE(parallel_hash("b", bytes), whole);
  EXPECT_NE(parallel_hash("a", ByteView(bytes).first(bytes.size() - 1)), whole);
  for (std::size_t leaf = 0; leaf < 16; ++leaf) {
    bytes[leaf * kLeaf + 99 * leaf] ^= 1;
    EXPECT_NE(parallel_hash("a", bytes), whole) << leaf;
    bytes[leaf * kLeaf + 99 * leaf] ^= 1;
  }
  // Digests in the place of what they are digests of are other bytes.
  const Hash256 first = sha256(ByteView(bytes).first(kLeaf));
  EXPECT_NE(parallel_hash("a", first.view()), parallel_hash("a", ByteView(bytes).first(kLeaf)));
}

// Whoever changes the format founds commons anew.
TEST(ParallelHash, HasTheDigestsThatItHad) {
  EXPECT_EQ(parallel_hash("medcommons/test", numbered(0)).hex(),
            "84f9f6034c66cb6b169be473f24864478516e88e33f414d043f4ac2a6de43633");
  EXPECT_EQ(parallel_hash("medcommons/test", numbered(20 * kLeaf + 100)).hex(),
            "b1ebe601f0a9e95149ad8b19b98bbbd0002c850af067dfad79776d95ee5d4a57");
}

TEST(ParallelHash, LeavesSideBySideHaveOpenSslsDigests) {
  const HashLeaves lanes = avx512_hash_leaves();
  if (lanes == nullptr) GTEST_SKIP() << "this processor has no AVX-512";
  const Bytes bytes = numbered(16 * kLeaf);
  for (std::size_t count = 1; count <= 16; ++count) {
    std::vector<Hash256> ours(16), theirs(16);
    lanes(bytes.data(), count, ours.data());
    hash_leaves(bytes.data(), count, theirs.data());
    EXPECT_EQ(ours, theirs) << count;
  }
}

}  // namespace
}  // namespace mc
