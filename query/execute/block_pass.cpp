// SPDX-License-Identifier: Apache-2.0
#include "query/execute/block_pass.hpp"

#include "query/execute/align.hpp"
#include "query/execute/mask_scale.hpp"

namespace mc::query {
namespace {

Status check_sealed(const fhe::Ciphertext& ct, const fhe::Params& params) {
  const auto wanted = fhe::Scale::power_of_two(fhe::kSealScaleLog2);
  if (ct.parts.size() == 2 && ct.level() == params.top_level() && ct.scale == wanted) return {};
  return fail(Code::kCorrupt, "sealed with " + std::to_string(ct.parts.size()) + " parts at level " +
                                  std::to_string(ct.level().value) + " and scale " + ct.scale.text() +
                                  ", agreed are 2 parts, level " + std::to_string(params.top_level().value) +
                                  " and scale " + wanted.text());
}

}  // namespace

Result<fhe::Ciphertext> fetch_sealed(const Vault& vault, std::size_t owner, const std::string& owner_name,
                                     const std::string& handle, std::uint32_t block, const fhe::Params& params) {
  const auto place = [&] { return "owner " + owner_name + ", feature " + handle + ", block " + std::to_string(block); };
  auto sealed = vault.fetch(owner, handle, block);
  if (!sealed) return fail(sealed.error().within(place()));
  const Status agreed = check_sealed(*sealed, params);
  if (!agreed) return fail(agreed.error().within(place()));
  return std::move(*sealed);
}

fhe::NttPoly monomial(const fhe::Params& params, std::int64_t power, std::uint32_t level) {
  const fhe::Ring& ring = params.ring();
  const auto degree = static_cast<std::int64_t>(ring.degree());
  MC_CHECK(power != 0 && -degree < power && power < degree);
  const bool is_negative = power < 0;
  const auto place = static_cast<std::size_t>(is_negative ? degree + power : power);
  fhe::CoeffPoly poly = ring.make<fhe::Domain::kCoeff>({level, false});
  for (std::size_t limb = 0; limb < poly.limb_count(); ++limb) {
    poly.limb(limb)[place] = is_negative ? ring.modulus(poly.basis(), limb).q - 1 : 1;
  }
  return ring.to_ntt(std::move(poly));
}

fhe::NttPoly imaginary_unit(const fhe::Params& params) {
  return monomial(params, static_cast<std::int64_t>(params.ring().degree() / 2), params.top_level().value);
}

void multiply_by_i(fhe::Ciphertext& a, const fhe::NttPoly& unit, const fhe::Ring& ring) {
  for (fhe::NttPoly& part : a.parts) ring.multiply(part, unit);
}

fhe::Ciphertext restricted(const fhe::Ciphertext& a, std::uint32_t level) {
  fhe::Ciphertext result;
  result.scale = a.scale;
  result.epoch = a.epoch;
  for (const fhe::NttPoly& part : a.parts) result.parts.push_back(fhe::restrict_to(part, level));
  return result;
}

/// Values of nodes within one block; each is given up when its last reader has had it.
class BlockPass::Registers {
 public:
  explicit Registers(std::vector<std::uint32_t> uses) : uses_(std::move(uses)), values_(uses_.size()) {}

  [[nodiscard]] bool wanted(NodeId id) const { return uses_[id.value] > 0; }
  void set(NodeId id, fhe::Ciphertext value) { values_[id.value] = std::move(value); }
  [[nodiscard]] const fhe::Ciphertext& get(NodeId id) const { return values_[id.value]; }
  void release(NodeId id) {
    MC_CHECK(uses_[id.value] > 0);
    if (--uses_[id.value] == 0) values_[id.value] = {};
  }

 private:
  std::vector<std::uint32_t> uses_;
  std::vector<fhe::Ciphertext> values_;
};

BlockPass::BlockPass(const Execution& execution, std::span<const NodeId> summed)
    : execution_(execution), summed_(summed.begin(), summed.end()), uses_(execution.plan.nodes.size(), 0) {
  const Plan& plan = execution.plan;
  const auto read_children = [&](const Node& node) {
    if (node.kind == NodeKind::kProduct || node.kind == NodeKind::kAlign) ++uses_[node.left.value];
    if (node.kind == NodeKind::kProduct) ++uses_[node.right.value];
    for (const Term& term : node.terms) ++uses_[term.node.value];
  };
  for (const NodeId id : summed_) {
    const bool raw = plan.node(id).kind == NodeKind::kProduct && !execution.accumulation.inner[id.value];
    if (raw) {
      read_children(plan.node(id));
    } else {
      ++uses_[id.value];
    }
  }
  // Children stand before parents, so one pass downwards reaches everything that is read.
  for (std::size_t i = plan.nodes.size(); i-- > 0;) {
    if (uses_[i] == 0) continue;
    read_children(plan.nodes[i]);
    const NodeId imaginary = execution.accumulation.imaginary[i];
    if (plan.nodes[i].kind == NodeKind::kLinear && imaginary != kNoNode) read_children(plan.node(imaginary));
  }
}

Status BlockPass::run(std::uint32_t block, std::span<fhe::Ciphertext> accumulators) const {
  MC_TRY(const std::vector<Mask> masks, masks_of(block));
  Registers registers(uses_);
  std::size_t next_sum = 0;
  for (std::uint32_t i = 0; i < execution_.plan.nodes.size(); ++i) {
    const NodeId id(i);
    if (registers.wanted(id)) {
      MC_TRY(fhe::Ciphertext value, evaluate(id, block, masks, registers));
      registers.set(id, std::move(value));
    }
    if (next_sum < summed_.size() && summed_[next_sum] == id) {
      MC_TRY_STATUS(accumulate(id, registers, accumulators[next_sum]));
      ++next_sum;
    }
  }
  return {};
}

Result<std::vector<BlockPass::Mask>> BlockPass::masks_of(std::uint32_t block) const {
  const Workbench& bench = execution_.bench;
  const std::uint32_t level = execution_.budget.masked_level(execution_.plan.depth) + execution_.budget.mask;
  const fhe::Scale scale = mask_scale(execution_.budget, level, execution_.blocks);
  std::vector<Mask> masks;
  for (std::size_t owner = 0; owner < execution_.owners.size(); ++owner) {
    const std::vector<double> values = mask_values(execution_.owners[owner], block, bench.params.slot_count());
    if (values.empty()) continue;
    MC_TRY(fhe::Plaintext mask, bench.encoder.encode(values, fhe::Level(level), scale));
    masks.push_back({owner, std::move(mask)});
  }
  return masks;
}

/// R22: the sum over owners of mask_o * ct_o, one rescaling after the sum. Owners are never added before they are
/// masked; two features of one owner may be, as real and imaginary part.
Result<fhe::Ciphertext> BlockPass::masked_feature(NodeId id, std::uint32_t block, std::span<const Mask> masks) const {
  const fhe::Evaluator& evaluator = execution_.bench.evaluator;
  const NodeId imaginary = execution_.accumulation.imaginary[id.value];
  const auto fetched = [&](const Mask& mask, NodeId feature) -> Result<fhe::Ciphertext> {
    MC_TRY(fhe::Ciphertext sealed, fetch_sealed(execution_.vault, mask.owner, execution_.owners[mask.owner].owner,
                                                execution_.plan.node(feature).handle, block, execution_.bench.params));
    MC_TRY_STATUS(evaluator.drop_to_level(sealed, mask.mask.level()));
    return sealed;
  };
  fhe::Ciphertext sum;
  for (const Mask& one : masks) {
    MC_TRY(fhe::Ciphertext sealed, fetched(one, id));
    if (imaginary != kNoNode) {
      MC_TRY(fhe::Ciphertext other, fetched(one, imaginary));
      multiply_by_i(other, execution_.imaginary, execution_.bench.params.ring());
      MC_TRY_STATUS(evaluator.add_inplace(sealed, other));
    }
    MC_TRY_STATUS(evaluator.multiply_plain_add(sum, sealed, one.mask));
  }
  MC_CHECK(!sum.parts.empty());  // only blocks in which somebody consents are run
  MC_TRY_STATUS(evaluator.rescale_inplace(sum, execution_.budget.mask));
  return sum;
}

/// One mask of all owners: the number is nobody's record. It brings the number to the scale of a masked feature, so it
/// is encoded at a little less than the two primes that it costs.
Result<fhe::Ciphertext> BlockPass::masked_number(const ParameterFeature& feature, std::uint32_t block) const {
  const Workbench& bench = execution_.bench;
  std::vector<double> values(bench.params.slot_count(), 0);
  for (const OwnerSlots& owner : execution_.owners) {
    const std::vector<double> mask = mask_values(owner, block, values.size());
    for (std::size_t i = 0; i < mask.size(); ++i) values[i] += feature.factor * mask[i];
  }
  MC_TRY(fhe::Ciphertext number, execution_.vault.number(execution_.plan.parameters.number_index(feature)));
  const fhe::Level level(execution_.budget.masked_level(execution_.plan.depth) + execution_.budget.mask);
  const fhe::Scale scale = mask_scale(execution_.budget, level.value, execution_.blocks) *
                           fhe::Scale::power_of_two(fhe::kSealScaleLog2) / number.scale;
  MC_TRY(const fhe::Plaintext mask, bench.encoder.encode(values, level, scale));
  MC_TRY_STATUS(bench.evaluator.drop_to_level(number, level));
  MC_TRY(fhe::Ciphertext masked, bench.evaluator.multiply_plain(number, mask));
  MC_TRY_STATUS(bench.evaluator.rescale_inplace(masked, execution_.budget.mask));
  return masked;
}

Result<fhe::Ciphertext> BlockPass::evaluate(NodeId id, std::uint32_t block, std::span<const Mask> masks,
                                            Registers& registers) const {
  const fhe::Evaluator& evaluator = execution_.bench.evaluator;
  const Node& node = execution_.plan.node(id);
  switch (node.kind) {
    case NodeKind::kFeature:
      if (const ParameterFeature* number = execution_.plan.parameters.find(node.handle)) {
        return masked_number(*number, block);
      }
      return masked_feature(id, block, masks);
    case NodeKind::kAlign: {
      auto result = align(registers.get(node.left), execution_.budget.product, evaluator);
      registers.release(node.left);
      return result;
    }
    case NodeKind::kProduct: {
      MC_TRY(const fhe::Ciphertext raw, evaluator.multiply(registers.get(node.left), registers.get(node.right)));
      registers.release(node.left);
      registers.release(node.right);
      return evaluator.relinearise_rescale(raw, execution_.budget.product);
    }
    case NodeKind::kLinear:
      break;
  }
  MC_TRY(fhe::Ciphertext sum, combination(node, registers));
  const NodeId imaginary = execution_.accumulation.imaginary[id.value];
  if (imaginary == kNoNode) return sum;
  MC_TRY(fhe::Ciphertext other, combination(execution_.plan.node(imaginary), registers));
  multiply_by_i(other, execution_.imaginary, execution_.bench.params.ring());
  MC_TRY_STATUS(evaluator.add_inplace(sum, other));
  return sum;
}

Result<fhe::Ciphertext> BlockPass::combination(const Node& linear, Registers& registers) const {
  const fhe::Evaluator& evaluator = execution_.bench.evaluator;
  fhe::Ciphertext sum;
  for (const Term& term : linear.terms) {
    const fhe::Ciphertext& value = registers.get(term.node);
    if (!sum.parts.empty() && term.coefficient == 1) {
      MC_TRY_STATUS(evaluator.add_inplace(sum, value));
    } else if (!sum.parts.empty() && term.coefficient == -1) {
      MC_TRY_STATUS(evaluator.subtract_inplace(sum, value));
    } else {
      fhe::Ciphertext part = value;
      if (term.coefficient != 1) evaluator.multiply_integer_inplace(part, term.coefficient);
      if (sum.parts.empty()) {
        sum = std::move(part);
      } else {
        MC_TRY_STATUS(evaluator.add_inplace(sum, part));
      }
    }
    registers.release(term.node);
  }
  return sum;
}

/// With one block only, a product is relinearised where it is made: it takes a third of the memory then.
Status BlockPass::accumulate(NodeId id, Registers& registers, fhe::Ciphertext& accumulator) const {
  const fhe::Evaluator& evaluator = execution_.bench.evaluator;
  const Node& node = execution_.plan.node(id);
  const std::uint32_t level = execution_.level_of_sum(id);
  if (node.kind == NodeKind::kProduct && !execution_.accumulation.inner[id.value]) {
    const fhe::Ciphertext& left = registers.get(node.left);
    const fhe::Ciphertext& right = registers.get(node.right);
    const std::uint32_t product_limbs = execution_.budget.product;
    const fhe::Level above(level + product_limbs);
    if (execution_.blocks > 1) {
      MC_TRY_STATUS(evaluator.multiply_add(accumulator, left, right, above));
    } else {
      MC_TRY(const fhe::Ciphertext raw, evaluator.multiply(left, right, above));
      MC_TRY(accumulator, evaluator.relinearise_rescale(raw, product_limbs));
    }
    registers.release(node.left);
    registers.release(node.right);
    return {};
  }
  fhe::Ciphertext value = restricted(registers.get(id), level);
  registers.release(id);
  if (!accumulator.parts.empty()) return evaluator.add_inplace(accumulator, value);
  accumulator = std::move(value);
  return {};
}

}  // namespace mc::query
