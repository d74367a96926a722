// SPDX-License-Identifier: Apache-2.0
// Little-endian binary writing and reading. A Reader never allocates by a length it has not checked against what is
// left.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace mc {

/// Appends to a byte string. Every value has one encoding, so equal values hash equally.
class Writer {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u16(std::uint16_t value) { fixed(value, 2); }
  void u32(std::uint32_t value) { fixed(value, 4); }
  void u64(std::uint64_t value) { fixed(value, 8); }
  void i64(std::int64_t value) { fixed(static_cast<std::uint64_t>(value), 8); }
  /// IEEE-754 bits; the only NaN and zero written are the canonical ones (-0 becomes +0).
  void f64(double value);
  void hash(const Hash256& value) { raw(value.bytes); }
  /// The bytes alone.
  void raw(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  /// u32 length, then the bytes.
  void sized(ByteView bytes);
  void text(std::string_view value) { sized(view_of(value)); }
  /// The next `size` bytes, for a caller who writes every one of them before anything else is written.
  std::span<std::uint8_t> extend(std::size_t size) {
    bytes_.resize(bytes_.size() + size);
    return std::span(bytes_).last(size);
  }
  /// Room for `size` bytes more, so that large things are not moved while they grow.
  void reserve(std::size_t size) { bytes_.reserve(bytes_.size() + size); }

  [[nodiscard]] const Bytes& bytes() const& { return bytes_; }
  [[nodiscard]] Bytes bytes() && { return std::move(bytes_); }

 private:
  void fixed(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  Bytes bytes_;
};

/// Reads what Writer wrote from untrusted bytes. `what` names the thing in errors ("sealed header truncated at byte
/// 17").
class Reader {
 public:
  Reader(ByteView bytes, std::string_view what) : bytes_(bytes), what_(what) {}
  /// A name that is gone before the first error would be told.
  template <std::same_as<std::string> Temporary>
  Reader(ByteView bytes, Temporary&& what) = delete;

  Result<std::uint8_t> u8();
  Result<std::uint16_t> u16();
  Result<std::uint32_t> u32();
  Result<std::uint64_t> u64();
  Result<std::int64_t> i64();
  Result<double> f64();
  Result<Hash256> hash();
  /// A view of the next `size` bytes.
  Result<ByteView> raw(std::size_t size);
  /// A length-prefixed view; kLimit if the length is above `size_max`.
  Result<ByteView> sized(std::size_t size_max);
  /// Length-prefixed UTF-8 text; kParse when it is not UTF-8.
  Result<std::string> text(std::size_t size_max);
  /// A count of things of at least `item_bytes_min` bytes each: refused when more than `count_max` or than can be left.
  Result<std::uint32_t> count(std::size_t count_max, std::size_t item_bytes_min);
  /// Refuses trailing bytes.
  [[nodiscard]] Status finish() const;

  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - position_; }
  /// A kCorrupt error that names the thing and the byte.
  [[nodiscard]] Error error(std::string_view reason) const;

 private:
  Result<std::uint64_t> fixed(int size);
  ByteView bytes_;
  std::string_view what_;
  std::size_t position_ = 0;
};

/// True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
bool is_utf8(ByteView bytes);

}  // namespace mc
