// SPDX-License-Identifier: Apache-2.0
// One block of persons: fetch and mask the features, evaluate the nodes, add what is summed to the accumulators.
// Immutable after construction; run may be called from several threads, each with its own accumulators.
#pragma once

#include <span>
#include <vector>

#include "query/execute/execute.hpp"
#include "query/plan/accumulation.hpp"
#include "query/plan/limb_budget.hpp"

namespace mc::query {

/// What every block of an execution shares.
struct Execution {
  const Plan& plan;
  std::span<const OwnerSlots> owners;
  const Vault& vault;
  const Workbench& bench;
  LimbBudget budget;
  Accumulation accumulation;
  std::size_t blocks;      // in which somebody consents
  fhe::NttPoly imaginary;  // i in every slot: imaginary_unit

  /// Limbs of a node's value inside a block.
  [[nodiscard]] std::uint32_t level_of(NodeId id) const {
    return budget.masked_level(plan.depth - plan.node(id).depth);
  }
  /// Limbs of its sum over blocks.
  [[nodiscard]] std::uint32_t level_of_sum(NodeId id) const {
    return accumulation.standalone[id.value] ? budget.release : level_of(id);
  }
};

/// A sealed ciphertext from the vault.
///   errors  kCorrupt unless it is sealed as agreed; what the vault says; each with owner, feature and block
Result<fhe::Ciphertext> fetch_sealed(const Vault& vault, std::size_t owner, const std::string& owner_name,
                                     const std::string& handle, std::uint32_t block, const fhe::Params& params);

/// X^power over the first `level` primes of the chain, 0 < |power| < N; X^-k = -X^(N - k). Multiplying by it is exact
/// and costs no level.
fhe::NttPoly monomial(const fhe::Params& params, std::int64_t power, std::uint32_t level);
/// i in every slot, X^(N/2): over the whole chain.
fhe::NttPoly imaginary_unit(const fhe::Params& params);
/// a *= `unit`, i or -i in every slot, over the primes of `a` at least.
void multiply_by_i(fhe::Ciphertext& a, const fhe::NttPoly& unit, const fhe::Ring& ring);

/// A ciphertext's first `level` limbs.
fhe::Ciphertext restricted(const fhe::Ciphertext& a, std::uint32_t level);

class BlockPass {
 public:
  /// `summed`: the nodes this pass accumulates, a part of execution.accumulation.summed.
  BlockPass(const Execution& execution, std::span<const NodeId> summed);

  /// accumulators[i] += summed[i] over the block; products stay unrelinearised unless a product needs their value too
  /// or there is no other block.
  Status run(std::uint32_t block, std::span<fhe::Ciphertext> accumulators) const;

 private:
  class Registers;
  struct Mask {
    std::size_t owner;
    fhe::Plaintext mask;
  };

  Result<std::vector<Mask>> masks_of(std::uint32_t block) const;
  Result<fhe::Ciphertext> masked_feature(NodeId id, std::uint32_t block, std::span<const Mask> masks) const;
  /// A forced number times its factor, in the slots of consenting persons.
  Result<fhe::Ciphertext> masked_number(const ParameterFeature& feature, std::uint32_t block) const;
  Result<fhe::Ciphertext> evaluate(NodeId id, std::uint32_t block, std::span<const Mask> masks,
                                   Registers& registers) const;
  Result<fhe::Ciphertext> combination(const Node& linear, Registers& registers) const;
  Status accumulate(NodeId id, Registers& registers, fhe::Ciphertext& accumulator) const;

  const Execution& execution_;
  std::vector<NodeId> summed_;
  std::vector<std::uint32_t> uses_;  // per node: how often its value is read in a block; 0: it is not evaluated
};

}  // namespace mc::query
