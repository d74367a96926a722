// SPDX-License-Identifier: Apache-2.0
#include "base/aes.hpp"

#include <bit>
#include <cstring>

namespace mc {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are read as they lie in memory");

/// a times x in the field of 2^8 elements, modulo x^8 + x^4 + x^3 + x + 1.
constexpr std::uint8_t times_x(std::uint8_t a) {
  return static_cast<std::uint8_t>(a << 1 ^ (a >> 7) * 0x1B);
}

/// FIPS 197, section 5.1.1: inverses in the field (0 for 0), and an affine map of their bits. Goes through all
/// elements but 0 as powers of x + 1, beside the powers of its inverse.
constexpr std::array<std::uint8_t, 256> make_s_box() {
  std::array<std::uint8_t, 256> box{};
  std::uint8_t power = 1, inverse = 1;
  do {
    power = static_cast<std::uint8_t>(power ^ times_x(power));
    // Division by x + 1: a / (x + 1) is a (1 + x)(1 + x^2)(1 + x^4)(...) without what is past x^7, and 9 where x^8 was.
    inverse = static_cast<std::uint8_t>(inverse ^ inverse << 1);
    inverse = static_cast<std::uint8_t>(inverse ^ inverse << 2);
    inverse = static_cast<std::uint8_t>(inverse ^ inverse << 4);
    if ((inverse & 0x80) != 0) inverse = static_cast<std::uint8_t>(inverse ^ 0x09);
    box[power] = static_cast<std::uint8_t>(inverse ^ std::rotl(inverse, 1) ^ std::rotl(inverse, 2) ^
                                           std::rotl(inverse, 3) ^ std::rotl(inverse, 4) ^ 0x63);
  } while (power != 1);
  box[0] = 0x63;
  return box;
}
constexpr std::array<std::uint8_t, 256> kSBox = make_s_box();

/// What a byte of row 0 adds to its column: SubBytes and MixColumns (sections 5.1.1 and 5.1.3) at once.
constexpr std::array<std::uint32_t, 256> make_columns() {
  std::array<std::uint32_t, 256> columns{};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::uint32_t once = kSBox[i];
    const std::uint32_t twice = times_x(kSBox[i]);
    columns[i] = twice | once << 8 | once << 16 | (once ^ twice) << 24;
  }
  return columns;
}
constexpr std::array<std::uint32_t, 256> kColumns = make_columns();

constexpr std::uint8_t row_of(std::uint32_t column, unsigned row) {
  return static_cast<std::uint8_t>(column >> 8 * row);
}

}  // namespace

Aes128::Aes128(const PublicKey128& key) {
  std::memcpy(round_keys_.data(), key.data(), key.size());
  std::uint8_t constant = 1;
  for (std::size_t i = 4; i < round_keys_.size(); ++i) {  // section 5.2
    std::uint32_t word = round_keys_[i - 1];
    if (i % 4 == 0) {
      std::uint32_t substituted = 0;
      for (unsigned row = 0; row < 4; ++row) {
        substituted |= std::uint32_t{kSBox[row_of(word, (row + 1) % 4)]} << 8 * row;
      }
      word = substituted ^ constant;
      constant = times_x(constant);
    }
    round_keys_[i] = round_keys_[i - 4] ^ word;
  }
}

void Aes128::encrypt(std::uint8_t* block) const {
  std::array<std::uint32_t, 4> state{}, next{};
  std::memcpy(state.data(), block, kBlockBytes);
  for (std::size_t j = 0; j < 4; ++j) state[j] ^= round_keys_[j];
  for (std::size_t round = 1; round < kRounds; ++round) {
    for (std::size_t j = 0; j < 4; ++j) {  // row r comes from r columns further (section 5.1.2)
      next[j] = round_keys_[4 * round + j];
      for (unsigned row = 0; row < 4; ++row) {
        next[j] ^= std::rotl(kColumns[row_of(state[(j + row) % 4], row)], static_cast<int>(8 * row));
      }
    }
    state = next;
  }
  for (std::size_t j = 0; j < 4; ++j) {
    next[j] = round_keys_[4 * kRounds + j];
    for (unsigned row = 0; row < 4; ++row) {
      next[j] ^= std::uint32_t{kSBox[row_of(state[(j + row) % 4], row)]} << 8 * row;
    }
  }
  std::memcpy(block, next.data(), kBlockBytes);
}

}  // namespace mc
