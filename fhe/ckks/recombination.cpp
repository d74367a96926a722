// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/recombination.hpp"

#include <array>
#include <bit>

namespace mc::fhe {
namespace {

constexpr std::size_t kLevelMax = 64;
constexpr std::uint64_t kDigitOffset = std::uint64_t{1} << 50;  // above every |digit|

}  // namespace

Recombination::Recombination(const Ring& ring, std::uint32_t level) : inverses_(std::size_t{level} * level) {
  MC_CHECK(level >= 1 && level <= kLevelMax);
  std::size_t bits = 2;  // sign, and a spare
  for (std::uint32_t i = 0; i < level; ++i) {
    moduli_.push_back(ring.modulus({level, false}, i));
    bits += moduli_.back().bits;
    for (std::uint32_t j = 0; j < i; ++j) {
      inverses_[i * level + j] = moduli_[i].inverse(moduli_[i].reduce_word(moduli_[j].q));
    }
  }
  word_count_ = (bits + 63) / 64;
}

void Recombination::combine(std::span<const std::uint64_t> residues, std::span<std::uint64_t> words) const {
  const std::size_t level = moduli_.size();
  MC_CHECK(residues.size() == level && words.size() == word_count_);
  std::array<std::int64_t, kLevelMax> digits;
  for (std::size_t i = 0; i < level; ++i) {
    const Modulus& m = moduli_[i];
    std::uint64_t rest = residues[i];
    for (std::size_t j = 0; j < i; ++j) {
      const std::uint64_t offset = kDigitOffset / m.q * m.q + m.q;
      const std::uint64_t digit = m.reduce_word(static_cast<std::uint64_t>(digits[j]) + offset);
      rest = m.multiply(m.subtract(rest, digit), inverses_[i * level + j]);
    }
    digits[i] = static_cast<std::int64_t>(rest) - (rest > m.q / 2 ? static_cast<std::int64_t>(m.q) : 0);
  }
  // words = d_0 + q_0 (d_1 + q_1 (…)), modulo 2^(64 word_count): two's complement needs no look at the signs.
  for (std::uint64_t& word : words) word = 0;
  for (std::size_t i = level; i-- > 0;) {
    u128 carry = 0;
    const std::uint64_t sign = digits[i] < 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t k = 0; k < words.size(); ++k) {
      carry += u128{words[k]} * moduli_[i].q + (k == 0 ? static_cast<std::uint64_t>(digits[i]) : sign);
      words[k] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
  }
}

std::size_t bit_length(std::span<const std::uint64_t> words) {
  const std::uint64_t sign = words.back() >> 63 != 0 ? ~std::uint64_t{0} : 0;
  for (std::size_t k = words.size(); k-- > 0;) {
    // For a negative x, ~x = |x| - 1: as long as |x|, or one bit shorter for a power of two, whose caller loses
    // nothing.
    if (const std::uint64_t word = words[k] ^ sign; word != 0)
      return 64 * k + static_cast<std::size_t>(std::bit_width(word));
  }
  return sign != 0 ? 1 : 0;
}

i128 shift_right(std::span<const std::uint64_t> words, std::size_t shift) {
  const std::uint64_t sign = words.back() >> 63 != 0 ? ~std::uint64_t{0} : 0;
  const auto word = [&](std::size_t k) { return k < words.size() ? words[k] : sign; };
  const std::size_t first = shift / 64;
  const std::size_t bits = shift % 64;
  u128 value = u128{word(first + 1)} << 64 | word(first);
  if (bits != 0) value = value >> bits | u128{word(first + 2)} << (128 - bits);
  return static_cast<i128>(value);
}

}  // namespace mc::fhe
