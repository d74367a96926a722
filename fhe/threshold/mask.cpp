// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/mask.hpp"

#include <algorithm>
#include <array>

#include "fhe/ckks/scaled_integer.hpp"
#include "fhe/ring/kernels.hpp"

namespace mc::fhe {
namespace {

constexpr std::uint32_t kRowBits = 48;       // below the 2^50 that Kernels::combine reads
constexpr std::size_t kKernelMultiple = 16;  // kernels take this many residues at a time

std::size_t row_count(std::uint32_t mask_log2) {
  return (mask_log2 + kRowBits - 1) / kRowBits;
}

}  // namespace

Result<std::uint8_t> mask_log2(std::uint32_t value_log2, std::uint32_t lambda) {
  if (lambda < kMaskLambda) {
    return fail(Code::kRefused, "a mask of lambda " + std::to_string(lambda) + " hides too little, refreshes need " +
                                    std::to_string(kMaskLambda));
  }
  const std::uint64_t bits = std::uint64_t{value_log2} + lambda + 1;
  if (bits > kMaskLog2Max) {
    return fail(Code::kLimit, "a value of " + std::to_string(value_log2) + " bits needs a mask of " +
                                  std::to_string(bits) + " bits, the limit is " + std::to_string(kMaskLog2Max));
  }
  return static_cast<std::uint8_t>(bits);
}

std::uint32_t value_log2(const Params& params, const Scale& scale, std::uint32_t message_log2) {
  const int scale_log2 = std::max(floor_log2(scale, params), 0);
  return static_cast<std::uint32_t>(scale_log2) + 1 + message_log2 + 1;
}

Status check_headroom(const Params& params, Level level, std::size_t pieces, std::uint8_t mask_log2) {
  std::uint32_t sum_bits = 0;
  while ((std::size_t{1} << sum_bits) < pieces + 1) ++sum_bits;
  const std::uint32_t needed = mask_log2 + sum_bits;
  const int available = level.value == 0 ? 0 : floor_log2(Scale::of_top_primes(level.value, level.value), params);
  if (static_cast<std::int64_t>(needed) <= available) return {};
  return fail(Code::kRefused, "a refresh with a mask of " + std::to_string(mask_log2) + " bits from " +
                                  std::to_string(pieces) + " pieces needs " + std::to_string(needed) +
                                  " bits of modulus, level " + std::to_string(level.value) + " has " +
                                  std::to_string(available));
}

Masks::Masks(std::uint8_t mask_log2, std::size_t count, KeyStream& stream)
    : mask_log2_(mask_log2),
      count_(count),
      padded_((count + kKernelMultiple - 1) / kKernelMultiple * kKernelMultiple),
      rows_(row_count(mask_log2) * padded_, 0) {
  MC_CHECK(mask_log2 >= 1 && count >= 1);
  for (std::size_t row = 0; row < row_count(mask_log2); ++row) {
    const auto bits = std::min<std::uint32_t>(kRowBits, mask_log2 - static_cast<std::uint32_t>(row) * kRowBits);
    const std::uint64_t keep = (std::uint64_t{1} << bits) - 1;
    for (std::size_t i = 0; i < count; ++i) rows_[row * padded_ + i] = stream.next_u64() & keep;
  }
}

Masks::~Masks() {
  wipe(rows_.data(), rows_.size() * sizeof(std::uint64_t));
}

void Masks::residues(const Ring& ring, std::size_t place, std::span<std::uint64_t> out) const {
  MC_CHECK(out.size() == count_);
  const Modulus& m = ring.modulus_at(place);
  const std::size_t rows = row_count(mask_log2_);
  std::array<const std::uint64_t*, (kMaskLog2Max + kRowBits - 1) / kRowBits> row{};
  std::array<std::uint64_t, (kMaskLog2Max + kRowBits - 1) / kRowBits> weight{};
  for (std::size_t i = 0; i < rows; ++i) {
    row[i] = rows_.data() + i * padded_;
    weight[i] = m.power(2, i * kRowBits);
  }
  const std::uint64_t offset = m.negate(m.power(2, mask_log2_ - 1u));  // from [0, 2^k) to [-2^(k-1), 2^(k-1))
  if (padded_ == count_) {
    ring.kernels().combine(out.data(), row.data(), weight.data(), rows, offset, count_, m);
    return;
  }
  AlignedWords padded(padded_);
  ring.kernels().combine(padded.data(), row.data(), weight.data(), rows, offset, padded_, m);
  std::copy_n(padded.begin(), count_, out.begin());
  wipe(padded.data(), padded.size() * sizeof(std::uint64_t));
}

}  // namespace mc::fhe
