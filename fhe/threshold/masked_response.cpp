// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/masked_response.hpp"

#include "base/check.hpp"

namespace mc::fhe {
namespace {

constexpr std::uint32_t kWordBits = 64;

/// Bits to bytes, least significant first.
class BitWriter {
 public:
  explicit BitWriter(Writer& writer) : writer_(writer) {}
  /// `bits` <= 64, value below 2^bits.
  void put(std::uint64_t value, std::uint32_t bits) {
    window_ |= static_cast<u128>(value) << filled_;
    for (filled_ += bits; filled_ >= 8; filled_ -= 8, window_ >>= 8) writer_.u8(static_cast<std::uint8_t>(window_));
  }
  [[nodiscard]] bool whole() const { return filled_ == 0; }

 private:
  Writer& writer_;
  u128 window_ = 0;
  std::uint32_t filled_ = 0;
};

class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}
  std::uint64_t take(std::uint32_t bits) {
    for (; filled_ < bits; filled_ += 8) window_ |= u128{bytes_[next_++]} << filled_;
    const std::uint64_t word = static_cast<std::uint64_t>(window_) & (~std::uint64_t{0} >> (kWordBits - bits));
    window_ >>= bits;
    filled_ -= bits;
    return word;
  }

 private:
  ByteView bytes_;
  std::size_t next_ = 0;
  u128 window_ = 0;
  std::uint32_t filled_ = 0;
};

template <class Integer>
void write_all(Writer& writer, const ResponseRange& range, std::span<const Integer> responses) {
  MC_CHECK(responses.size() % 8 == 0);
  const std::uint32_t bits = range.bits();
  const std::uint32_t low_bits = bits < kWordBits ? bits : kWordBits;
  BitWriter out(writer);
  for (const Integer r : responses) {
    const auto shifted = static_cast<u128>(r + range.bound());
    MC_DCHECK(shifted >> bits == 0);
    out.put(static_cast<std::uint64_t>(shifted), low_bits);
    if (bits > kWordBits) out.put(static_cast<std::uint64_t>(shifted >> kWordBits), bits - kWordBits);
  }
  MC_CHECK(out.whole());
}

template <class Integer>
Status read_all(Reader& reader, const ResponseRange& range, std::span<Integer> responses) {
  MC_CHECK(responses.size() % 8 == 0);
  const std::uint32_t bits = range.bits();
  const std::uint32_t low_bits = bits < kWordBits ? bits : kWordBits;
  MC_TRY(const ByteView packed, reader.raw(responses.size() / 8 * bits));
  BitReader in(packed);
  for (Integer& r : responses) {
    u128 shifted = in.take(low_bits);
    if (bits > kWordBits) shifted |= u128{in.take(bits - kWordBits)} << kWordBits;
    r = static_cast<Integer>(static_cast<i128>(shifted) - range.bound());
  }
  return {};
}

}  // namespace

void write_responses(Writer& writer, const ResponseRange& range, std::span<const std::int32_t> responses) {
  write_all(writer, range, responses);
}
void write_responses(Writer& writer, const ResponseRange& range, std::span<const i128> responses) {
  write_all(writer, range, responses);
}
Status read_responses(Reader& reader, const ResponseRange& range, std::span<std::int32_t> responses) {
  MC_CHECK(range.mask_log2 <= 31);
  return read_all(reader, range, responses);
}
Status read_responses(Reader& reader, const ResponseRange& range, std::span<i128> responses) {
  return read_all(reader, range, responses);
}

}  // namespace mc::fhe
