// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/encoder.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "fhe/ckks/chebyshev.hpp"
#include "fhe/ckks/recombination.hpp"

namespace mc::fhe {
namespace {

// Slots become integers of at most 2^kFractionBits, relative to the least power of two above the largest of them; sums
// over 2^15 of them, doubled, still fit in an i128. Worst-case error after the transform: 26 * 2^-110 < 2^-105 of that
// power.
constexpr int kFractionBits = 110;
constexpr double kValueMax = 65536;
constexpr int kScaledBitsMax = 126;

using SecretFixed = std::vector<i128, WipingAllocator<i128>>;

/// A scale as an integer times a power of two.
struct IntegerScale {
  u128 factor = 1;
  int log2 = 0;
  [[nodiscard]] int bits() const {  // the scale is at most 2^bits
    const u128 below = factor - 1;
    const auto high = static_cast<std::uint64_t>(below >> 64);
    const int factor_bits = high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<std::uint64_t>(below));
    return factor_bits + log2;
  }
};

Result<IntegerScale> integer_scale(const Scale& scale, const Params& params) {
  IntegerScale result;
  result.log2 = scale.log2;
  bool negative = scale.log2 < 0;
  for (std::size_t i = 0; i < Scale::kPrimesMax; ++i) {
    if (scale.exponents[i] == 0) continue;
    if (i >= params.q().size()) {
      return fail(Code::kInvalidArgument, "encode: the scale " + scale.text() + " names a prime that the chain lacks");
    }
    negative = negative || scale.exponents[i] < 0;
    for (int k = 0; k < scale.exponents[i]; ++k) {
      if (result.factor >> (kScaledBitsMax - std::bit_width(params.q()[i])) != 0) {
        return fail(Code::kLimit, "encode: the scale " + scale.text() + " is above 2^126");
      }
      result.factor *= params.q()[i];
    }
  }
  if (negative) return fail(Code::kInvalidArgument, "encode: the scale " + scale.text() + " has a negative exponent");
  return result;
}

/// min(floor(Q_level / 4), 2^127).
u128 quarter_of_modulus(const Params& params, Level level) {
  u128 product = 1;
  for (std::uint32_t i = 0; i < level.value; ++i) {
    const std::uint64_t q = params.q()[i];
    if (product > (~u128{0}) / q) return u128{1} << 127;
    product *= q;
  }
  return product / 4;
}

Status check_encodable(std::span<const double> values, Level level, const Params& params) {
  if (level.value == 0 || level > params.top_level()) {
    return fail(Code::kInvalidArgument, "encode: level " + std::to_string(level.value) + " of a chain of " +
                                            std::to_string(params.top_level().value));
  }
  if (values.size() > params.slot_count()) {
    return fail(Code::kInvalidArgument, "encode: " + std::to_string(values.size()) + " values for " +
                                            std::to_string(params.slot_count()) + " slots");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]))
      return fail(Code::kInvalidArgument, "encode: slot " + std::to_string(i) + " is not finite");
    if (std::fabs(values[i]) > kValueMax) {
      return fail(Code::kInvalidArgument, "encode: slot " + std::to_string(i) + " is beyond 2^16 in magnitude");
    }
  }
  return {};
}

/// Refuses a scale at which `largest` would not fit in a quarter of Q_level.
Status check_room(double largest, const IntegerScale& integer, const Scale& scale, Level level, const Params& params) {
  int exponent = 0;
  std::frexp(largest, &exponent);
  const bool fits = integer.bits() + exponent <= kScaledBitsMax &&
                    scale_round(magnitude(to_fixed(largest, kFractionBits - exponent)), integer.factor,
                                kFractionBits - exponent - integer.log2) <= quarter_of_modulus(params, level);
  if (fits) return {};
  return fail(Code::kLimit, "encode: the values at scale " + scale.text() +
                                " do not fit in a quarter of the modulus of level " + std::to_string(level.value) +
                                " and in 126 bits");
}

long double real_scale(const Scale& scale, const Params& params) {
  long double value = std::ldexp(1.0L, scale.log2);
  for (std::size_t i = 0; i < params.q().size(); ++i) {
    const auto q = static_cast<long double>(params.q()[i]);
    for (int k = 0; k < scale.exponents[i]; ++k) value *= q;
    for (int k = 0; k > scale.exponents[i]; --k) value /= q;
  }
  return value;
}

Status check_decodable(std::size_t limbs, const Scale& scale, const Params& params) {
  if (limbs == 0 || limbs > params.q().size()) {
    return fail(Code::kInvalidArgument,
                "decode: level " + std::to_string(limbs) + " of a chain of " + std::to_string(params.q().size()));
  }
  for (std::size_t i = params.q().size(); i < Scale::kPrimesMax; ++i) {
    if (scale.exponents[i] != 0) {
      return fail(Code::kInvalidArgument, "decode: the scale " + scale.text() + " names a prime that the chain lacks");
    }
  }
  return {};
}

/// a := a - b on two's complement words.
void subtract_words(std::span<std::uint64_t> a, std::span<const std::uint64_t> b) {
  std::uint64_t borrow = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const u128 step = u128{a[k]} - b[k] - borrow;
    a[k] = static_cast<std::uint64_t>(step);
    borrow = static_cast<std::uint64_t>(step >> 64) & 1;
  }
}

}  // namespace

struct Encoder::Impl {
  explicit Impl(ParamsPtr set) : params(std::move(set)), transform(params->ring().degree()) {}
  [[nodiscard]] Plaintext to_plaintext(std::span<const i128> coefficients, Level level, const Scale& scale) const;

  ParamsPtr params;
  ChebyshevTransform transform;
};

Encoder::Encoder(ParamsPtr params) : impl_(std::make_unique<const Impl>(std::move(params))) {}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;

/// m_0 … m_{M-1} as integers -> the polynomial with m_M = 0 and m_{N-k} = -m_k.
Plaintext Encoder::Impl::to_plaintext(std::span<const i128> coefficients, Level level, const Scale& scale) const {
  const Ring& ring = params->ring();
  const Basis basis{level.value, false};
  CoeffPoly poly = ring.make<Domain::kCoeff>(basis);
  for (std::uint32_t i = 0; i < level.value; ++i) {
    const Modulus& m = ring.modulus(basis, i);
    const auto limb = poly.limb(i);
    for (std::size_t k = 0; k < coefficients.size(); ++k) {
      const std::uint64_t size = m.reduce(magnitude(coefficients[k]));
      const std::uint64_t residue = coefficients[k] < 0 ? m.negate(size) : size;
      limb[k] = residue;
      if (k != 0) limb[limb.size() - k] = m.negate(residue);
    }
  }
  return {ring.to_ntt(std::move(poly)), scale};
}

Result<Plaintext> Encoder::encode(std::span<const double> slots, Level level, const Scale& scale) const {
  const Params& params = *impl_->params;
  MC_TRY_STATUS(check_encodable(slots, level, params));
  MC_TRY(const IntegerScale integer, integer_scale(scale, params));
  double largest = 0;
  for (const double value : slots) largest = std::max(largest, std::fabs(value));
  MC_TRY_STATUS(check_room(largest, integer, scale, level, params));
  int exponent = 0;
  std::frexp(largest, &exponent);  // every |value| < 2^exponent
  SecretFixed values(params.slot_count());
  for (std::size_t j = 0; j < slots.size(); ++j) {
    values[impl_->transform.leaf_of_slot(j)] = to_fixed(slots[j], kFractionBits - exponent);
  }
  impl_->transform.leaves_to_sums(values);
  const int log_size = std::countr_zero(params.slot_count());  // the sums are M m_k
  for (i128& value : values) {
    value = with_sign(scale_round(magnitude(value), integer.factor, kFractionBits - exponent + log_size - integer.log2),
                      value < 0);
  }
  return impl_->to_plaintext(values, level, scale);
}

Result<Plaintext> Encoder::encode_constant(double value, Level level, const Scale& scale) const {
  const Params& params = *impl_->params;
  MC_TRY_STATUS(check_encodable({&value, 1}, level, params));
  MC_TRY(const IntegerScale integer, integer_scale(scale, params));
  MC_TRY_STATUS(check_room(std::fabs(value), integer, scale, level, params));
  int exponent = 0;
  std::frexp(value, &exponent);
  const u128 size = scale_round(magnitude(to_fixed(value, kFractionBits - exponent)), integer.factor,
                                kFractionBits - exponent - integer.log2);
  Plaintext plaintext{params.ring().make<Domain::kNtt>({level.value, false}), scale};
  for (std::uint32_t i = 0; i < level.value; ++i) {
    const Modulus& m = params.ring().modulus({level.value, false}, i);
    const std::uint64_t residue = m.reduce(size);
    // A constant has the same value at every root: no transform.
    std::ranges::fill(plaintext.poly.limb(i), value < 0 ? m.negate(residue) : residue);
  }
  return plaintext;
}

Result<std::vector<double>> Encoder::decode(const Plaintext& plaintext) const {
  const Params& params = *impl_->params;
  const std::size_t limbs = plaintext.poly.limb_count();
  MC_TRY_STATUS(check_decodable(limbs, plaintext.scale, params));
  if (plaintext.poly.basis().with_p || plaintext.poly.degree() != params.ring().degree()) {
    return fail(Code::kInvalidArgument,
                "decode: a plaintext that is not one of the parameter set " + params.spec().name);
  }
  const CoeffPoly poly = params.ring().to_coeff(NttPoly(plaintext.poly));
  const Recombination recombination(params.ring(), plaintext.level().value);
  const std::size_t words = recombination.word_count();
  const std::size_t degree = params.ring().degree();
  const std::size_t size = degree / 2;
  std::vector<std::uint64_t> integers(degree * words);
  std::vector<std::uint64_t> residues(limbs);
  for (std::size_t k = 0; k < degree; ++k) {
    for (std::size_t i = 0; i < limbs; ++i) residues[i] = poly.limb(i)[k];
    recombination.combine(residues, std::span(integers).subspan(k * words, words));
  }
  // Real parts: cos(pi (N-k) r / N) = -cos(pi k r / N) for odd r, and the coefficient in the middle has none.
  std::size_t bits = 0;
  for (std::size_t k = 0; k < size; ++k) {
    const auto integer = std::span(integers).subspan(k * words, words);
    if (k != 0) subtract_words(integer, std::span(integers).subspan((degree - k) * words, words));
    bits = std::max(bits, bit_length(integer));
  }
  const std::size_t bits_max = 124 - 2 * static_cast<std::size_t>(std::countr_zero(size));
  const std::size_t shift = bits > bits_max ? bits - bits_max : 0;
  std::vector<i128> values(size);
  for (std::size_t k = 0; k < size; ++k) values[k] = shift_right(std::span(integers).subspan(k * words, words), shift);
  impl_->transform.series_to_leaves(values);
  const long double scale = real_scale(plaintext.scale, params);
  std::vector<double> slots(size);
  for (std::size_t j = 0; j < size; ++j) {
    const auto leaf = static_cast<long double>(values[impl_->transform.leaf_of_slot(j)]);
    slots[j] = static_cast<double>(std::ldexp(leaf, static_cast<int>(shift)) / scale);
  }
  return slots;
}

Result<double> Encoder::decode_mean(std::span<const std::uint64_t> residues, const Scale& scale) const {
  const Params& params = *impl_->params;
  MC_TRY_STATUS(check_decodable(residues.size(), scale, params));
  for (std::size_t i = 0; i < residues.size(); ++i) {
    if (residues[i] >= params.q()[i]) {
      return fail(Code::kInvalidArgument, "decode: residue " + std::to_string(i) + " is not below its prime");
    }
  }
  const Recombination recombination(params.ring(), static_cast<std::uint32_t>(residues.size()));
  std::vector<std::uint64_t> words(recombination.word_count());
  recombination.combine(residues, words);
  const std::size_t bits = bit_length(words);
  const std::size_t shift = bits > 120 ? bits - 120 : 0;
  const auto value = static_cast<long double>(shift_right(words, shift));
  return static_cast<double>(std::ldexp(value, static_cast<int>(shift)) / real_scale(scale, params));
}

}  // namespace mc::fhe
