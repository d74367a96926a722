// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/masked_response.hpp"

#include <gtest/gtest.h>

namespace mc::fhe {
namespace {

TEST(MaskedResponse, AcceptsExactlyTheInnerInterval) {
  const ResponseRange range{10, 7};
  EXPECT_TRUE(range.accepts(7 - 1024));
  EXPECT_FALSE(range.accepts(6 - 1024));
  EXPECT_TRUE(range.accepts(1023 - 7));
  EXPECT_FALSE(range.accepts(1024 - 7));
  std::vector<i128> responses(8);
  EXPECT_TRUE(all_accepted(range, std::span<const i128>(responses)));
  responses[5] = 1024 - 7;
  EXPECT_FALSE(all_accepted(range, std::span<const i128>(responses)));
}

// Every pair of a mask and a secret's part that leads to an accepted response leads to it once: as many masks stand
// behind each response whatever the secret is.
TEST(MaskedResponse, EveryAcceptedResponseHasOneMaskForEverySecret) {
  const ResponseRange range{5, 3};
  for (int secret = -3; secret <= 3; ++secret) {
    for (int r = -40; r <= 40; ++r) {
      if (!range.accepts(r)) continue;
      EXPECT_GE(r - secret, -32);
      EXPECT_LT(r - secret, 32);
    }
  }
}

TEST(MaskedResponse, ReadsBackAtEveryWidth) {
  for (std::uint32_t mask_log2 = 0; mask_log2 <= 126; ++mask_log2) {
    const ResponseRange range{mask_log2, 0};
    std::vector<i128> responses(16, 0);
    responses[0] = -range.bound();
    responses[1] = range.bound() - 1;
    responses[2] = -1;
    for (std::size_t i = 3; i < responses.size(); ++i) {
      responses[i] =
          static_cast<i128>(static_cast<u128>(0x9e3779b97f4a7c15) * i * i * i % (u128{2} << mask_log2)) - range.bound();
    }
    Writer writer;
    write_responses(writer, range, std::span<const i128>(responses));
    EXPECT_EQ(writer.bytes().size(), 2 * (mask_log2 + 1));
    std::vector<i128> read(responses.size());
    Reader reader(writer.bytes(), "responses");
    ASSERT_TRUE(read_responses(reader, range, std::span(read)).has_value());
    EXPECT_TRUE(reader.finish().has_value());
    EXPECT_EQ(read, responses) << mask_log2;
    Reader cut(ByteView(writer.bytes()).first(writer.bytes().size() - 1), "responses");
    EXPECT_FALSE(read_responses(cut, range, std::span(read)).has_value());
    if (mask_log2 > 31) continue;
    const std::vector<std::int32_t> narrow(responses.begin(), responses.end());
    Writer same;
    write_responses(same, range, std::span<const std::int32_t>(narrow));
    EXPECT_EQ(same.bytes(), writer.bytes());
  }
}

}  // namespace
}  // namespace mc::fhe
