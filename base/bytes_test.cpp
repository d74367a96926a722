// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace {

/// One block of memory, looked at in the moment it is given back to the allocator.
class WatchedMemory {
 public:
  enum class State { kInUse, kGivenBackEmpty, kGivenBackFull };
  WatchedMemory(const void* memory, std::size_t size) : memory_(memory), size_(size) { current = this; }
  WatchedMemory(const WatchedMemory&) = delete;
  WatchedMemory& operator=(const WatchedMemory&) = delete;
  ~WatchedMemory() { current = nullptr; }
  [[nodiscard]] State state() const { return state_; }

  static void given_back(const void* memory) noexcept {
    if (current == nullptr || current->memory_ != memory || current->state_ != State::kInUse) return;
    const auto* bytes = static_cast<const std::uint8_t*>(memory);
    const bool empty = std::all_of(bytes, bytes + current->size_, [](std::uint8_t byte) { return byte == 0; });
    current->state_ = empty ? State::kGivenBackEmpty : State::kGivenBackFull;
  }

 private:
  static inline WatchedMemory* current = nullptr;
  const void* memory_;
  std::size_t size_;
  State state_ = State::kInUse;
};

}  // namespace

// Replaced for this test program: the standard allocator ends here. Not inlined, or the compiler takes malloc and free
// for a mismatched pair.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  WatchedMemory::given_back(memory);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

namespace mc {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

std::array<std::uint8_t, 32> counting() {
  std::array<std::uint8_t, 32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i + 1);
  return bytes;
}

TEST(Hex, EveryByteGoesThereAndBack) {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  const std::string text = to_hex(all);
  EXPECT_EQ(text.substr(0, 8), "00010203");
  EXPECT_EQ(text.substr(504), "fcfdfeff");
  EXPECT_EQ(from_hex(text).value(), all);
}

TEST(Hex, ReadsBothCasesAndBothPrefixes) {
  const Bytes wanted = {0xab, 0xcd};
  for (const char* text : {"abcd", "ABCD", "aBcD", "0xabcd", "0XABCD"})
    EXPECT_EQ(from_hex(text).value(), wanted) << text;
}

TEST(Hex, NothingIsNoBytes) {
  EXPECT_TRUE(from_hex("").value().empty());
  EXPECT_TRUE(from_hex("0x").value().empty());
  EXPECT_EQ(to_hex({}), "");
}

TEST(Hex, AnOddNumberOfDigitsIsNamed) {
  const auto refused = from_hex("abc");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kParse);
  EXPECT_THAT(refused.error().message, HasSubstr("odd number of digits (3)"));
}

TEST(Hex, TheFirstBadCharacterIsNamedByItsPlaceAndNotByItsValue) {
  for (int c = 0; c < 256; ++c) {
    if (std::isxdigit(c) != 0) continue;
    std::string text = "00112233";
    text[5] = static_cast<char>(c);
    const auto refused = from_hex(text);
    ASSERT_FALSE(refused) << c;
    EXPECT_EQ(refused.error().message, "not a hexadecimal digit at position 5");
  }
}

TEST(EqualSecret, ComparesSizesAndEveryByte) {
  const auto bytes = counting();
  EXPECT_TRUE(equal_secret(bytes, bytes));
  EXPECT_FALSE(equal_secret(bytes, ByteView(bytes).first(31)));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto other = bytes;
      other[i] = static_cast<std::uint8_t>(other[i] ^ 1 << bit);
      EXPECT_FALSE(equal_secret(bytes, other));
    }
  }
}

TEST(Wipe, LeavesZerosAndTouchesNothingElse) {
  std::array<std::uint8_t, 8> memory{};
  memory.fill(0xaa);
  wipe(memory.data() + 2, 4);
  EXPECT_EQ(memory, (std::array<std::uint8_t, 8>{0xaa, 0xaa, 0, 0, 0, 0, 0xaa, 0xaa}));
}

TEST(SecretKey256, IsWipedWhenItDies) {
  alignas(SecretKey256) std::array<std::uint8_t, sizeof(SecretKey256)> place{};
  auto* key = new (place.data()) SecretKey256(counting());
  EXPECT_EQ(place, counting());
  std::destroy_at(key);
  EXPECT_THAT(place, Each(0));
}

TEST(SecretKey256, MovingLeavesZerosBehind) {
  SecretKey256 source(counting());
  SecretKey256 moved(std::move(source));
  EXPECT_THAT(source.expose(), Each(0));
  SecretKey256 assigned;
  assigned = std::move(moved);
  EXPECT_THAT(moved.expose(), Each(0));
  EXPECT_TRUE(std::ranges::equal(assigned.expose(), counting()));
}

TEST(SecretKey256, SurvivesBeingMovedOntoItself) {
  SecretKey256 key(counting());
  SecretKey256& same = key;
  key = std::move(same);
  EXPECT_TRUE(std::ranges::equal(key.expose(), counting()));
}

TEST(SecretKey256, IsCopiedOnlyByName) {
  static_assert(!std::is_copy_constructible_v<SecretKey256> && !std::is_copy_assignable_v<SecretKey256>);
  const SecretKey256 key(counting());
  EXPECT_TRUE(equal_secret(key.copy().expose(), key.expose()));
}

TEST(SecretBytes, MemoryIsGivenBackEmptyByGrowingAndByDying) {
  SecretBytes bytes(64, 0xaa);
  WatchedMemory grown(bytes.data(), 64);
  bytes.resize(4096, 0xbb);
  EXPECT_EQ(grown.state(), WatchedMemory::State::kGivenBackEmpty);

  auto dying = std::make_unique<SecretBytes>(64, 0xcc);
  WatchedMemory died(dying->data(), 64);
  dying.reset();
  EXPECT_EQ(died.state(), WatchedMemory::State::kGivenBackEmpty);
}

TEST(SecretBytes, OrdinaryBytesAreNotWipedSoTheWatchSeesTheDifference) {
  auto dying = std::make_unique<Bytes>(64, 0xcc);
  WatchedMemory died(dying->data(), 64);
  dying.reset();
  EXPECT_EQ(died.state(), WatchedMemory::State::kGivenBackFull);
}

TEST(SecretBytes, IsAVectorLikeAnyOtherToItsUsers) {
  SecretBytes bytes;
  for (int i = 0; i < 1000; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  EXPECT_EQ(bytes.size(), 1000U);
  EXPECT_EQ(bytes[999], 231);
  EXPECT_TRUE(equal_secret(bytes, SecretBytes(bytes)));
}

}  // namespace
}  // namespace mc
