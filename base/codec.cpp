// SPDX-License-Identifier: Apache-2.0
#include "base/codec.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace mc {

void Writer::f64(double value) {
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  if (value == 0) value = 0;
  fixed(std::bit_cast<std::uint64_t>(value), 8);
}

void Writer::sized(ByteView bytes) {
  MC_CHECK(bytes.size() <= std::numeric_limits<std::uint32_t>::max());
  u32(static_cast<std::uint32_t>(bytes.size()));
  raw(bytes);
}

Error Reader::error(std::string_view reason) const {
  return Error{Code::kCorrupt,
               std::string(what_) + ": " + std::string(reason) + " at byte " + std::to_string(position_)};
}

Result<std::uint64_t> Reader::fixed(int size) {
  MC_TRY(const ByteView bytes, raw(static_cast<std::size_t>(size)));
  std::uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i) value = value << 8 | bytes[static_cast<std::size_t>(i)];
  return value;
}

Result<std::uint8_t> Reader::u8() {
  MC_TRY(const std::uint64_t value, fixed(1));
  return static_cast<std::uint8_t>(value);
}
Result<std::uint16_t> Reader::u16() {
  MC_TRY(const std::uint64_t value, fixed(2));
  return static_cast<std::uint16_t>(value);
}
Result<std::uint32_t> Reader::u32() {
  MC_TRY(const std::uint64_t value, fixed(4));
  return static_cast<std::uint32_t>(value);
}
Result<std::uint64_t> Reader::u64() {
  return fixed(8);
}
Result<std::int64_t> Reader::i64() {
  MC_TRY(const std::uint64_t value, fixed(8));
  return static_cast<std::int64_t>(value);
}
Result<double> Reader::f64() {
  MC_TRY(const std::uint64_t value, fixed(8));
  return std::bit_cast<double>(value);
}

Result<Hash256> Reader::hash() {
  MC_TRY(const ByteView bytes, raw(32));
  Hash256 hash;
  std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
  return hash;
}

Result<ByteView> Reader::raw(std::size_t size) {
  if (size > left()) {
    return fail(error("truncated: " + std::to_string(size) + " bytes wanted, " + std::to_string(left()) + " left"));
  }
  const ByteView bytes = bytes_.subspan(position_, size);
  position_ += size;
  return bytes;
}

Result<ByteView> Reader::sized(std::size_t size_max) {
  MC_TRY(const std::uint32_t size, u32());
  if (size > size_max) {
    return fail(Code::kLimit, std::string(what_) + ": a length of " + std::to_string(size) +
                                  " bytes is over the limit of " + std::to_string(size_max));
  }
  return raw(size);
}

Result<std::string> Reader::text(std::size_t size_max) {
  MC_TRY(const ByteView bytes, sized(size_max));
  if (!is_utf8(bytes)) return fail(error("text is not UTF-8"));
  return std::string(text_of(bytes));
}

Result<std::uint32_t> Reader::count(std::size_t count_max, std::size_t item_bytes_min) {
  MC_TRY(const std::uint32_t count, u32());
  if (count > count_max) {
    return fail(Code::kLimit, std::string(what_) + ": " + std::to_string(count) + " entries are over the limit of " +
                                  std::to_string(count_max));
  }
  if (item_bytes_min != 0 && count > left() / item_bytes_min) {
    return fail(
        error("truncated: " + std::to_string(count) + " entries announced, " + std::to_string(left()) + " bytes left"));
  }
  return count;
}

Status Reader::finish() const {
  if (left() != 0) return fail(error(std::to_string(left()) + " bytes too many"));
  return {};
}

bool is_utf8(ByteView bytes) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    const std::uint8_t lead = bytes[i];
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || bytes.size() - i < size) return false;
    std::uint32_t point = lead & (0xFFu >> (size + 1));
    for (std::size_t k = 1; k < size; ++k) {
      if ((bytes[i + k] & 0xC0) != 0x80) return false;
      point = point << 6 | (bytes[i + k] & 0x3Fu);
    }
    static constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kSmallest[size] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
    i += size;
  }
  return true;
}

}  // namespace mc
