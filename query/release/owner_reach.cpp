// SPDX-License-Identifier: Apache-2.0
#include "query/release/owner_reach.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/sealed/manifest.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/column_opening.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "query/release/hidden_in_column.hpp"

namespace mc::query {

static_assert(kOpenedFactorsMax == fhe::kOpenedFactorsMax);

namespace {

/// Of the committee among those whose key something was sealed for that had most: its noise hid most when it opened
/// (docs/design/0053).
std::uint32_t most_pieces(const NoiseSetting& setting) {
  std::uint32_t most = setting.pieces;
  for (const std::uint32_t earlier : setting.earlier) most = std::max(most, earlier);
  return most;
}

}  // namespace

std::vector<double> owner_reach_log2(const Plan& plan, const fhe::Params& params, const NoiseSetting& setting) {
  const auto degree = static_cast<double>(params.ring().degree());
  const fhe::HiddenReach reach = fhe::hidden_reach(params, data::kManifestEntriesPerProof);
  const double seal = std::exp2(fhe::kSealScaleLog2);
  const Hidden proven{reach.error_slot / seal, reach.message_slot / seal, 1};
  // Of s, ternary, a slot's real part has variance N / 3; of an error of the public key, behind a mask u that is a
  // quarter of the error, 0.96 times as much.
  const double of_piece = std::sqrt(degree / 3 + fhe::kErrorSigma * fhe::kErrorSigma / 16 * degree / 2);
  const double slots = std::max(1.0, std::min(setting.share * degree / 2, setting.owners_per_block * reach.slots));
  // What is opened says nothing of errors.
  Hidden opened = proven;
  if (setting.opened) {
    opened.message = std::min(opened.message, fhe::opened_reach(params, most_pieces(setting), slots));
  }
  const std::vector<Hidden> by_proof = hidden_in_nodes(plan, proven), by_opening = hidden_in_nodes(plan, opened);
  const std::uint32_t factors_max = setting.opened ? kOpenedFactorsMax : kUnopenedFactorsMax;
  std::vector<double> log2s;
  for (const NodeId id : plan.moments) {
    // Two factors are answered before anything is opened, and one sum has one flooding (R5).
    const bool is_bounded_by_proof = by_proof[id.value].factors <= kUnopenedFactorsMax;
    const Hidden& sum = is_bounded_by_proof ? by_proof[id.value] : by_opening[id.value];
    // Coefficient 0 is the mean of all slots, and slots of the secret are as good as independent.
    const double carried = setting.blocks * sum.error * of_piece * std::sqrt(slots) * 2 / degree;
    log2s.push_back(sum.factors <= factors_max ? std::log2(carried) : -std::numeric_limits<double>::infinity());
  }
  return log2s;
}

}  // namespace mc::query
