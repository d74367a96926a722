// SPDX-License-Identifier: Apache-2.0
#include "governance/abi.hpp"

#include <gtest/gtest.h>

namespace mc::governance {
namespace {

std::string word(std::string_view low_digits) {
  return std::string(64 - low_digits.size(), '0') + std::string(low_digits);
}
std::string left(std::string_view high_digits) {
  return std::string(high_digits) + std::string(64 - high_digits.size(), '0');
}

// The three examples of the ABI specification.
TEST(AbiWriter, ExampleWithStaticTypes) {
  EXPECT_EQ(to_hex(call_data("baz(uint32,bool)", AbiWriter().uint(69).boolean(true))),
            "cdcd77c0" + word("45") + word("1"));
}

TEST(AbiWriter, ExampleWithBytesAndArray) {
  const std::uint64_t numbers[] = {1, 2, 3};
  EXPECT_EQ(
      to_hex(call_data("sam(bytes,bool,uint256[])", AbiWriter().bytes(view_of("dave")).boolean(true).uints(numbers))),
      "a5643bf2" + word("60") + word("1") + word("a0") + word("4") + left("64617665") + word("3") + word("1") +
          word("2") + word("3"));
}

TEST(AbiWriter, ExampleWithDynamicTypes) {
  const std::uint64_t numbers[] = {0x456, 0x789};
  const auto arguments =
      AbiWriter().uint(0x123).uints(numbers).fixed_bytes(view_of("1234567890")).bytes(view_of("Hello, world!"));
  EXPECT_EQ(to_hex(call_data("f(uint256,uint32[],bytes10,bytes)", arguments)),
            "8be65246" + word("123") + word("80") + left("31323334353637383930") + word("e0") + word("2") +
                word("456") + word("789") + word("d") + left("48656c6c6f2c20776f726c6421"));
}

TEST(AbiReader, ReadsBackWhatTheWriterWrote) {
  const Address address = address_from_text("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed").value_or_stop();
  const std::vector<Address> addresses = {address, Address{}};
  const std::vector<Hash256> hashes = {sha256(view_of("a")), sha256(view_of("b")), sha256(view_of("c"))};
  const Bytes blob(33, 7);
  const Bytes bytes = AbiWriter()
                          .uint(7)
                          .boolean(true)
                          .address(address)
                          .hash(hashes[0])
                          .bytes(blob)
                          .addresses(addresses)
                          .hashes(hashes)
                          .encode();
  auto reader = AbiReader::create(bytes, 7, "test").value_or_stop();
  EXPECT_EQ(reader.u8().value_or_stop(), 7);
  EXPECT_TRUE(reader.boolean().value_or_stop());
  EXPECT_EQ(reader.address().value_or_stop(), address);
  EXPECT_EQ(reader.hash().value_or_stop(), hashes[0]);
  EXPECT_EQ(reader.bytes(33).value_or_stop(), blob);
  EXPECT_EQ(reader.addresses(2).value_or_stop(), addresses);
  EXPECT_EQ(reader.hashes(3).value_or_stop(), hashes);
  EXPECT_TRUE(reader.finish());
}

TEST(AbiReader, IntegersAboveTheirTypeAreRefused) {
  const Bytes bytes = AbiWriter().uint(Wei{1} << 32).encode();
  EXPECT_FALSE(AbiReader::create(bytes, 1, "x").value_or_stop().u32());
  EXPECT_TRUE(AbiReader::create(bytes, 1, "x").value_or_stop().u64());
  EXPECT_FALSE(AbiReader::create(bytes, 1, "x").value_or_stop().boolean());
  const Bytes wide = AbiWriter().uint(Wei{1} << 64).encode();
  EXPECT_FALSE(AbiReader::create(wide, 1, "x").value_or_stop().u64());
  const Bytes full(32, 0xff);
  EXPECT_FALSE(AbiReader::create(full, 1, "x").value_or_stop().address());
}

TEST(AbiReader, WrongSizesAreRefused) {
  EXPECT_FALSE(AbiReader::create(Bytes(31), 1, "x"));
  EXPECT_FALSE(AbiReader::create(Bytes(32), 2, "x"));
  EXPECT_FALSE(AbiReader::create({}, 1, "x"));
  EXPECT_TRUE(AbiReader::create({}, 0, "x"));
}

TEST(AbiReader, LeftoverValuesAndBytesAreRefused) {
  const Bytes bytes(64);
  auto reader = AbiReader::create(bytes, 1, "x").value_or_stop();
  EXPECT_FALSE(reader.finish());
  ASSERT_TRUE(reader.u64());
  EXPECT_FALSE(reader.finish());
  EXPECT_FALSE(reader.u64());
}

// A length of 2^61 words must neither overflow nor allocate.
TEST(AbiReader, LengthsAreNotBelieved) {
  for (const std::uint64_t length : {std::uint64_t{2}, std::uint64_t{1} << 59, UINT64_MAX}) {
    const Bytes bytes = AbiWriter().uint(32).uint(length).uint(0).encode();
    EXPECT_FALSE(AbiReader::create(bytes, 1, "x").value_or_stop().hashes(SIZE_MAX)) << length;
    EXPECT_FALSE(AbiReader::create(bytes, 1, "x").value_or_stop().hashes(1)) << length;
  }
}

TEST(AbiReader, OffsetsMustBeTheOnesSolidityWrites) {
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{33}, std::uint64_t{64}, UINT64_MAX}) {
    const Bytes bytes = AbiWriter().uint(offset).uint(1).uint(5).encode();
    EXPECT_FALSE(AbiReader::create(bytes, 1, "x").value_or_stop().hashes(4)) << offset;
  }
}

TEST(AbiReader, PaddingMustBeZero) {
  Bytes bytes = AbiWriter().bytes(view_of("abc")).encode();
  EXPECT_TRUE(AbiReader::create(bytes, 1, "x").value_or_stop().bytes(3));
  bytes.back() = 1;
  EXPECT_FALSE(AbiReader::create(bytes, 1, "x").value_or_stop().bytes(3));
}

TEST(AbiReader, TuplesComeOneByOne) {
  Bytes bytes = AbiWriter().uint(32).uint(2).uint(1).uint(2).uint(3).uint(4).encode();
  auto reader = AbiReader::create(bytes, 1, "pairs").value_or_stop();
  auto pairs = reader.tuples(2, 2).value_or_stop();
  EXPECT_TRUE(reader.finish());
  ASSERT_EQ(pairs.size(), 2u);
  EXPECT_EQ(pairs[1].u64().value_or_stop(), 3u);
  EXPECT_EQ(pairs[1].u64().value_or_stop(), 4u);
  EXPECT_FALSE(AbiReader::create(bytes, 1, "pairs").value_or_stop().tuples(2, 1));
}

// (uint256,uint256[])[] of two, as Solidity's encoder writes it.
TEST(AbiReader, StructsWithDynamicFieldsAreReadWhereTheyLie) {
  const std::vector<AbiWriter> items = {AbiWriter().uint(7).uints(std::vector<std::uint64_t>{1, 2}),
                                        AbiWriter().uint(8).uints({})};
  const Bytes bytes = AbiWriter().tuples(items).uint(9).encode();
  const Bytes expected = AbiWriter()
                             .uint(64)
                             .uint(9)
                             .uint(2)
                             .uint(64)
                             .uint(64 + 160)
                             .uint(7)
                             .uint(64)
                             .uint(2)
                             .uint(1)
                             .uint(2)
                             .uint(8)
                             .uint(64)
                             .uint(0)
                             .encode();
  EXPECT_EQ(to_hex(bytes), to_hex(expected));
  std::vector<std::vector<std::uint64_t>> read;
  const auto take = [&](AbiReader& fields) -> Status {
    MC_TRY(const std::uint64_t first, fields.u64());
    MC_TRY(read.emplace_back(), fields.uints(2, 2));
    read.back().push_back(first);
    return {};
  };
  auto reader = AbiReader::create(bytes, 2, "x").value_or_stop();
  ASSERT_TRUE(reader.dynamic_tuples(2, 2, take));
  EXPECT_EQ(reader.u64().value_or_stop(), 9u);
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(read, (std::vector<std::vector<std::uint64_t>>{{1, 2, 7}, {8}}));

  EXPECT_FALSE(AbiReader::create(bytes, 2, "x").value_or_stop().dynamic_tuples(2, 1, take));
  const auto half = [](AbiReader& fields) -> Status { return fields.u64() ? Status() : fail(Code::kCorrupt, "none"); };
  EXPECT_FALSE(AbiReader::create(bytes, 2, "x").value_or_stop().dynamic_tuples(2, 2, half)) << "a value is left over";
  for (std::size_t word = 2; word < bytes.size() / 32; ++word) {
    Bytes odd = bytes;
    odd[32 * word] = 1;
    EXPECT_FALSE(AbiReader::create(odd, 2, "x").value_or_stop().dynamic_tuples(2, 2, take)) << word;
    EXPECT_FALSE(
        AbiReader::create(ByteView(bytes).first(32 * word), 2, "x").value_or_stop().dynamic_tuples(2, 2, take));
  }
}

}  // namespace
}  // namespace mc::governance
