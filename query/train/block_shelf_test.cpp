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
  fhe::ParamsPtr params = fhe::testing::small_params();
  std::string folder = ::testing::TempDir();
};

TEST_F(BlockShelfTest, GivesBackWhatWasPutOnItFromMemoryAndFromDisk) {
  std::size_t one = 0;
  for (const fhe::Ciphertext& ct : row(0)) one += 2 * ct.level().value * params->ring().degree() * 8;
  BlockShelf shelf(*params, 2 * one, folder);
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(shelf.append(row(i)).has_value());
  EXPECT_EQ(shelf.size(), 5u);
  EXPECT_GT(shelf.file_bytes(), 3 * one / 2) << "two rows fit in memory, three went to the file";
  shelf.expect(0, 9);
  for (std::uint64_t i = 5; i-- > 0;) EXPECT_EQ(*shelf.row(i).value_or_stop(), row(i)) << i;
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
