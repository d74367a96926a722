// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/encoder.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "fhe/ckks/binary_scale.hpp"
#include "fhe/ckks/encoder_kernels.hpp"
#include "fhe/ckks/recombination.hpp"
#include "fhe/ring/kernels.hpp"

namespace mc::fhe {
namespace {

constexpr double kValueMax = 65536;
constexpr int kValueBitsMax = 16;
constexpr int kScaledBitsMax = 126;
constexpr std::uint64_t kMagnitude = ~(std::uint64_t{1} << 63);  // of a double's bits

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

Status check_shape(std::size_t values, Level level, const Params& params) {
  if (level.value == 0 || level > params.top_level()) {
    return fail(Code::kInvalidArgument, "encode: level " + std::to_string(level.value) + " of a chain of " +
                                            std::to_string(params.top_level().value));
  }
  if (values > params.slot_count()) {
    return fail(Code::kInvalidArgument,
                "encode: " + std::to_string(values) + " values for " + std::to_string(params.slot_count()) + " slots");
  }
  return {};
}

/// `largest`: the largest magnitude's bits; doubles of one sign compare like their bits, infinities and NaN come last.
Status check_values(std::span<const double> values, std::uint64_t largest) {
  if (largest <= std::bit_cast<std::uint64_t>(kValueMax)) return {};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]))
      return fail(Code::kInvalidArgument, "encode: slot " + std::to_string(i) + " is not finite");
    if (std::fabs(values[i]) > kValueMax) {
      return fail(Code::kInvalidArgument, "encode: slot " + std::to_string(i) + " is beyond 2^16 in magnitude");
    }
  }
  MC_CHECK(false);
  return {};
}

/// The least e >= -1021 with |x| < 2^e for every double of at most these bits.
int exponent_above(std::uint64_t largest) {
  return static_cast<int>(std::max<std::uint64_t>(largest >> 52, 1)) - 1022;
}

/// Four arrays of the encoder's numbers, kept by the thread so that no call touches fresh pages, wiped by every call:
/// slots are secret.
class Workspace {
 public:
  explicit Workspace(std::size_t size) : stride_(size + kGap), words_(memory(4 * stride_)) {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() { wipe(words_, 4 * stride_ * sizeof(std::uint64_t)); }

  [[nodiscard]] std::uint64_t* array(std::size_t i) const { return words_ + i * stride_; }
  [[nodiscard]] FixedView fixed(std::size_t i) const {
    return {reinterpret_cast<std::int64_t*>(array(i)), reinterpret_cast<std::int64_t*>(array(i + 1))};
  }

 private:
  // Arrays a power of two apart would share the same few places of the first-level cache.
  static constexpr std::size_t kGap = 17 * 8;
  static std::uint64_t* memory(std::size_t words) {
    thread_local AlignedWords kept;
    if (kept.size() < words) kept = AlignedWords(words);
    return kept.data();
  }
  std::size_t stride_;
  std::uint64_t* words_;
};

/// How fixed-point numbers relative to 2^exponent become integers at a scale; nothing above 126 bits.
Result<ScaleStep> scale_step(const BinaryScale& binary, int exponent, const Scale& scale) {
  if (binary.bits + exponent > kScaledBitsMax) {
    return fail(Code::kLimit, "encode: the values at scale " + scale.text() + " do not fit in 126 bits");
  }
  // value * 2^(exponent - kFractionBits) * factor * 2^(bits - 127); 128 places leave nothing.
  return ScaleStep{binary.factor, std::min(127 - exponent - binary.bits, 128)};
}

/// round(value * scale) of the double with these bits.
i128 scale_one(const EncoderKernels& kernels, std::uint64_t bits, int exponent, ScaleStep step) {
  alignas(64) std::array<std::array<std::uint64_t, 8>, 3> work{};
  work[2][0] = bits;
  const FixedView fixed{reinterpret_cast<std::int64_t*>(work[0].data()),
                        reinterpret_cast<std::int64_t*>(work[1].data())};
  kernels.to_leaves(fixed, work[2].data(), 8, exponent);
  kernels.scale({work[0].data(), work[1].data(), work[2].data()}, fixed, 8, step);
  const u128 size = (u128{work[2][0] & kMagnitude} << 100 | u128{work[1][0]} << 50) + work[0][0];
  const bool negative = work[2][0] >> 63 != 0;
  wipe(work.data(), sizeof work);
  return with_sign(size, negative);
}

Status check_room(u128 largest, const Scale& scale, Level level, const Params& params) {
  if (largest <= quarter_of_modulus(params, level)) return {};
  return fail(Code::kLimit, "encode: the values at scale " + scale.text() +
                                " do not fit in a quarter of the modulus of level " + std::to_string(level.value));
}

Status check_limbs(std::size_t limbs, const Params& params) {
  if (limbs == 0 || limbs > params.q().size()) {
    return fail(Code::kInvalidArgument,
                "decode: level " + std::to_string(limbs) + " of a chain of " + std::to_string(params.q().size()));
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
  explicit Impl(ParamsPtr set)
      : params(std::move(set)),
        transform(params->ring().degree()),
        kernels(encoder_kernels_for(params->ring().kernels().name)) {}

  ParamsPtr params;
  ChebyshevTransform transform;
  const EncoderKernels& kernels;
};

Encoder::Encoder(ParamsPtr params) : impl_(std::make_unique<const Impl>(std::move(params))) {}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;

const Params& Encoder::params() const {
  return *impl_->params;
}

Result<Plaintext> Encoder::encode(std::span<const double> slots, Level level, const Scale& scale) const {
  MC_TRY(NttPoly poly, encode_over(slots, {level.value, false}, scale));
  return Plaintext{std::move(poly), scale};
}

Result<NttPoly> Encoder::encode_wide(std::span<const double> slots, Level level, const Scale& scale) const {
  return encode_over(slots, {level.value, true}, scale);
}

Result<NttPoly> Encoder::encode_over(std::span<const double> slots, Basis basis, const Scale& scale) const {
  const Level level(basis.q_limbs);
  const Params& params = *impl_->params;
  const Ring& ring = params.ring();
  const EncoderKernels& kernels = impl_->kernels;
  MC_TRY_STATUS(check_shape(slots.size(), level, params));
  MC_TRY(const BinaryScale binary, binary_scale(scale, params, "encode"));
  const std::size_t size = params.slot_count();
  const Workspace work(size);
  std::uint64_t* doubles = work.array(2);
  const auto leaf_of_slot = impl_->transform.leaf_of_slot();
  std::uint64_t largest = 0;
  for (std::size_t j = 0; j < slots.size(); ++j) {
    const auto bits = std::bit_cast<std::uint64_t>(slots[j]);
    doubles[leaf_of_slot[j]] = bits;
    largest = std::max(largest, bits & kMagnitude);
  }
  for (std::size_t j = slots.size(); j < size; ++j) doubles[leaf_of_slot[j]] = 0;
  MC_TRY_STATUS(check_values(slots, largest));
  const int exponent = exponent_above(largest);
  MC_TRY(const ScaleStep step, scale_step(binary, exponent, scale));
  kernels.to_leaves(work.fixed(0), doubles, size, exponent);
  kernels.leaves_to_averages(work.fixed(0), work.fixed(2), impl_->transform);
  const IntegerView integers{work.array(0), work.array(1), work.array(2)};
  kernels.scale(integers, work.fixed(2), size, step);
  MC_TRY_STATUS(check_room(magnitude(scale_one(kernels, largest, exponent, step)), scale, level, params));
  // Known without a look at the values: what they may be at this scale and level.
  const bool two_words = binary.bits + kValueBitsMax < 100 || quarter_of_modulus(params, level) < u128{1} << 99;
  NttPoly poly = ring.make_unset<Domain::kNtt>(basis);
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    std::uint64_t* limb = poly.limb(i).data();
    kernels.to_limb(limb, integers, size, two_words, ring.modulus(basis, i));
    ring.kernels().forward_ntt(limb, ring.ntt_tables(basis, i));  // while the limb is in the cache
  }
  return poly;
}

Result<Plaintext> Encoder::encode_constant(double value, Level level, const Scale& scale) const {
  const Params& params = *impl_->params;
  MC_TRY_STATUS(check_shape(1, level, params));
  const auto bits = std::bit_cast<std::uint64_t>(value);
  MC_TRY_STATUS(check_values({&value, 1}, bits & kMagnitude));
  MC_TRY(const BinaryScale binary, binary_scale(scale, params, "encode"));
  const int exponent = exponent_above(bits & kMagnitude);
  MC_TRY(const ScaleStep step, scale_step(binary, exponent, scale));
  const i128 integer = scale_one(impl_->kernels, bits, exponent, step);
  MC_TRY_STATUS(check_room(magnitude(integer), scale, level, params));
  Plaintext plaintext{params.ring().make_unset<Domain::kNtt>({level.value, false}), scale};
  for (std::uint32_t i = 0; i < level.value; ++i) {
    const Modulus& m = params.ring().modulus({level.value, false}, i);
    const std::uint64_t residue = m.reduce(magnitude(integer));
    // A constant has the same value at every root: no transform.
    std::ranges::fill(plaintext.poly.limb(i), integer < 0 ? m.negate(residue) : residue);
  }
  return plaintext;
}

Result<std::vector<double>> Encoder::decode(const Plaintext& plaintext) const {
  const Params& params = *impl_->params;
  const std::size_t limbs = plaintext.poly.limb_count();
  MC_TRY_STATUS(check_limbs(limbs, params));
  MC_TRY(const BinaryScale inverse_scale, binary_inverse(plaintext.scale, params, "decode"));
  if (plaintext.poly.basis().with_p || plaintext.poly.degree() != params.ring().degree()) {
    return fail(Code::kInvalidArgument,
                "decode: a plaintext that is not one of the parameter set " + params.spec().name);
  }
  const Recombination recombination(params.ring(), plaintext.level().value);
  const std::size_t words = recombination.word_count();
  const std::size_t degree = params.ring().degree();
  const std::size_t size = degree / 2;
  std::vector<std::uint64_t> integers(degree * words);
  recombination.combine_all(params.ring().to_coeff(NttPoly(plaintext.poly)), integers);
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
  std::vector<double> slots(size);
  for (std::size_t j = 0; j < size; ++j) {
    slots[j] = nearest_double(values[impl_->transform.leaf_of_slot()[j]], inverse_scale, static_cast<int>(shift));
  }
  return slots;
}

Result<double> Encoder::decode_mean(std::span<const std::uint64_t> residues, const Scale& scale) const {
  const Params& params = *impl_->params;
  MC_TRY_STATUS(check_limbs(residues.size(), params));
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
  MC_TRY(const BinaryScale inverse_scale, binary_inverse(scale, params, "decode"));
  return nearest_double(shift_right(words, shift), inverse_scale, static_cast<int>(shift));
}

}  // namespace mc::fhe
