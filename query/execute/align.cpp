// SPDX-License-Identifier: Apache-2.0
#include "query/execute/align.hpp"

namespace mc::query {
namespace {

/// A natural number in 32-bit words, lowest first: enough for multiplication and division by primes below 2^50.
class Natural {
 public:
  explicit Natural(std::uint32_t power_of_two) : words_(power_of_two / 32 + 1, 0) {
    words_.back() = std::uint32_t{1} << (power_of_two % 32);
  }

  void multiply(std::uint64_t factor) {
    fhe::u128 carry = 0;
    for (std::uint32_t& word : words_) {
      carry += fhe::u128{word} * factor;
      word = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    for (; carry != 0; carry >>= 32) words_.push_back(static_cast<std::uint32_t>(carry));
  }

  /// Divides, rounding down, and returns the remainder.
  std::uint64_t divide(std::uint64_t divisor) {
    fhe::u128 remainder = 0;
    for (std::size_t i = words_.size(); i-- > 0;) {
      remainder = remainder << 32 | words_[i];
      words_[i] = static_cast<std::uint32_t>(remainder / divisor);
      remainder %= divisor;
    }
    return static_cast<std::uint64_t>(remainder);
  }

 private:
  std::vector<std::uint32_t> words_;
};

}  // namespace

std::vector<std::uint64_t> floor_of_scale(const fhe::Scale& scale, const fhe::Params& params, fhe::Level level) {
  MC_CHECK(scale.log2 >= 0);
  Natural value(static_cast<std::uint32_t>(scale.log2));
  // All factors first: floor(floor(a / b) / c) = floor(a / (b c)), but floor(a / b) * c is something else.
  for (std::size_t i = 0; i < params.q().size(); ++i) {
    for (int times = 0; times < scale.exponents[i]; ++times) value.multiply(params.q()[i]);
  }
  for (std::size_t i = 0; i < params.q().size(); ++i) {
    for (int times = 0; times > scale.exponents[i]; --times) value.divide(params.q()[i]);
  }
  std::vector<std::uint64_t> residues;
  for (std::uint32_t i = 0; i < level.value; ++i) residues.push_back(Natural(value).divide(params.q()[i]));
  return residues;
}

Result<fhe::Ciphertext> align(const fhe::Ciphertext& a, std::uint32_t limbs, const fhe::Evaluator& evaluator) {
  const std::vector<std::uint64_t> one = floor_of_scale(a.scale, evaluator.params(), a.level());
  fhe::Ciphertext result = a;
  for (fhe::NttPoly& part : result.parts) evaluator.params().ring().multiply_scalar(part, one);
  result.scale = a.scale * a.scale;
  MC_TRY_STATUS(evaluator.rescale_inplace(result, limbs));
  return result;
}

}  // namespace mc::query
