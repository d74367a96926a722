// SPDX-License-Identifier: Apache-2.0
#include "client/store_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/codec.hpp"
#include "client/testing/served_commons.hpp"

namespace mc::client {
namespace {

using ::testing::HasSubstr;

TEST(List, GoesThereAndBackWithEmptyAndLargeEntries) {
  for (const std::vector<Bytes>& list :
       {std::vector<Bytes>{}, std::vector<Bytes>{{}}, std::vector<Bytes>{{1}, {}, Bytes(100'000, 7)}}) {
    EXPECT_EQ(decode_list(encode_list(list), 10).value(), list);
  }
}

TEST(List, EveryTruncationAndEveryByteTooManyIsRefused) {
  Bytes bytes = encode_list({{1, 2, 3}, {}, {4}});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_list(ByteView(bytes).first(size), 10)) << size;
  bytes.push_back(0);
  EXPECT_FALSE(decode_list(bytes, 10));
}

TEST(List, MoreEntriesThanWantedAreALimitAndAnAnnouncedMillionIsNotAllocated) {
  EXPECT_EQ(decode_list(encode_list({{1}, {2}, {3}}), 2).error().code, Code::kLimit);
  Writer writer;
  writer.u32(1'000'000);
  EXPECT_EQ(decode_list(writer.bytes(), 1'000'000).error().code, Code::kCorrupt);
}

TEST(List, AnEntryOverItsLimitIsRefused) {
  Writer writer;
  writer.u32(1);
  writer.u32(kListEntryBytesMax + 1);
  EXPECT_EQ(decode_list(writer.bytes(), 10).error().code, Code::kLimit);
}

class Store : public ::testing::Test {
 protected:
  testing::ServedStore served_;
  testing::ServedTransport transport_{served_};
  StoreClient store_{transport_};
};

TEST_F(Store, GivesTheBytesThatTheNameNames) {
  const Bytes bytes = {1, 2, 3};
  ASSERT_TRUE(store_.put_blob("0xowner", "token", sha256(bytes), bytes));
  EXPECT_TRUE(store_.has_blob(sha256(bytes)).value());
  EXPECT_EQ(store_.blob(sha256(bytes)).value(), bytes);
  EXPECT_FALSE(store_.has_blob(Hash256{}).value());
  EXPECT_EQ(store_.blob(Hash256{}).error().code, Code::kNotFound);
}

TEST_F(Store, OtherBytesUnderANameAreCorruptAndTheStoreIsNamed) {
  const Hash256 name = sha256(Bytes{1});
  served_.blobs[name.hex()] = {2};
  const auto refused = store_.blob(name);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("memory:store gave other bytes for " + name.hex()));
}

TEST_F(Store, StatementsComeInOrderFromTheAskedNumber) {
  served_.statements = {{0}, {1}, {2}};
  EXPECT_EQ(store_.statements(0).value(), served_.statements);
  EXPECT_EQ(store_.statements(2).value(), (std::vector<Bytes>{{2}}));
  EXPECT_TRUE(store_.statements(3).value().empty());
}

TEST_F(Store, AListOfStatementsWithoutEndIsALimitAndNotOurMemory) {
  served_.endless_statements = true;
  const auto refused = store_.statements(0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kLimit);
  EXPECT_THAT(refused.error().message, HasSubstr("more than 1000000"));
}

}  // namespace
}  // namespace mc::client
