// SPDX-License-Identifier: Apache-2.0
#include "query/execute/execute.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "query/execute/align.hpp"
#include "query/execute/block_pass.hpp"
#include "query/execute/mask_scale.hpp"
#include "query/execute/parallel.hpp"
#include "query/plan/message_range.hpp"

namespace mc::query {
namespace {

Status check_fits(const Plan& plan, const LimbBudget& budget, const fhe::Params& params, std::size_t blocks) {
  if (params.spec().name != plan.profile || params.top_level().value != budget.limbs) {
    return fail(Code::kInvalidArgument,
                "the plan is for profile " + plan.profile + ", the keys are for " + params.spec().name);
  }
  if (plan.depth > budget.depth_max()) {
    return fail(Code::kRefused, "the plan has " + std::to_string(plan.depth) + " products in sequence, " +
                                    plan.profile + " allows " + std::to_string(budget.depth_max()));
  }
  double modulus_bits = 0;
  for (std::uint32_t i = 0; i < budget.release; ++i) modulus_bits += std::log2(static_cast<double>(params.q()[i]));
  const std::vector<Interval> ranges = message_ranges(plan);
  for (std::size_t i = 0; i < plan.moments.size(); ++i) {
    const double largest = ranges[plan.moments[i].value].magnitude() * static_cast<double>(blocks);
    if (std::log2(std::max(largest, 1.0)) + masked_scale_log2(budget, blocks) + kReleaseHeadroomBits > modulus_bits) {
      return fail(Code::kLimit, "sum S" + std::to_string(i) + " over " + std::to_string(blocks) +
                                    " blocks could overflow the release modulus of " +
                                    std::to_string(std::lround(modulus_bits)) + " bits");
    }
  }
  return {};
}

/// Fewer sums are not worth a pass of their own: it masks its features again.
constexpr std::size_t kSumsPerLaneMin = 64;

class Executor {
 public:
  Executor(Execution execution, std::vector<std::uint32_t> blocks, const ProgressFunction& progress)
      : execution_(std::move(execution)),
        blocks_(std::move(blocks)),
        progress_(progress),
        sums_(execution_.plan.nodes.size()) {}

  Result<std::vector<fhe::Ciphertext>> run() {
    const std::vector<std::vector<NodeId>> passes = split_into_passes();
    steps_total_ = passes.size() * blocks_.size();
    MC_TRY_STATUS(parallel_for(passes.size(), lanes(),
                               [&](std::uint32_t, std::size_t i) -> Status { return run_pass(passes[i]); }));
    // First what is formed of sums, then the answers that are sums themselves: each is one answer, and handed over.
    std::vector<fhe::Ciphertext> answers(execution_.plan.moments.size());
    for (const bool of_sums : {true, false}) {
      const auto form_answer = [&](std::uint32_t, std::size_t i) -> Status {
        const NodeId root = execution_.plan.moments[i];
        if (is_one_sum(root) == of_sums) return {};
        if (of_sums) {
          MC_TRY(answers[i], combined(root));
        } else {
          answers[i] = std::move(sums_[root.value]);
        }
        return execution_.bench.evaluator.drop_to_level(answers[i], fhe::Level(execution_.budget.release));
      };
      MC_TRY_STATUS(parallel_for(answers.size(), threads(), form_answer));
    }
    return answers;
  }

 private:
  std::uint32_t threads() const { return std::max<std::uint32_t>(1, execution_.bench.threads); }
  /// Threads share the blocks of a pass; where there are fewer blocks than threads, passes run side by side.
  std::uint32_t workers() const { return static_cast<std::uint32_t>(std::min<std::size_t>(threads(), blocks_.size())); }
  std::uint32_t lanes() const { return threads() / workers(); }

  /// A released sum that is there as it is, not the imaginary part of another.
  bool is_one_sum(NodeId root) const {
    return execution_.accumulation.is_summed[root.value] && execution_.accumulation.real[root.value] == kNoNode;
  }

  std::size_t accumulator_bytes(NodeId id) const {
    const bool is_raw = execution_.plan.node(id).kind == NodeKind::kProduct && blocks_.size() > 1;
    const std::size_t limbs = execution_.level_of_sum(id) + (is_raw ? execution_.budget.product : 0);
    return (is_raw ? 3 : 2) * limbs * execution_.bench.params.ring().degree() * sizeof(std::uint64_t);
  }

  /// Sums in order, as many at a time as may be in memory for every thread.
  std::vector<std::vector<NodeId>> split_into_passes() const {
    const std::vector<NodeId>& summed = execution_.accumulation.summed;
    const std::size_t share = (summed.size() + lanes() - 1) / lanes();
    const std::size_t sums_max = std::max(share, kSumsPerLaneMin);
    std::vector<std::vector<NodeId>> passes;
    std::size_t bytes = 0;
    for (const NodeId id : summed) {
      const std::size_t more = accumulator_bytes(id) * workers() * lanes();
      if (passes.empty() || bytes + more > kAccumulatorBytesMax || passes.back().size() == sums_max) {
        passes.emplace_back();
        bytes = 0;
      }
      passes.back().push_back(id);
      bytes += more;
    }
    return passes;
  }

  Status run_pass(const std::vector<NodeId>& summed) {
    const BlockPass pass(execution_, summed);
    std::vector<std::vector<fhe::Ciphertext>> partial(workers(), std::vector<fhe::Ciphertext>(summed.size()));
    const auto run_block = [&](std::uint32_t worker, std::size_t i) -> Status {
      Status status = pass.run(blocks_[i], partial[worker]);
      if (status) report_step();
      return status;
    };
    MC_TRY_STATUS(parallel_for(blocks_.size(), workers(), run_block));
    const auto finish_sum = [&](std::uint32_t, std::size_t i) -> Status {
      fhe::Ciphertext total;
      for (auto& of_worker : partial) {
        if (of_worker[i].parts.empty()) continue;
        if (total.parts.empty()) {
          total = std::move(of_worker[i]);
        } else {
          MC_TRY_STATUS(execution_.bench.evaluator.add_inplace(total, of_worker[i]));
        }
        of_worker[i] = {};
      }
      MC_TRY(sums_[summed[i].value], finished(std::move(total)));
      return {};
    };
    return parallel_for(summed.size(), threads() / lanes(), finish_sum);
  }

  /// The one relinearisation and rescaling of a product that was summed raw.
  Result<fhe::Ciphertext> finished(fhe::Ciphertext total) const {
    if (total.parts.size() == 2) return total;
    return execution_.bench.evaluator.relinearise_rescale(total, execution_.budget.product);
  }

  /// Linear combinations and alignments at the root of a sum, formed from sums over all blocks.
  Result<fhe::Ciphertext> combined(NodeId id) const {
    const fhe::Evaluator& evaluator = execution_.bench.evaluator;
    if (const NodeId real = execution_.accumulation.real[id.value]; real != kNoNode) {
      fhe::Ciphertext sum = sums_[real.value];  // times -i: what was its imaginary part
      multiply_by_i(sum, execution_.imaginary, execution_.bench.params.ring());
      evaluator.negate_inplace(sum);
      return sum;
    }
    if (execution_.accumulation.is_summed[id.value]) return sums_[id.value];
    const Node& node = execution_.plan.node(id);
    if (node.kind == NodeKind::kAlign) {
      MC_TRY(const fhe::Ciphertext inner, combined(node.left));
      return align(inner, execution_.budget.product, evaluator);
    }
    MC_CHECK(node.kind == NodeKind::kLinear);
    fhe::Ciphertext sum;
    for (const Term& term : node.terms) {
      MC_TRY(fhe::Ciphertext part, combined(term.node));
      if (term.coefficient != 1) evaluator.multiply_integer_inplace(part, term.coefficient);
      if (sum.parts.empty()) {
        sum = std::move(part);
      } else {
        MC_TRY_STATUS(evaluator.add_inplace(sum, part));
      }
    }
    return sum;
  }

  void report_step() {
    const std::lock_guard lock(progress_mutex_);
    ++steps_done_;
    if (progress_) progress_(steps_done_, steps_total_);
  }

  Execution execution_;
  std::vector<std::uint32_t> blocks_;
  const ProgressFunction& progress_;
  std::vector<fhe::Ciphertext> sums_;  // per node: over all blocks
  std::mutex progress_mutex_;
  std::size_t steps_done_ = 0;
  std::size_t steps_total_ = 0;
};

}  // namespace

Result<std::vector<fhe::Ciphertext>> execute(const Plan& plan, std::span<const OwnerSlots> owners, const Vault& vault,
                                             const Workbench& bench, const ProgressFunction& progress) {
  MC_TRY_STATUS(check_owner_slots(owners));
  MC_TRY(LimbBudget budget, limb_budget(plan.profile));
  std::vector<std::uint32_t> blocks = blocks_with_consent(owners, bench.params.slot_count());
  if (blocks.empty())
    return fail(Code::kRefused, "nobody's record may be used for this purpose: there is nothing to compute on");
  MC_TRY_STATUS(check_fits(plan, budget, bench.params, blocks.size()));
  const std::size_t count = blocks.size();
  return Executor({plan, owners, vault, bench, std::move(budget), accumulation_of(plan), count,
                   imaginary_unit(bench.params)},
                  std::move(blocks), progress)
      .run();
}

}  // namespace mc::query
