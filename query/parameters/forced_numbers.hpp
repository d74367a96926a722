// SPDX-License-Identifier: Apache-2.0
// Sealed parameters forced (R23): out of one ciphertext of the researcher's, whose coefficients are said to be bits,
// the numbers of her parameters as constant polynomials, so that each multiplies every person alike. Select, then
// replicate: the committee opens the named coefficients under masks (R14) and encrypts sums of them anew; what the
// other coefficients hold, or what any slot holds, is gone. Then it looks, again under masks, at b^2 - b of every bit,
// and the run ends unless all of them are 0.
//   why bits   only what is 0 or 1 bounds what it is part of; the proof of plaintext knowledge is 24 bits too generous
//   exactness  Everything is about f = 2 v, v a coefficient of the ciphertext's plaintext: the proof (R21) shows that f
//              is an integer below 2^proven_message_log2, which v = f / 2 (mod Q) need not be. B = 2^29 f, and |B|^2 is
//              below Q / 4: B^2 - 2^122 B is an integer that does not wrap, so that there are no other roots than 0 and
//              2^122. Modulo Q alone there would be one more for every way to choose 0 or 1 modulo each prime.
//   secrecy    Bits are opened under masks of 80 bits more than an honest value. b^2 - b is 0 whatever b is; what is
//              opened of it is noise, the committee's part of it under 80 bits, the researcher's own under 52: more
//              than the 30 that R15 asks for.
//   owners     no ciphertext of an owner takes part
// Integer arithmetic: everybody who runs it on the same ciphertext and refreshes gets the same ciphertexts (R25).
#pragma once

#include <span>
#include <vector>

#include "query/execute/execute.hpp"
#include "query/execute/refresher.hpp"
#include "query/plan/parameter_plan.hpp"

namespace mc::query {

/// Coefficient i of what is sealed is bit i, at the scale of sealed data: parameters one after another, a weight's sign
/// first, then its halves, quarters, … and the smallest of them once more.
inline constexpr std::uint32_t kBitScaleLog2 = 92;

/// Bits that are looked at in one step: what a custodian holds of them at a time.
inline constexpr std::uint32_t kBitsCheckedTogether = 128;

/// Scale of a forced number.
inline constexpr std::int32_t kNumberScaleLog2 = 107;

/// What bit `bit` of a weight adds, in units of 2^-(kWeightBits - 2).
std::int64_t weight_of_bit(std::uint32_t bit);

/// The bits of a weight: nearest of the numbers that they can make.
///   range  -1 to 1 (MC_CHECK)
std::vector<std::uint8_t> bits_of_weight(double weight);
/// What bits make.
double weight_of_bits(std::span<const std::uint8_t> bits);

/// The polynomial that holds bits as a researcher seals them.
///   range  each 0 or 1, at most kParameterBitsMax of them (MC_CHECK)
fhe::Plaintext plaintext_of_bits(const fhe::Params& params, std::span<const std::uint8_t> bits);

/// Forces all numbers of a plan's parameters, in the order of PlanParameters::number_index.
///   shape   sealed: 2 parts, top level, scale of sealed data, with a proof of plaintext knowledge for one ciphertext
///   that
///           the caller has checked; numbers: 2 parts, at the level of the refresh, scale 2^kNumberScaleLog2
///   noise   a fresh error of every piece
///   errors  kRefused when something sealed is no bit; kInvalidArgument for another shape; kUnsupported where the chain
///           is too short for the committee; what the refresher says
///   source  docs/design/0023
Result<std::vector<fhe::Ciphertext>> force_numbers(const PlanParameters& parameters, const fhe::Ciphertext& sealed,
                                                   const Workbench& bench, Refresher& refresher);

/// Sealed columns from another vault, and the forced numbers.
class VaultWithNumbers final : public Vault {
 public:
  /// Keeps references.
  VaultWithNumbers(const Vault& sealed, std::span<const fhe::Ciphertext> numbers)
      : sealed_(sealed), numbers_(numbers) {}

  Result<fhe::Ciphertext> fetch(std::size_t owner, const std::string& handle, std::uint32_t block) const override {
    return sealed_.fetch(owner, handle, block);
  }
  Result<fhe::Ciphertext> number(std::size_t index) const override {
    if (index < numbers_.size()) return numbers_[index];
    return fail(Code::kNotFound, "number " + std::to_string(index) + " of the parameters was not forced");
  }

 private:
  const Vault& sealed_;
  std::span<const fhe::Ciphertext> numbers_;
};

}  // namespace mc::query
