// SPDX-License-Identifier: Apache-2.0
#include "base/hash.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace mc {
namespace {

using ::testing::HasSubstr;

// FIPS 180-4 examples and the NIST SHAVS long message.
TEST(Sha256, MatchesThePublishedVectors) {
  EXPECT_EQ(sha256({}).hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(view_of("abc")).hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(view_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(Bytes(1'000'000, 'a')).hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheBytesArrive) {
  const Bytes bytes(300, 0x5a);
  for (std::size_t cut = 0; cut <= bytes.size(); cut += 7) {
    const Hash256 parts = Sha256().update(ByteView(bytes).first(cut)).update(ByteView(bytes).subspan(cut)).finish();
    EXPECT_EQ(parts, sha256(bytes)) << cut;
  }
}

TEST(Sha256, ADomainIsItsLengthAndText) {
  Bytes plain = {3, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c', 'x'};
  EXPECT_EQ(Sha256("abc").update(view_of("x")).finish(), sha256(plain));
}

TEST(Sha256, BordersBetweenSizedPartsCount) {
  const auto digest = [](std::string_view a, std::string_view b) {
    return Sha256("d").update_sized(view_of(a)).update_sized(view_of(b)).finish();
  };
  const std::set<Hash256> different = {digest("ab", "c"), digest("a", "bc"), digest("abc", ""), digest("", "abc")};
  EXPECT_EQ(different.size(), 4U);
}

TEST(Sha256, NumbersAreEightLittleEndianBytes) {
  EXPECT_EQ(Sha256().update_u64(0x0102030405060708).finish(), sha256(Bytes{8, 7, 6, 5, 4, 3, 2, 1}));
}

TEST(Sha256, GoesOnAfterItWasMoved) {
  Sha256 first;
  first.update(view_of("ab"));
  Sha256 second(std::move(first));
  EXPECT_EQ(second.update(view_of("c")).finish(), sha256(view_of("abc")));
}

TEST(Hash256, HexGoesThereAndBackWithAndWithoutPrefix) {
  const Hash256 hash = sha256(view_of("abc"));
  EXPECT_EQ(hash_from_hex(hash.hex()).value(), hash);
  EXPECT_EQ(hash_from_hex("0x" + hash.hex()).value(), hash);
  EXPECT_EQ(hash.hex().size(), 64U);
}

TEST(Hash256, AnotherNumberOfBytesIsRefusedWithTheNumber) {
  const auto refused = hash_from_hex("0xabcd");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kParse);
  EXPECT_THAT(refused.error().message, HasSubstr("this one has 2"));
  EXPECT_FALSE(hash_from_hex(std::string(66, 'a')));
  EXPECT_FALSE(hash_from_hex(std::string(63, 'a') + "g"));
}

TEST(Hash256, IsOrderedByItsBytesAndKnowsZero) {
  Hash256 low, high;
  low.bytes[31] = 0xff;
  high.bytes[0] = 1;
  EXPECT_LT(low, high);
  EXPECT_TRUE(Hash256{}.is_zero());
  EXPECT_FALSE(low.is_zero());
}

}  // namespace
}  // namespace mc
