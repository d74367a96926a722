// SPDX-License-Identifier: Apache-2.0
#include "query/train/block_shelf.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::query {
namespace {

class BlockShelfTest : public ::testing::Test {
 protected:
  BlockShelf::Row row(std::uint64_t number) {
    BlockShelf::Row out;
    for (std::uint32_t i = 0; i < 3; ++i) {
      fhe::Ciphertext ct;
      for (int part = 0; part < 2; ++part) {
        KeyStream stream =
            public_stream("test/shelf/" + std::to_string(number * 10 + i) + "/" + std::to_string(part), {});
        ct.parts.push_back(fhe::sample_uniform(params->ring(), {2 + i, false}, stream));
      }
      ct.scale = fhe::Scale::power_of_two(40) / fhe::Scale::of_top_primes(3, 1);
      ct.epoch = Epoch(7);
      out.push_back(std::move(ct));
    }
    return out;
  }
  static std::size_t residue_bytes(const BlockShelf::Row& row) {
    std::size_t bytes = 0;
    for (const fhe::Ciphertext& ct : row) {
      for (const fhe::NttPoly& part : ct.parts) bytes += part.residues().size_bytes();
    }
    return bytes;
  }
  fhe::ParamsPtr params = fhe::testing::small_params();
  std::string folder = ::testing::TempDir();
};

TEST_F(BlockShelfTest, GivesBackWhatWasPutOnItFromMemoryAndFromDisk) {
  BlockShelf shelf(*params, 2 * residue_bytes(row(0)), folder);
  for (std::uint64_t i = 0; i < 2; ++i) ASSERT_TRUE(shelf.append(row(i)).has_value());
  EXPECT_EQ(shelf.file_bytes(), 0u);
  for (std::uint64_t i = 0; i < 2; ++i) EXPECT_EQ(*shelf.row(i).value_or_stop(), row(i)) << i;
  for (std::uint64_t i = 2; i < 5; ++i) ASSERT_TRUE(shelf.append(row(i)).has_value());
  EXPECT_EQ(shelf.size(), 5u);
  shelf.expect(0, 9);
  for (std::uint64_t i = 5; i-- > 0;) EXPECT_EQ(*shelf.row(i).value_or_stop(), row(i)) << i;
  shelf.clear();
  EXPECT_EQ(shelf.size(), 0u);
  ASSERT_TRUE(shelf.append(row(8)).has_value());
  EXPECT_EQ(*shelf.row(0).value_or_stop(), row(8));
}

TEST_F(BlockShelfTest, HoldsNoMoreInMemoryThanItMayAndNothingOnceThereIsMore) {
  const std::size_t one = residue_bytes(row(0));
  BlockShelf shelf(*params, 3 * one, folder);
  for (std::uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(shelf.append(row(i)).has_value());
    EXPECT_EQ(shelf.memory_bytes(), (i + 1) * one);
  }
  const std::weak_ptr<const BlockShelf::Row> first = shelf.row(0).value_or_stop();
  EXPECT_FALSE(first.expired());
  for (std::uint64_t i = 3; i < 5; ++i) {
    ASSERT_TRUE(shelf.append(row(i)).has_value());
    EXPECT_EQ(shelf.memory_bytes(), 0u);
    EXPECT_GT(shelf.file_bytes(), i * one / 2);
    EXPECT_TRUE(first.expired());
  }
}

// A column of five limbs lay in the place of the eight that it was loaded with: rows held 600 MiB where 384 were meant.
TEST_F(BlockShelfTest, KeepsNoPlaceOfLimbsThatWereDropped) {
  BlockShelf::Row wide = row(1);
  for (fhe::Ciphertext& ct : wide) {
    for (fhe::NttPoly& part : ct.parts) part.keep_limbs(1);
  }
  const std::size_t wanted = residue_bytes(wide);
  BlockShelf shelf(*params, 2 * wanted, folder);
  ASSERT_TRUE(shelf.append(std::move(wide)).has_value());
  EXPECT_EQ(shelf.memory_bytes(), wanted);
  const auto kept = shelf.row(0).value_or_stop();
  for (const fhe::Ciphertext& ct : *kept) {
    for (const fhe::NttPoly& part : ct.parts) EXPECT_EQ(part.held_bytes(), part.residues().size_bytes());
  }
}

TEST_F(BlockShelfTest, WithoutAFolderEverythingStaysInMemory) {
  BlockShelf shelf(*params, 1, {});
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(shelf.append(row(i)).has_value());
  EXPECT_EQ(shelf.file_bytes(), 0u);
  EXPECT_EQ(*shelf.row(2).value_or_stop(), row(2));
}

TEST_F(BlockShelfTest, AFolderThatIsNotThereIsAnErrorWithItsName) {
  BlockShelf shelf(*params, 1, folder + "no-such-folder");
  const Status put = shelf.append(row(1));
  ASSERT_FALSE(put.has_value());
  EXPECT_EQ(put.error().code, Code::kIo);
  EXPECT_NE(put.error().message.find("no-such-folder"), std::string::npos);
}

}  // namespace
}  // namespace mc::query
