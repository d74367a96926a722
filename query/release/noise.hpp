// SPDX-License-Identifier: Apache-2.0
// How wrong an answer can be before anybody adds noise on purpose, and how many digits are left after they have.
// R15: custodians compute these bounds themselves from plan, parameters and slot ranges; nobody supplies them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fhe/ckks/params.hpp"
#include "fhe/ckks/scale.hpp"
#include "query/execute/owner_slots.hpp"
#include "query/plan/plan.hpp"

namespace mc::query {

/// What the bound depends on besides plan and parameters.
struct NoiseSetting {
  std::uint32_t pieces = 1;            // C of R24: the secret is a sum of C ternary pieces
  std::uint32_t blocks = 1;            // blocks that are added up
  std::uint32_t owners_per_block = 1;  // the most owners who share a block
  double share = 1;                    // of a block's slots that hold a consenting person, mean over the blocks
  std::uint64_t fewest = UINT64_MAX;   // such slots in the block that has fewest
  /// C of the committees that the data were sealed under and moved through before this one, oldest first (R12).
  std::vector<std::uint32_t> earlier = {};
  bool opened = false;  // columns of what multiplies more than two were opened once, with noise (owner_reach.hpp)
};
NoiseSetting noise_setting(std::uint32_t pieces, std::span<const OwnerSlots> owners, std::size_t slot_count);

struct AnswerBound {
  double noise_log2 = 0;      // log2 of the bound on |error of coefficient 0|, in integer units of the ciphertext
  double owner_log2 = -1000;  // log2 of what an owner who calculates carries of a secret into it (owner_reach.hpp)
  double message_max = 0;     // bound on |coefficient 0| / scale: the mean over slots, blocks added up
  double scale_log2 = 0;      // log2 of the scale at which the answer is released
  fhe::Scale scale;           // exactly
  fhe::Level level;
};

/// One bound per released sum.
///   model   every sealed ciphertext is a fresh encryption under the collective key (sum of C pieces, public-key
///           noise a sum of C errors), or was one under an earlier committee's key and has been carried over, with a
///           key switch for every move; everything after that is worst case: noises add linearly over blocks, terms and
///           products, since the same ciphertext may have been uploaded under several names
///           A column that is computed by comparing: the sign's error is what its last stage adds, whatever came
///           before, because stages end in an interval that they were planned for (query/plan/comparison_plan.hpp)
///   errors  kLimit when an answer could overflow the release modulus, or when the noise of a comparison may leave the
///           intervals of its stages
Result<std::vector<AnswerBound>> answer_bounds(const Plan& plan, const fhe::Params& params,
                                               const NoiseSetting& setting);

/// log2 of the noise that flooding counts with, in units of the ciphertext, rounded up: of honest owners, or as much as
/// makes flooding kOwnerMarginLog2 bits wider than what one who calculates can carry of a secret.
std::uint32_t flooded_noise_log2(const AnswerBound& bound);

/// log2 of the flooding deviation each piece must add to this answer (R15), by fhe/threshold's rule.
Result<std::uint32_t> flooding_log2_for(const AnswerBound& bound);

/// Bound on |opened sum - true sum| when every piece flooded with deviation 2^sigma_log2: the noise bound plus
/// kFloodingTail deviations of the C draws together, times slot count over scale.
double sum_error_bound(const AnswerBound& bound, std::uint32_t sigma_log2, std::uint32_t pieces,
                       std::size_t slot_count);

/// The same when the noise is meant to be there and `deviations` of it are allowed for: what a guarded answer is read
/// with.
double sum_error_within(const AnswerBound& bound, std::uint32_t sigma_log2, std::uint32_t pieces,
                        std::size_t slot_count, double deviations);

/// erfc(9.2 / sqrt(2)) < 2^-64: so rarely is an answer's flooding beyond this many deviations.
inline constexpr double kFloodingTail = 9.2;

}  // namespace mc::query
