// SPDX-License-Identifier: Apache-2.0
#include "query/parameters/forced_numbers.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fhe/threshold/mask.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "query/bind/parameters.hpp"
#include "query/execute/parallel.hpp"

namespace mc::query {
namespace {

/// Polynomials of one refresh: what a custodian holds and sends at a time.
constexpr std::size_t kRefreshedTogether = 16;

/// B = 2^30 v = 2^29 f: a bit at this scale.
constexpr std::uint32_t kCheckedLog2 = 30;
constexpr std::int32_t kCheckedScaleLog2 = static_cast<std::int32_t>(kBitScaleLog2 + kCheckedLog2);
/// A number's factor is even, so that it is one of f.
constexpr std::uint32_t kNumberLog2 = 15;
static_assert(kNumberScaleLog2 == static_cast<std::int32_t>(kBitScaleLog2 + kNumberLog2));

/// The committee's part of the noise of B^2 - 2^122 B: 2^122 times the fresh errors of all pieces, and less.
constexpr std::uint32_t kCommitteeNoiseLog2 = 139;
constexpr std::uint32_t kUnitLog2 = kWeightBits - 2;  // a weight in units of 2^-kUnitLog2

/// What a bit may then be off by: |B| |B - 2^122| < 2^(k + ceil(log2(pieces + 1))) leaves B within that over 2^121.
constexpr std::uint32_t kCheckMaskLog2 = kCommitteeNoiseLog2 + fhe::kMaskLambda + 1;
static_assert(kCheckMaskLog2 + 6 + 16 <= 2 * kCheckedScaleLog2 - 1, "bits are sharper than kParameterSlack");
static_assert(kParameterSlack == 0x1p-16);

class Forcing {
 public:
  Forcing(const PlanParameters& parameters, const fhe::Ciphertext& sealed, const Workbench& bench, Refresher& refresher)
      : parameters_(parameters),
        sealed_(sealed),
        bench_(bench),
        refresher_(refresher),
        level_(std::min(bench.params.top_level().value, fhe::kRefreshLevelMax)) {}

  Result<std::vector<fhe::Ciphertext>> run() {
    MC_TRY_STATUS(check());
    std::vector<RefreshMapOutput> outputs = number_outputs();
    const std::size_t number_count = outputs.size();
    std::vector<fhe::Ciphertext> numbers;
    for (std::uint32_t first = 0; first < parameters_.bit_count(); first += kBitsCheckedTogether) {
      const auto end = std::min<std::size_t>(parameters_.bit_count(), first + kBitsCheckedTogether);
      for (std::uint32_t bit = first; bit < end; ++bit) {
        outputs.push_back(constant({{bit, 0, std::int64_t{1} << kCheckedLog2}}, kCheckedScaleLog2));
      }
      MC_TRY(std::vector<fhe::Ciphertext> bits, selected(std::exchange(outputs, {})));
      if (first == 0) {
        const auto behind = bits.begin() + static_cast<std::ptrdiff_t>(number_count);
        numbers.assign(std::make_move_iterator(bits.begin()), std::make_move_iterator(behind));
        bits.erase(bits.begin(), behind);
      }
      MC_TRY_STATUS(check_bits(bits));
    }
    return numbers;
  }

 private:
  using RefreshMapOutput = fhe::RefreshMap::Output;
  using Monomials = fhe::RefreshMap::Monomials;

  Status check() const {
    const auto wanted = fhe::Scale::power_of_two(static_cast<std::int32_t>(kBitScaleLog2));
    if (sealed_.parts.size() != 2 || sealed_.level() != bench_.params.top_level() || sealed_.scale != wanted) {
      return fail(Code::kInvalidArgument, "sealed parameters have " + std::to_string(sealed_.parts.size()) +
                                              " parts at level " + std::to_string(sealed_.level().value) +
                                              " and scale " + sealed_.scale.text());
    }
    if (parameters_.empty() || parameters_.bit_count() > bench_.params.ring().degree()) {
      return fail(Code::kInvalidArgument, "there are no parameters, or too many");
    }
    double modulus_log2 = 0;
    for (std::uint32_t i = 0; i < level_.value; ++i) {
      modulus_log2 += std::log2(static_cast<double>(bench_.params.q()[i]));
    }
    // B^2 + 2^122 |B|, and masks beside it, below Q / 2.
    const std::uint32_t largest = kCheckedLog2 - 1 + fhe::proven_message_log2(bench_.params, 1);
    if (2 * largest + 3 <= modulus_log2) return {};
    return fail(Code::kUnsupported, "checking sealed parameters needs " + std::to_string(2 * largest + 3) +
                                        " bits of modulus, the profile has " + std::to_string(modulus_log2));
  }

  static RefreshMapOutput constant(Monomials terms, std::int32_t scale_log2) {
    return {std::move(terms), fhe::Scale::power_of_two(scale_log2)};
  }

  /// In units of 2^-kUnitLog2 of the number, times 2 (kNumberLog2 = kUnitLog2 + 1): every factor is even.
  std::vector<RefreshMapOutput> number_outputs() const {
    static_assert(kNumberLog2 == kUnitLog2 + 1);
    std::vector<RefreshMapOutput> outputs;
    std::uint32_t first = 0;
    for (const PlanParameter& parameter : parameters_.list) {
      if (parameter.kind == ParameterKind::kWeight) {
        Monomials terms;
        for (std::uint32_t bit = 0; bit < kWeightBits; ++bit) terms.push_back({first + bit, 0, 2 * weight_of_bit(bit)});
        outputs.push_back(constant(std::move(terms), kNumberScaleLog2));
      } else {
        for (std::uint32_t bit = 0; bit < parameter.bit_count(); ++bit) {
          outputs.push_back(constant({{first + bit, 0, std::int64_t{1} << kNumberLog2}}, kNumberScaleLog2));
        }
      }
      first += parameter.bit_count();
    }
    return outputs;
  }

  /// Of the sealed polynomial only the bits' coefficients are opened, always the same ones: the masks are too.
  Result<std::vector<fhe::Ciphertext>> selected(std::vector<RefreshMapOutput> outputs) {
    fhe::Ciphertext input = sealed_;
    MC_TRY_STATUS(bench_.evaluator.drop_to_level(input, level_));
    const std::uint32_t value_log2 = fhe::value_log2(bench_.params, sealed_.scale, 1);
    MC_TRY(const std::uint8_t mask, fhe::mask_log2(value_log2));
    std::vector<fhe::Ciphertext> all;
    for (std::size_t first = 0; first < outputs.size(); first += kRefreshedTogether) {
      RefreshStep step;
      step.inputs = {input};
      step.value_log2 = {value_log2};
      step.map.extraction = fhe::RefreshMap::Extraction::kCoefficients;
      step.map.input_level = step.map.output_level = level_;
      step.map.mask_log2 = {mask};
      for (std::uint32_t bit = 0; bit < parameters_.bit_count(); ++bit) step.map.coefficients.push_back({0, bit});
      const std::size_t count = std::min(kRefreshedTogether, outputs.size() - first);
      for (std::size_t i = 0; i < count; ++i) step.map.outputs.push_back(std::move(outputs[first + i]));
      MC_TRY(std::vector<fhe::Ciphertext> fresh, refresher_.refresh(std::move(step)));
      MC_CHECK(fresh.size() == count);
      std::ranges::move(fresh, std::back_inserter(all));
    }
    return all;
  }

  /// B^2 - 2^122 B of every bit, opened under a mask that says whether it is near 0 and nothing else.
  Status check_bits(std::span<const fhe::Ciphertext> bits) {
    RefreshStep step;
    step.within_masks = true;
    step.inputs.resize(bits.size());
    MC_TRY_STATUS(parallel_for(bits.size(), bench_.threads, [&](std::uint32_t, std::size_t i) -> Status {
      MC_TRY(step.inputs[i], violation(bits[i]));
      return {};
    }));
    step.value_log2.assign(bits.size(), kCommitteeNoiseLog2);
    step.map.input_level = level_;
    step.map.output_level = fhe::Level(1);
    step.map.mask_log2.assign(bits.size(), static_cast<std::uint8_t>(kCheckMaskLog2));
    step.map.outputs = {fhe::replicated(0, fhe::Scale::power_of_two(0))};  // nobody reads it
    const auto opened = refresher_.refresh(std::move(step));
    if (opened) return {};
    if (opened.error().code != Code::kRefused) return fail(opened.error());
    return fail(opened.error().within("a sealed parameter is not made of bits"));
  }

  Result<fhe::Ciphertext> violation(const fhe::Ciphertext& bit) const {
    const fhe::Evaluator& evaluator = bench_.evaluator;
    MC_TRY(const fhe::Ciphertext raw, evaluator.multiply(bit, bit));
    MC_TRY(fhe::Ciphertext square, evaluator.relinearise(raw));
    fhe::Ciphertext unit = bit;
    constexpr std::uint32_t kHalf = kCheckedScaleLog2 / 2;
    evaluator.multiply_integer_inplace(unit, std::int64_t{1} << kHalf);
    evaluator.multiply_integer_inplace(unit, std::int64_t{1} << (kCheckedScaleLog2 - kHalf));
    unit.scale = square.scale;
    MC_TRY_STATUS(evaluator.subtract_inplace(square, unit));
    return square;
  }

  const PlanParameters& parameters_;
  const fhe::Ciphertext& sealed_;
  const Workbench& bench_;
  Refresher& refresher_;
  const fhe::Level level_;
};

}  // namespace

std::int64_t weight_of_bit(std::uint32_t bit) {
  MC_CHECK(bit < kWeightBits);
  if (bit == 0) return -(std::int64_t{1} << kUnitLog2);
  return std::int64_t{1} << (bit + 1 < kWeightBits ? kUnitLog2 - bit : 0);
}

std::vector<std::uint8_t> bits_of_weight(double weight) {
  MC_CHECK(weight >= -1 && weight <= 1);
  std::int64_t units = std::llround(std::ldexp(weight, kUnitLog2));
  std::vector<std::uint8_t> bits(kWeightBits, 0);
  if (units < 0) {
    bits[0] = 1;
    units -= weight_of_bit(0);
  }
  for (std::uint32_t bit = 1; bit < kWeightBits; ++bit) {
    if (units < weight_of_bit(bit)) continue;
    bits[bit] = 1;
    units -= weight_of_bit(bit);
  }
  MC_CHECK(units == 0);
  return bits;
}

double weight_of_bits(std::span<const std::uint8_t> bits) {
  MC_CHECK(bits.size() == kWeightBits);
  std::int64_t units = 0;
  for (std::uint32_t bit = 0; bit < kWeightBits; ++bit) units += bits[bit] * weight_of_bit(bit);
  return std::ldexp(static_cast<double>(units), -static_cast<int>(kUnitLog2));
}

fhe::Plaintext plaintext_of_bits(const fhe::Params& params, std::span<const std::uint8_t> bits) {
  MC_CHECK(bits.size() <= kParameterBitsMax && bits.size() <= params.ring().degree());
  fhe::SecretWideIntegers coefficients(params.ring().degree(), 0);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    MC_CHECK(bits[i] <= 1);
    coefficients[i] = static_cast<fhe::i128>(bits[i]) << kBitScaleLog2;
  }
  const fhe::Basis top{params.top_level().value, false};
  return {params.ring().to_ntt(params.ring().from_wide(coefficients, top)),
          fhe::Scale::power_of_two(static_cast<std::int32_t>(kBitScaleLog2))};
}

Result<std::vector<fhe::Ciphertext>> force_numbers(const PlanParameters& parameters, const fhe::Ciphertext& sealed,
                                                   const Workbench& bench, Refresher& refresher) {
  return Forcing(parameters, sealed, bench, refresher).run();
}

}  // namespace mc::query
