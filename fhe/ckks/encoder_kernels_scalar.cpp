// SPDX-License-Identifier: Apache-2.0
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

/// high * 2^52 + low, low of any size and sign.
struct Fixed {
  std::int64_t high, low;
};
struct Pair {
  Fixed average, product;
};

/// x / 2, ties to even: floor(x / 2), plus one when it and x are odd.
inline Fixed halve(Fixed x) {
  const std::int64_t half = x.low >> 1;
  return {x.high >> 1, half + ((x.high & 1) << 51) + (x.low & half & 1)};
}

// On 52-bit words like the vectors, which saves putting 128-bit numbers together and taking them apart: the plain
// formulas are (b + b') / 2, ties to even, and floor(((b - b') C + 2^103) / 2^104).
inline __attribute__((always_inline)) Pair butterfly(Fixed b, Fixed b_prime, Fixed cosine) {
  const Fixed average = halve({b.high + b_prime.high, b.low + b_prime.low});
  const std::int64_t low_difference = b.low - b_prime.low;
  const std::int64_t difference = b.high - b_prime.high + (low_difference >> 52);
  // For a negative difference the words are those of D = difference + 2^104, and the product has C too much.
  const std::uint64_t high = static_cast<std::uint64_t>(difference) & kLow52;
  const std::uint64_t low = static_cast<std::uint64_t>(low_difference) & kLow52;
  const auto c_high = static_cast<std::uint64_t>(cosine.high), c_low = static_cast<std::uint64_t>(cosine.low);
  const u128 middle = (u128{low} * c_low >> 52) + u128{high} * c_low + u128{low} * c_high + (std::uint64_t{1} << 51);
  const u128 top = u128{high} * c_high + (middle >> 52);
  const std::int64_t negative = difference >> 63;
  return {average,
          {static_cast<std::int64_t>(top >> 52) - (cosine.high & negative),
           static_cast<std::int64_t>(static_cast<std::uint64_t>(top) & kLow52) - (cosine.low & negative)}};
}

Fixed at(FixedView x, std::size_t i) {
  return {x.high[i], x.low[i]};
}
void put(FixedView x, std::size_t i, Fixed value) {
  x.high[i] = value.high;
  x.low[i] = value.low;
}
Fixed minus(Fixed a, Fixed b) {
  return {a.high - b.high, a.low - b.low};
}
Fixed cosine_of(const ChebyshevTransform& transform, std::size_t node) {
  return {static_cast<std::int64_t>(transform.cosines_high()[node]),
          static_cast<std::int64_t>(transform.cosines_low()[node])};
}

/// The butterflies of coefficients k and n/2 - k of all nodes.
void mirrored_rows(FixedView x, std::size_t row, std::size_t mirror, std::size_t nodes,
                   const ChebyshevTransform& transform) {
  for (std::size_t j = 0; j < nodes; ++j) {
    const Fixed cosine = cosine_of(transform, nodes + j);
    const std::size_t place = row * 2 * nodes + j;
    const std::size_t mirror_place = mirror * 2 * nodes + j;
    const Pair a = butterfly(at(x, place), at(x, place + nodes), cosine);
    const Pair b = butterfly(at(x, mirror_place), at(x, mirror_place + nodes), cosine);
    put(x, place, a.average);
    put(x, place + nodes, minus(a.product, b.average));
    put(x, mirror_place, b.average);
    put(x, mirror_place + nodes, minus(b.product, a.average));
  }
}

/// Those of coefficient 0 and, where there is one, n/4: its own mirror.
void single_rows(FixedView x, std::size_t nodes, bool second, const ChebyshevTransform& transform) {
  for (std::size_t j = 0; j < nodes; ++j) {
    const Fixed cosine = cosine_of(transform, nodes + j);
    const Pair a = butterfly(at(x, j), at(x, nodes + j), cosine);
    put(x, j, a.average);
    put(x, nodes + j, halve(a.product));
    if (!second) continue;
    const Pair b = butterfly(at(x, 2 * nodes + j), at(x, 3 * nodes + j), cosine);
    put(x, 2 * nodes + j, b.average);
    put(x, 3 * nodes + j, minus(b.product, b.average));
  }
}

void leaves_to_averages(FixedView leaves, FixedView averages, const ChebyshevTransform& transform) {
  finish_averages(leaves, averages, transform, transform.size() / 2);
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

void finish_averages(FixedView leaves, FixedView averages, const ChebyshevTransform& transform, std::size_t nodes) {
  const std::size_t size = transform.size();
  for (; nodes >= 1; nodes /= 2) {
    for_rows_of_layer(
        size / nodes / 2, [&](bool second) { single_rows(leaves, nodes, second, transform); },
        [&](std::size_t a, std::size_t b) { mirrored_rows(leaves, a, b, nodes, transform); });
  }
  std::size_t row = 0;  // reverse_bits(k), counted up from the top bit
  for (std::size_t k = 0; k < size; ++k) {
    put(averages, k, at(leaves, row));
    std::size_t bit = size / 2;
    for (; (row & bit) != 0; bit /= 2) row -= bit;
    row += bit;
  }
}

const EncoderKernels& scalar_encoder_kernels() {
  static constexpr EncoderKernels kTable{.name = "scalar",
                                         .to_leaves = to_leaves,
                                         .leaves_to_averages = leaves_to_averages,
                                         .scale = scale,
                                         .to_limb = to_limb};
  return kTable;
}

}  // namespace mc::fhe
