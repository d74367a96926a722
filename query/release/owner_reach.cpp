// SPDX-License-Identifier: Apache-2.0
#include "query/release/owner_reach.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/sealed/manifest.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "query/release/hidden_in_column.hpp"

namespace mc::query {
namespace {

constexpr std::uint32_t kFactorsMax = 2;

}  // namespace

std::vector<double> owner_reach_log2(const Plan& plan, const fhe::Params& params, const NoiseSetting& setting) {
  const auto degree = static_cast<double>(params.ring().degree());
  const fhe::HiddenReach reach = fhe::hidden_reach(params, data::kManifestEntriesPerProof);
  const double seal = std::exp2(fhe::kSealScaleLog2);
  const std::vector<Hidden> hidden = hidden_in_nodes(plan, {reach.error_slot / seal, reach.message_slot / seal, 1});
  // Of s, ternary, a slot's real part has variance N / 3; of an error of the public key, behind a mask u that is a
  // quarter of the error, 0.96 times as much.
  const double of_piece = std::sqrt(degree / 3 + fhe::kErrorSigma * fhe::kErrorSigma / 16 * degree / 2);
  const double slots = std::max(1.0, std::min(setting.share * degree / 2, setting.owners_per_block * reach.slots));
  std::vector<double> log2s;
  for (const NodeId id : plan.moments) {
    const Hidden& sum = hidden[id.value];
    // Coefficient 0 is the mean of all slots, and slots of the secret are as good as independent.
    const double carried = setting.blocks * sum.error * of_piece * std::sqrt(slots) * 2 / degree;
    log2s.push_back(sum.factors <= kFactorsMax ? std::log2(carried) : -std::numeric_limits<double>::infinity());
  }
  return log2s;
}

}  // namespace mc::query
