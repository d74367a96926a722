// SPDX-License-Identifier: Apache-2.0
#include "governance/abi.hpp"

#include <algorithm>

#include "governance/keccak.hpp"

namespace mc::governance {
namespace {

constexpr std::size_t kWord = 32;

Bytes word_of(Wei value) {
  Bytes word(kWord);
  for (std::size_t i = 0; i < 16; ++i) word[kWord - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  return word;
}

void append(Bytes& out, ByteView more) {
  out.insert(out.end(), more.begin(), more.end());
}

Bytes padded_left(ByteView value) {
  MC_CHECK(value.size() <= kWord);
  Bytes word(kWord - value.size());
  append(word, value);
  return word;
}

std::size_t rounded_to_words(std::size_t size) {
  return (size + kWord - 1) / kWord * kWord;
}

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

Address address_in(ByteView word) {
  Address address;
  std::copy(word.begin() + 12, word.end(), address.bytes.begin());
  return address;
}

}  // namespace

AbiWriter& AbiWriter::fixed(Bytes word) {
  MC_CHECK(word.size() == kWord);
  slots_.push_back({std::move(word), {}, false});
  return *this;
}

AbiWriter& AbiWriter::dynamic(Bytes tail) {
  slots_.push_back({{}, std::move(tail), true});
  return *this;
}

AbiWriter& AbiWriter::uint(Wei value) {
  return fixed(word_of(value));
}
AbiWriter& AbiWriter::address(const Address& value) {
  return fixed(padded_left(value.view()));
}
AbiWriter& AbiWriter::hash(const Hash256& value) {
  return fixed(padded_left(value.view()));
}

AbiWriter& AbiWriter::fixed_bytes(ByteView value) {
  MC_CHECK(value.size() <= kWord);
  Bytes word(value.begin(), value.end());
  word.resize(kWord);
  return fixed(std::move(word));
}

AbiWriter& AbiWriter::bytes(ByteView value) {
  Bytes tail = word_of(value.size());
  append(tail, value);
  tail.resize(kWord + rounded_to_words(value.size()));
  return dynamic(std::move(tail));
}

AbiWriter& AbiWriter::uints(std::span<const std::uint64_t> values) {
  Bytes tail = word_of(values.size());
  for (const std::uint64_t value : values) append(tail, word_of(value));
  return dynamic(std::move(tail));
}

AbiWriter& AbiWriter::addresses(std::span<const Address> values) {
  Bytes tail = word_of(values.size());
  for (const Address& value : values) append(tail, padded_left(value.view()));
  return dynamic(std::move(tail));
}

AbiWriter& AbiWriter::hashes(std::span<const Hash256> values) {
  Bytes tail = word_of(values.size());
  for (const Hash256& value : values) append(tail, value.view());
  return dynamic(std::move(tail));
}

AbiWriter& AbiWriter::tuple(const AbiWriter& fields) {
  return dynamic(fields.encode());
}

AbiWriter& AbiWriter::tuples(std::span<const AbiWriter> items) {
  AbiWriter array;
  for (const AbiWriter& item : items) array.tuple(item);
  Bytes tail = word_of(items.size());
  append(tail, array.encode());
  return dynamic(std::move(tail));
}

Bytes AbiWriter::encode() const {
  Bytes head;
  Bytes tails;
  for (const Slot& slot : slots_) {
    append(head, slot.dynamic ? ByteView(word_of(slots_.size() * kWord + tails.size())) : ByteView(slot.head));
    append(tails, slot.tail);
  }
  append(head, tails);
  return head;
}

std::array<std::uint8_t, 4> selector(std::string_view signature) {
  const Hash256 digest = keccak256(signature);
  return {digest.bytes[0], digest.bytes[1], digest.bytes[2], digest.bytes[3]};
}

Bytes call_data(std::string_view signature, const AbiWriter& arguments) {
  const auto prefix = selector(signature);
  Bytes out(prefix.begin(), prefix.end());
  append(out, arguments.encode());
  return out;
}

Result<AbiReader> AbiReader::create(ByteView bytes, std::size_t head_words, std::string_view what) {
  AbiReader reader(bytes, head_words, what);
  if (bytes.size() % kWord != 0 || bytes.size() / kWord < head_words) {
    return fail(Code::kCorrupt, std::string(what) + " has " + std::to_string(bytes.size()) +
                                    " bytes, which is not its " + std::to_string(head_words) + " words or more");
  }
  return reader;
}

Error AbiReader::error(std::string_view reason) const {
  return {Code::kCorrupt, what_ + ": " + std::string(reason) + " at byte " + std::to_string(position_)};
}

Result<ByteView> AbiReader::word() {
  if (position_ == head_words_ * kWord) return fail(error("more values were read than it has"));
  const ByteView out = bytes_.subspan(position_, kWord);
  position_ += kWord;
  return out;
}

Result<std::uint64_t> AbiReader::unsigned_up_to(std::uint64_t value_max) {
  MC_TRY(const ByteView bytes, word());
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes.last(8)) value = value << 8 | byte;
  if (!all_zero(bytes.first(kWord - 8)) || value > value_max) {
    return fail(error("the integer is above " + std::to_string(value_max)));
  }
  return value;
}

Result<std::uint32_t> AbiReader::u32() {
  MC_TRY(const std::uint64_t value, unsigned_up_to(UINT32_MAX));
  return static_cast<std::uint32_t>(value);
}

Result<std::uint8_t> AbiReader::u8() {
  MC_TRY(const std::uint64_t value, unsigned_up_to(UINT8_MAX));
  return static_cast<std::uint8_t>(value);
}

Result<bool> AbiReader::boolean() {
  MC_TRY(const std::uint64_t value, unsigned_up_to(1));
  return value == 1;
}

Result<Address> AbiReader::address() {
  MC_TRY(const ByteView bytes, word());
  if (!all_zero(bytes.first(12))) return fail(error("the address is longer than 20 bytes"));
  return address_in(bytes);
}

Result<Hash256> AbiReader::hash() {
  MC_TRY(const ByteView bytes, word());
  Hash256 hash;
  std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
  return hash;
}

Result<std::size_t> AbiReader::enter_tail(std::size_t count_max, std::size_t item_bytes) {
  MC_TRY(const std::uint64_t offset, unsigned_up_to(UINT64_MAX));
  if (offset != tail_) return fail(error("a tail does not begin where the one before ends"));
  MC_TRY(const ByteView length, tail_bytes(kWord));
  std::uint64_t count = 0;
  for (const std::uint8_t byte : length.last(8)) count = count << 8 | byte;
  if (!all_zero(length.first(kWord - 8)) || count > count_max) {
    return fail(error("a length is above the limit of " + std::to_string(count_max)));
  }
  if (count > (bytes_.size() - tail_) / item_bytes) return fail(error("a length is above what is left"));
  return static_cast<std::size_t>(count);
}

Result<ByteView> AbiReader::tail_bytes(std::size_t size) {
  if (size > bytes_.size() - tail_) return fail(error("a tail is truncated"));
  const ByteView out = bytes_.subspan(tail_, size);
  tail_ += size;
  return out;
}

Result<Bytes> AbiReader::bytes(std::size_t size_max) {
  MC_TRY(const std::size_t size, enter_tail(size_max, 1));
  MC_TRY(const ByteView padded, tail_bytes(rounded_to_words(size)));
  if (!all_zero(padded.subspan(size))) return fail(error("the padding of a byte string is not zero"));
  return Bytes(padded.begin(), padded.begin() + static_cast<std::ptrdiff_t>(size));
}

Result<std::vector<Address>> AbiReader::addresses(std::size_t count_max) {
  MC_TRY(std::vector<AbiReader> items, tuples(1, count_max));
  std::vector<Address> out;
  out.reserve(items.size());
  for (AbiReader& item : items) {
    MC_TRY(const Address value, item.address());
    out.push_back(value);
  }
  return out;
}

Result<std::vector<Hash256>> AbiReader::hashes(std::size_t count_max) {
  MC_TRY(std::vector<AbiReader> items, tuples(1, count_max));
  std::vector<Hash256> out;
  out.reserve(items.size());
  for (AbiReader& item : items) {
    MC_TRY(const Hash256 value, item.hash());
    out.push_back(value);
  }
  return out;
}

Result<std::vector<AbiReader>> AbiReader::tuples(std::size_t words, std::size_t count_max) {
  MC_CHECK(words > 0);
  MC_TRY(const std::size_t count, enter_tail(count_max, words * kWord));
  std::vector<AbiReader> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    MC_TRY(const ByteView item, tail_bytes(words * kWord));
    out.push_back(AbiReader(item, words, what_));
  }
  return out;
}

Result<std::vector<std::uint64_t>> AbiReader::uints(std::size_t count_max, std::uint64_t value_max) {
  MC_TRY(std::vector<AbiReader> items, tuples(1, count_max));
  std::vector<std::uint64_t> out;
  out.reserve(items.size());
  for (AbiReader& item : items) {
    MC_TRY(const std::uint64_t value, item.unsigned_up_to(value_max));
    out.push_back(value);
  }
  return out;
}

Status AbiReader::nested(std::size_t head_words, const TakeTuple& take) {
  if ((bytes_.size() - tail_) / kWord < head_words) return fail(error("a tuple is truncated"));
  AbiReader fields(bytes_.subspan(tail_), head_words, what_);
  MC_TRY_STATUS(take(fields));
  if (fields.position_ != head_words * kWord) return fail(error("not every value of a tuple was read"));
  tail_ += fields.tail_;
  return {};
}

Status AbiReader::tuple(std::size_t head_words, const TakeTuple& take) {
  MC_TRY(const std::uint64_t offset, unsigned_up_to(UINT64_MAX));
  if (offset != tail_) return fail(error("a tail does not begin where the one before ends"));
  return nested(head_words, take);
}

Status AbiReader::dynamic_tuples(std::size_t head_words, std::size_t count_max, const TakeTuple& take) {
  MC_TRY(const std::size_t count, enter_tail(count_max, kWord));
  return nested(count, [&](AbiReader& items) -> Status {
    for (std::size_t i = 0; i < count; ++i) MC_TRY_STATUS(items.tuple(head_words, take));
    return {};
  });
}

Status AbiReader::finish() const {
  if (position_ != head_words_ * kWord) return fail(error("not every value was read"));
  if (tail_ != bytes_.size()) return fail(error("bytes are left over"));
  return {};
}

}  // namespace mc::governance
