// SPDX-License-Identifier: Apache-2.0
#include "query/release/owner_reach.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/sealed/manifest.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "query/plan/accumulation.hpp"

namespace mc::query {
namespace {

constexpr std::uint32_t kFactorsMax = 2;

/// The largest slot of the error that is multiplied by the secret, and of the values, in scales.
struct Hidden {
  double error = 0;
  double message = 0;
  std::uint32_t factors = 0;  // sealed by owners
};

class OwnerReach {
 public:
  OwnerReach(const Plan& plan, const fhe::HiddenReach& reach) : plan_(plan), accumulation_(accumulation_of(plan)) {
    const double seal = std::exp2(fhe::kSealScaleLog2);
    sealed_ = {reach.error_slot / seal, reach.message_slot / seal, 1};
    together_ = accumulation_.imaginary;
    for (std::uint32_t i = 0; i < accumulation_.imaginary.size(); ++i) {
      if (const NodeId other = accumulation_.imaginary[i]; other != kNoNode) together_[other.value] = NodeId(i);
    }
    // As in noise.cpp: one of a pair may stand behind the other one's product.
    hidden_.resize(plan.nodes.size());
    const auto turn_of = [&](const Node& node) {
      return node.kind == NodeKind::kFeature ? 0 : node.kind == NodeKind::kLinear && node.depth == 0 ? 1 : 2;
    };
    for (const int turn : {0, 1, 2}) {
      for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
        if (turn_of(plan.nodes[i]) == turn) hidden_[i] = hidden_of(plan.nodes[i]);
      }
    }
  }
  [[nodiscard]] const Hidden& of(NodeId id) const { return hidden_[id.value]; }

 private:
  /// With what goes beside it as its imaginary part.
  [[nodiscard]] Hidden factor(NodeId id) const {
    Hidden hidden = of(id);
    const NodeId other = together_[id.value];
    if (other == kNoNode) return hidden;
    hidden.error += of(other).error;
    hidden.message += of(other).message;
    hidden.factors = std::max(hidden.factors, of(other).factors);
    return hidden;
  }

  [[nodiscard]] Hidden hidden_of(const Node& node) const {
    switch (node.kind) {
      case NodeKind::kFeature:
        // A forced number is the committee's, and at most 1 (R23).
        if (plan_.parameters.find(node.handle) != nullptr) return {0, 1, 0};
        return sealed_;
      case NodeKind::kProduct: {
        const Hidden a = factor(node.left), b = factor(node.right);
        return {a.error * b.message + a.message * b.error, a.message * b.message, a.factors + b.factors};
      }
      case NodeKind::kAlign:
        return of(node.left);
      case NodeKind::kLinear:
        break;
    }
    Hidden sum;
    for (const Term& term : node.terms) {
      const double weight = std::abs(static_cast<double>(term.coefficient));
      sum.error += weight * of(term.node).error;
      sum.message += weight * of(term.node).message;
      sum.factors = std::max(sum.factors, of(term.node).factors);
    }
    return sum;
  }

  const Plan& plan_;
  const Accumulation accumulation_;
  Hidden sealed_;
  std::vector<NodeId> together_;
  std::vector<Hidden> hidden_;
};

}  // namespace

std::vector<double> owner_reach_log2(const Plan& plan, const fhe::Params& params, const NoiseSetting& setting) {
  const auto degree = static_cast<double>(params.ring().degree());
  const fhe::HiddenReach reach = fhe::hidden_reach(params, data::kManifestEntriesPerProof);
  const OwnerReach hidden(plan, reach);
  // Of s, ternary, a slot's real part has variance N / 3; of an error of the public key, behind a mask u that is a
  // quarter of the error, 0.96 times as much.
  const double of_piece = std::sqrt(degree / 3 + fhe::kErrorSigma * fhe::kErrorSigma / 16 * degree / 2);
  const double slots = std::max(1.0, std::min(setting.share * degree / 2, setting.owners_per_block * reach.slots));
  std::vector<double> log2s;
  for (const NodeId id : plan.moments) {
    const Hidden& sum = hidden.of(id);
    // Coefficient 0 is the mean of all slots, and slots of the secret are as good as independent.
    const double carried = setting.blocks * sum.error * of_piece * std::sqrt(slots) * 2 / degree;
    log2s.push_back(sum.factors <= kFactorsMax ? std::log2(carried) : -std::numeric_limits<double>::infinity());
  }
  return log2s;
}

}  // namespace mc::query
