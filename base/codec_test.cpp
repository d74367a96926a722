// SPDX-License-Identifier: Apache-2.0
#include "base/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <type_traits>

namespace mc {
namespace {

using ::testing::HasSubstr;

struct Record {
  std::uint8_t a = 0;
  std::uint16_t b = 0;
  std::uint32_t c = 0;
  std::uint64_t d = 0;
  std::int64_t e = 0;
  double f = 0;
  Hash256 g;
  Bytes h;
  std::string i;
  std::vector<std::uint32_t> j;
  friend bool operator==(const Record&, const Record&) = default;
};

Bytes write(const Record& record) {
  Writer writer;
  writer.u8(record.a);
  writer.u16(record.b);
  writer.u32(record.c);
  writer.u64(record.d);
  writer.i64(record.e);
  writer.f64(record.f);
  writer.hash(record.g);
  writer.sized(record.h);
  writer.text(record.i);
  writer.u32(static_cast<std::uint32_t>(record.j.size()));
  for (const std::uint32_t number : record.j) writer.u32(number);
  return std::move(writer).bytes();
}

Result<Record> read(ByteView bytes) {
  Reader reader(bytes, "record");
  Record record;
  MC_TRY(record.a, reader.u8());
  MC_TRY(record.b, reader.u16());
  MC_TRY(record.c, reader.u32());
  MC_TRY(record.d, reader.u64());
  MC_TRY(record.e, reader.i64());
  MC_TRY(record.f, reader.f64());
  MC_TRY(record.g, reader.hash());
  MC_TRY(const ByteView bytes_read, reader.sized(1000));
  record.h.assign(bytes_read.begin(), bytes_read.end());
  MC_TRY(record.i, reader.text(1000));
  MC_TRY(const std::uint32_t count, reader.count(1000, 4));
  for (std::uint32_t k = 0; k < count; ++k) {
    MC_TRY(const std::uint32_t number, reader.u32());
    record.j.push_back(number);
  }
  MC_TRY_STATUS(reader.finish());
  return record;
}

Record sample() {
  return {1, 0x0203, 0x04050607, 0x08090a0b0c0d0e0f, -2, 1.5, sha256(view_of("x")), {9, 8, 7}, "Grüße", {1, 2, 3}};
}

bool utf8(std::string_view text) {
  return is_utf8(view_of(text));
}

// The name of what is read is kept as a view: a temporary one would be read after its end.
static_assert(std::is_constructible_v<Reader, ByteView, const std::string&>);
static_assert(std::is_constructible_v<Reader, ByteView, const char*>);
static_assert(!std::is_constructible_v<Reader, ByteView, std::string>);

TEST(Codec, WhatIsWrittenIsRead) {
  EXPECT_EQ(read(write(sample())).value(), sample());
  EXPECT_EQ(read(write({})).value(), Record{});
}

TEST(Codec, RandomRecordsGoThereAndBack) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    Record record = sample();
    record.a = static_cast<std::uint8_t>(random());
    record.b = static_cast<std::uint16_t>(random());
    record.c = static_cast<std::uint32_t>(random());
    record.d = random();
    record.e = static_cast<std::int64_t>(random());
    record.f = static_cast<double>(static_cast<std::int64_t>(random())) / 1024;
    record.h.resize(random() % 100);
    record.j.resize(random() % 100);
    EXPECT_EQ(read(write(record)).value(), record);
  }
}

TEST(Writer, NumbersAreLittleEndian) {
  Writer writer;
  writer.u16(0x0102);
  writer.u32(0x03040506);
  writer.i64(-1);
  EXPECT_EQ(to_hex(writer.bytes()), "020106050403ffffffffffffffff");
}

TEST(Writer, EqualNumbersHaveEqualBytes) {
  const auto bytes = [](double value) {
    Writer writer;
    writer.f64(value);
    return std::move(writer).bytes();
  };
  EXPECT_EQ(bytes(-0.0), bytes(0.0));
  const double signalling = std::bit_cast<double>(std::uint64_t{0xfff4'0000'dead'beef});
  EXPECT_EQ(bytes(signalling), bytes(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_EQ(bytes(-std::nan("7")), bytes(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_NE(bytes(std::numeric_limits<double>::denorm_min()), bytes(0.0));
}

TEST(Reader, EveryTruncationIsCorruptAndNamesThingAndByte) {
  const Bytes whole = write(sample());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto refused = read(ByteView(whole).first(size));
    ASSERT_FALSE(refused) << size;
    EXPECT_EQ(refused.error().code, Code::kCorrupt) << size;
    EXPECT_THAT(refused.error().message, HasSubstr("record: truncated"));
    EXPECT_THAT(refused.error().message, HasSubstr(" at byte "));
  }
}

TEST(Reader, AByteTooManyIsRefused) {
  Bytes bytes = write(sample());
  bytes.push_back(0);
  const auto refused = read(bytes);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("1 bytes too many"));
}

TEST(Reader, AFailedReadMovesNothing) {
  const Bytes bytes = {1, 2, 3};
  Reader reader(bytes, "three bytes");
  EXPECT_FALSE(reader.u32());
  EXPECT_EQ(reader.position(), 0U);
  EXPECT_EQ(reader.u16().value(), 0x0201);
  EXPECT_EQ(reader.left(), 1U);
}

TEST(Reader, ALengthOverItsLimitIsALimitBeforeAnythingIsRead) {
  Writer writer;
  writer.sized(Bytes(10));
  Reader exact(writer.bytes(), "blob");
  EXPECT_EQ(exact.sized(10).value().size(), 10U);
  Reader over(writer.bytes(), "blob");
  const auto refused = over.sized(9);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kLimit);
  EXPECT_THAT(refused.error().message, HasSubstr("10 bytes is over the limit of 9"));
}

TEST(Reader, AHugeLengthIsNeverAllocated) {
  Writer writer;
  writer.u32(UINT32_MAX);
  Reader reader(writer.bytes(), "blob");
  const auto refused = reader.sized(std::numeric_limits<std::size_t>::max());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  Reader again(writer.bytes(), "blob");
  EXPECT_FALSE(again.raw(std::numeric_limits<std::size_t>::max()));
}

TEST(Reader, ACountIsCheckedAgainstItsLimitAndAgainstWhatIsLeft) {
  Writer writer;
  writer.u32(3);
  writer.raw(Bytes(11));
  Reader too_many(writer.bytes(), "list");
  EXPECT_EQ(too_many.count(2, 1).error().code, Code::kLimit);
  Reader too_few_bytes(writer.bytes(), "list");
  const auto refused = too_few_bytes.count(3, 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("3 entries announced, 11 bytes left"));
  Reader fits(writer.bytes(), "list");
  EXPECT_EQ(fits.count(3, 3).value(), 3U);
}

TEST(Reader, TextThatIsNotUtf8IsRefused) {
  Writer writer;
  writer.sized(Bytes{'a', 0xff});
  Reader reader(writer.bytes(), "name");
  const auto refused = reader.text(10);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("not UTF-8"));
}

// The table of well-formed byte sequences, Unicode 15 table 3-7: both ends of every row, and one beyond each.
TEST(Utf8, TheEndsOfEveryRowOfTheTable) {
  for (const char* good :
       {"", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xe0\xbf\xbf", "\xe1\x80\x80", "\xec\xbf\xbf",
        "\xed\x80\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf0\xbf\xbf\xbf",
        "\xf1\x80\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x80\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(utf8(good)) << to_hex(view_of(good));
    EXPECT_TRUE(utf8(std::string("a") + good + "b")) << to_hex(view_of(good));
  }
  for (const char* bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe",
        "\xff", "\xc2\x41", "\xe1\x80\x41", "\xf1\x80\x80\x41", "\xc2\xc2\x80"}) {
    EXPECT_FALSE(utf8(bad)) << to_hex(view_of(bad));
  }
  EXPECT_TRUE(utf8(std::string_view("\0", 1)));
}

TEST(Utf8, ACharacterCutShortAnywhereIsRefused) {
  for (const std::string_view character : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    for (std::size_t size = 1; size < character.size(); ++size) EXPECT_FALSE(utf8(character.substr(0, size)));
  }
}

TEST(Utf8, EveryCodePointAndNoSurrogate) {
  for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
    std::string text;
    const auto more = [&](int shift) { text.push_back(static_cast<char>(0x80 | (point >> shift & 0x3f))); };
    if (point < 0x80) {
      text.push_back(static_cast<char>(point));
    } else if (point < 0x800) {
      text.push_back(static_cast<char>(0xc0 | point >> 6));
      more(0);
    } else if (point < 0x10000) {
      text.push_back(static_cast<char>(0xe0 | point >> 12));
      more(6);
      more(0);
    } else {
      text.push_back(static_cast<char>(0xf0 | point >> 18));
      more(12);
      more(6);
      more(0);
    }
    ASSERT_EQ(utf8(text), point < 0xD800 || point > 0xDFFF) << point;
  }
}

}  // namespace
}  // namespace mc
