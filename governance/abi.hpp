// SPDX-License-Identifier: Apache-2.0
// Contract ABI (Solidity ABI specification v2), for the types our contracts use.
// The decoder is strict: it accepts exactly the bytes that Solidity's encoder writes for the value and nothing else, so
// padding is checked, tails lie in order without gaps, and no length is believed before the bytes are seen to be there.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "governance/address.hpp"
#include "governance/rlp.hpp"

namespace mc::governance {

/// Encodes a tuple, one value after the other. Integers narrower than 256 bits are all written with `uint`.
class AbiWriter {
 public:
  AbiWriter& uint(Wei value);
  AbiWriter& boolean(bool value) { return uint(value ? 1 : 0); }
  AbiWriter& address(const Address& value);
  AbiWriter& hash(const Hash256& value);
  /// bytesN, N = size at most 32: left-aligned.
  AbiWriter& fixed_bytes(ByteView value);
  AbiWriter& bytes(ByteView value);
  AbiWriter& text(std::string_view value) { return bytes(view_of(value)); }
  AbiWriter& uints(std::span<const std::uint64_t> values);
  AbiWriter& addresses(std::span<const Address> values);
  AbiWriter& hashes(std::span<const Hash256> values);
  /// A struct of which a field is dynamic.
  AbiWriter& tuple(const AbiWriter& fields);
  /// An array of such structs.
  AbiWriter& tuples(std::span<const AbiWriter> items);

  [[nodiscard]] Bytes encode() const;

 private:
  struct Slot {
    Bytes head;  // the word itself, for a static value
    Bytes tail;  // for a dynamic value
    bool dynamic = false;
  };
  AbiWriter& fixed(Bytes word);
  AbiWriter& dynamic(Bytes tail);
  std::vector<Slot> slots_;
};

/// The first four bytes of the Keccak-256 of a function's or error's signature, "transfer(address,uint256)".
std::array<std::uint8_t, 4> selector(std::string_view signature);

/// Selector and encoded arguments: the data of a call.
Bytes call_data(std::string_view signature, const AbiWriter& arguments = {});

/// Decodes a tuple of untrusted bytes in the order it was written. `what` names the thing in errors. The bytes must
/// outlive the reader and the readers it hands out.
class AbiReader {
 public:
  /// `head_words` is the number of words of the tuple's head: one for each value of elementary or dynamic type.
  static Result<AbiReader> create(ByteView bytes, std::size_t head_words, std::string_view what);

  Result<std::uint64_t> u64() { return unsigned_up_to(UINT64_MAX); }
  Result<std::uint32_t> u32();
  Result<std::uint8_t> u8();
  Result<bool> boolean();
  Result<Address> address();
  Result<Hash256> hash();
  /// A dynamic byte string of at most `size_max` bytes.
  Result<Bytes> bytes(std::size_t size_max);
  Result<std::vector<Address>> addresses(std::size_t count_max);
  Result<std::vector<Hash256>> hashes(std::size_t count_max);
  /// A dynamic array of integers up to `value_max`.
  Result<std::vector<std::uint64_t>> uints(std::size_t count_max, std::uint64_t value_max);
  /// A dynamic array of static tuples of `words` words each, as one reader per element.
  Result<std::vector<AbiReader>> tuples(std::size_t words, std::size_t count_max);
  /// Takes every value of a dynamic tuple, of a struct with a dynamic field, from a reader of its own.
  using TakeTuple = std::function<Status(AbiReader&)>;
  Status tuple(std::size_t head_words, const TakeTuple& take);
  /// A dynamic array of such tuples, one call each.
  Status dynamic_tuples(std::size_t head_words, std::size_t count_max, const TakeTuple& take);
  /// Refuses values or bytes left over.
  [[nodiscard]] Status finish() const;

 private:
  AbiReader(ByteView bytes, std::size_t head_words, std::string_view what)
      : bytes_(bytes), head_words_(head_words), tail_(head_words * 32), what_(what) {}
  Result<ByteView> word();
  Result<std::uint64_t> unsigned_up_to(std::uint64_t value_max);
  /// Enters the tail of a dynamic value: its length word, checked against `count_max` and the bytes left.
  Result<std::size_t> enter_tail(std::size_t count_max, std::size_t item_bytes);
  Result<ByteView> tail_bytes(std::size_t size);
  /// The tuple that begins where the tail does.
  Status nested(std::size_t head_words, const TakeTuple& take);
  [[nodiscard]] Error error(std::string_view reason) const;

  ByteView bytes_;
  std::size_t head_words_;
  std::size_t position_ = 0;  // next byte of the head
  std::size_t tail_;          // next byte of the tail
  std::string what_;
};

}  // namespace mc::governance
