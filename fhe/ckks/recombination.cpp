// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/recombination.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "fhe/ring/kernels.hpp"

namespace mc::fhe {
namespace {

constexpr std::size_t kLevelMax = 64;
constexpr std::uint64_t kDigitOffset = std::uint64_t{1} << 50;  // above every |digit|
constexpr std::size_t kBlock = 64;                              // coefficients; a multiple of 8

/// The representative in (-q/2, q/2).
std::int64_t centre(std::uint64_t residue, const Modulus& m) {
  return static_cast<std::int64_t>(residue) -
         static_cast<std::int64_t>(m.q & -static_cast<std::uint64_t>(residue > m.q / 2));
}

}  // namespace

Recombination::Recombination(const Ring& ring, std::uint32_t level)
    : kernels_(&ring.kernels()), inverses_(std::size_t{level} * level), words_from_(level) {
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
  std::size_t bits_from = 2;
  for (std::uint32_t i = level; i-- > 0;) {
    bits_from += moduli_[i].bits;
    words_from_[i] = (bits_from + 63) / 64;
  }
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
    digits[i] = centre(rest, m);
  }
  compose(std::span(digits).first(level), words);
}

void Recombination::combine_all(CoeffPoly&& poly, std::span<std::uint64_t> words) const {
  const std::size_t level = moduli_.size();
  const std::size_t degree = poly.degree();
  MC_CHECK(poly.basis() == (Basis{static_cast<std::uint32_t>(level), false}) && words.size() == degree * word_count_);
  // Limb by limb, residues become digits d + floor(q/2), which are never negative.
  AlignedWords lifted(degree);
  for (std::size_t j = 0; j < level; ++j) {
    const std::uint64_t half = moduli_[j].q / 2;
    const std::uint64_t* const row = poly.limb(j).data();
    for (std::uint64_t& residue : poly.limb(j)) residue = moduli_[j].add(residue, half);
    for (std::size_t i = j + 1; i < level; ++i) {
      const Modulus& m = moduli_[i];
      const std::uint64_t one = 1;
      kernels_->combine(lifted.data(), &row, &one, 1, m.negate(m.reduce_word(half)), degree, m);
      kernels_->subtract_multiply(poly.limb(i).data(), poly.limb(i).data(), lifted.data(), inverses_[i * level + j],
                                  nullptr, 0, false, degree, m);
    }
  }
  // Limbs lie a power of two apart: taken one residue at a time they would push one another out of the cache.
  const std::size_t block = std::min(kBlock, degree);
  std::vector<std::int64_t> digits(block * level);
  for (std::size_t start = 0; start < degree; start += block) {
    for (std::size_t i = 0; i < level; ++i) {
      const auto limb = poly.limb(i).subspan(start, block);
      const std::uint64_t half = moduli_[i].q / 2;
      for (std::size_t k = 0; k < block; ++k) digits[k * level + i] = static_cast<std::int64_t>(limb[k] - half);
    }
    for (std::size_t k = 0; k < block; ++k) {
      compose(std::span(digits).subspan(k * level, level), words.subspan((start + k) * word_count_, word_count_));
    }
  }
}

/// words = d_0 + q_0 (d_1 + q_1 (…)), in two's complement: no look at the signs but when a word is added.
void Recombination::compose(std::span<const std::int64_t> digits, std::span<std::uint64_t> words) const {
  std::size_t used = 0;
  std::uint64_t sign = 0;
  for (std::size_t i = digits.size(); i-- > 0;) {
    for (; used < words_from_[i]; ++used) words[used] = sign;
    u128 carry = 0;
    const auto digit = static_cast<std::uint64_t>(digits[i]);
    const std::uint64_t digit_sign = digits[i] < 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t k = 0; k < used; ++k) {
      carry += u128{words[k]} * moduli_[i].q + (k == 0 ? digit : digit_sign);
      words[k] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    sign = -(words[used - 1] >> 63);
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
