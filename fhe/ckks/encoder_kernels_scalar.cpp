// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <utility>

#include "fhe/ckks/encoder_kernels.hpp"

namespace mc::fhe {
namespace {

constexpr std::uint64_t kLow52 = (std::uint64_t{1} << 52) - 1;
constexpr std::uint64_t kLow50 = (std::uint64_t{1} << 50) - 1;

i128 load(FixedView view, std::size_t i) {
  return i128{view.high[i]} * (i128{1} << 52) + view.low[i];
}
void store(FixedView view, std::size_t i, i128 value) {
  view.high[i] = static_cast<std::int64_t>(value >> 52);
  view.low[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) & kLow52);
}

/// All ones for a negative number, else zero.
u128 sign_mask(i128 value) {
  return static_cast<u128>(value >> 127);
}

void to_leaves(FixedView out, const std::uint64_t* doubles, std::size_t count, int exponent) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t bits = doubles[i];
    const std::uint64_t field = bits >> 52 & 0x7ff;
    const auto normal = static_cast<std::uint64_t>(field != 0);
    const std::uint64_t mantissa = (bits & kLow52) | normal << 52;
    // |x| = mantissa * 2^(field - 1075), the field of a subnormal counted as 1.
    const std::uint64_t right = static_cast<std::uint64_t>(exponent + 1022) - (field + 1 - normal);
    const std::uint64_t clamped = right > 127 ? 127 : right;
    const u128 size = (((u128{mantissa} << 51) >> clamped) + 1) >> 1;
    const u128 mask = -static_cast<u128>(bits >> 63);
    store(out, i, static_cast<i128>((size ^ mask) - mask));
  }
}

struct Pair {
  i128 average, product;
};

/// floor((b + b') / 2) and floor(((b - b') C + 2^103) / 2^104).
Pair butterfly(i128 b, i128 b_prime, u128 cosine) {
  const i128 difference = b - b_prime;
  // For a negative difference D - 2^104 the product is that of D, less C.
  const u128 low = static_cast<u128>(difference) & ((u128{1} << 104) - 1);
  const u128 product = shift_round(multiply_wide(low, cosine), 104) - (cosine & sign_mask(difference));
  return {(b + b_prime) >> 1, static_cast<i128>(product)};
}

/// The butterflies of coefficients k and n/2 - k of all nodes; a coefficient alone when both are the same.
void mirrored_rows(FixedView x, std::size_t row, std::size_t mirror, std::size_t nodes,
                   const ChebyshevTransform& transform) {
  for (std::size_t j = 0; j < nodes; ++j) {
    const u128 cosine = u128{transform.cosines_high()[nodes + j]} << 52 | transform.cosines_low()[nodes + j];
    const std::size_t at = row * 2 * nodes + j;
    const std::size_t mirror_at = mirror * 2 * nodes + j;
    const Pair a = butterfly(load(x, at), load(x, at + nodes), cosine);
    const Pair b = butterfly(load(x, mirror_at), load(x, mirror_at + nodes), cosine);
    store(x, at, a.average);
    store(x, at + nodes, a.product - b.average);
    store(x, mirror_at, b.average);
    store(x, mirror_at + nodes, b.product - a.average);
  }
}

void first_row(FixedView x, std::size_t nodes, const ChebyshevTransform& transform) {
  for (std::size_t j = 0; j < nodes; ++j) {
    const u128 cosine = u128{transform.cosines_high()[nodes + j]} << 52 | transform.cosines_low()[nodes + j];
    const Pair a = butterfly(load(x, j), load(x, nodes + j), cosine);
    store(x, j, a.average);
    store(x, nodes + j, a.product >> 1);
  }
}

void leaves_to_averages(FixedView leaves, FixedView averages, const ChebyshevTransform& transform) {
  const std::size_t size = transform.size();
  for (std::size_t nodes = size / 2; nodes >= 1; nodes /= 2) {
    const std::size_t half = size / nodes / 2;
    first_row(leaves, nodes, transform);
    if (half > 1) mirrored_rows(leaves, 1, 1, nodes, transform);
    for (std::size_t below = 2; below < half; below *= 2) {
      for (std::size_t row = below; row < below + below / 2; ++row) {
        mirrored_rows(leaves, row, mirror_row(row, below), nodes, transform);
      }
    }
  }
  const int log_size = std::countr_zero(size);
  for (std::size_t k = 0; k < size; ++k) {
    const std::size_t row = reverse_bits(k, log_size);
    averages.high[k] = leaves.high[row];
    averages.low[k] = leaves.low[row];
  }
}

void scale(IntegerView out, FixedView values, std::size_t count, ScaleStep step) {
  for (std::size_t i = 0; i < count; ++i) {
    const i128 value = load(values, i);
    const u128 mask = sign_mask(value);
    const u128 size = (static_cast<u128>(value) ^ mask) - mask;
    // The rounding constant is a multiple of what the first 103 places are worth: they can go before it comes.
    const U256 product = multiply_wide(size, step.factor);
    const u128 top = product.high << 25 | product.low >> 103;
    const u128 result = ((top + (u128{1} << (step.shift - 1))) >> (step.shift - 1)) >> 1;
    out.low[i] = static_cast<std::uint64_t>(result) & kLow50;
    out.middle[i] = static_cast<std::uint64_t>(result >> 50) & kLow50;
    out.high[i] =
        static_cast<std::uint64_t>(result >> 100) | (static_cast<std::uint64_t>(mask) & std::uint64_t{1} << 63);
  }
}

void to_limb(std::uint64_t* limb, IntegerView integers, std::size_t count, bool two_words, const Modulus& m) {
  const std::uint64_t words_mask = two_words ? 0 : ~(std::uint64_t{1} << 63);
  limb[count] = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const u128 size = (u128{integers.high[k] & words_mask} << 100 | u128{integers.middle[k]} << 50) + integers.low[k];
    const std::uint64_t residue = m.reduce(size);
    const std::uint64_t turned = m.negate(residue);
    const std::uint64_t exchange = (residue ^ turned) & -(integers.high[k] >> 63);
    limb[k] = residue ^ exchange;
    if (k != 0) limb[2 * count - k] = turned ^ exchange;
  }
}

}  // namespace

const EncoderKernels& scalar_encoder_kernels() {
  static constexpr EncoderKernels kTable{.name = "scalar",
                                         .to_leaves = to_leaves,
                                         .leaves_to_averages = leaves_to_averages,
                                         .scale = scale,
                                         .to_limb = to_limb};
  return kTable;
}

}  // namespace mc::fhe
