// SPDX-License-Identifier: Apache-2.0
#include "query/plan/accumulation.hpp"

#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/trial.hpp"

namespace mc::query {
namespace {

using testing::clinic_plan;

std::vector<std::string> summed(const Plan& plan) {
  std::vector<std::string> texts;
  for (const NodeId id : accumulation_of(plan).summed) texts.push_back(node_text(plan, id));
  return texts;
}

/// What goes as real part with what as imaginary part.
std::vector<std::pair<NodeId, NodeId>> pairs_of(const Accumulation& accumulation) {
  std::vector<std::pair<NodeId, NodeId>> pairs;
  for (std::uint32_t i = 0; i < accumulation.imaginary.size(); ++i) {
    if (accumulation.imaginary[i] != kNoNode) pairs.emplace_back(NodeId(i), accumulation.imaginary[i]);
  }
  return pairs;
}

TEST(Accumulation, CombinationsAtTheRootAreFormedAfterSumming) {
  const Plan plan = clinic_plan("SELECT count(*) FROM clinic WHERE age BETWEEN 40 AND 60");
  EXPECT_EQ(summed(plan), (std::vector<std::string>{"age/ge/40", "age/gt/60"}));
  EXPECT_FALSE(accumulation_of(plan).standalone[0]);
}

TEST(Accumulation, CombinationsInsideAProductAreFormedBeforeIt) {
  const Plan plan = clinic_plan("SELECT count(*) FROM clinic WHERE age BETWEEN 40 AND 60 AND death");
  EXPECT_EQ(summed(plan), (std::vector<std::string>{"((age/ge/40 - age/gt/60) * death/value)"}));
  EXPECT_TRUE(accumulation_of(plan).standalone[plan.moments[0].value]);
}

TEST(Accumulation, AProductThatFeedsAnotherIsSummedAfterRelinearisation) {
  const Plan plan = clinic_plan("SELECT count(*), sum(age) FROM clinic WHERE sex = 'F' AND death");
  const Accumulation accumulation = accumulation_of(plan);
  const NodeId filter = plan.groups[0].n == MomentId(0) ? plan.moments[0] : plan.moments[1];
  EXPECT_EQ(node_text(plan, filter), "(sex/is/F * death/value)");
  EXPECT_TRUE(accumulation.inner[filter.value]);
  EXPECT_TRUE(accumulation.is_summed[filter.value]);
  EXPECT_EQ(cost_of(plan).relinearisations_per_block, 1u);
  EXPECT_EQ(cost_of(plan).relinearisations_at_end, 1u);
}

TEST(Accumulation, FeaturesWithTheSameFactorsGoAsRealAndImaginaryPart) {
  const Plan plan = clinic_plan("SELECT chisq_test(sex, smoker) FROM clinic");
  const Accumulation accumulation = accumulation_of(plan);
  const auto pairs = pairs_of(accumulation);
  for (const auto& [real, imaginary] : pairs) {
    EXPECT_EQ(plan.node(real).kind, NodeKind::kFeature);
    EXPECT_EQ(plan.node(imaginary).kind, NodeKind::kFeature);
    EXPECT_EQ(accumulation.imaginary[imaginary.value], kNoNode);
  }
  EXPECT_EQ(pairs.size(), 1u) << "never and former; there is no second one for current";
  EXPECT_EQ(cost_of(plan).products_per_block, 4u) << "for six sums";
  EXPECT_EQ(cost_of(plan).relinearisations_at_end, 4u);
  for (std::uint32_t i = 0; i < plan.nodes.size(); ++i) {
    if (accumulation.real[i] == kNoNode) continue;
    const Node& real = plan.node(accumulation.real[i]);
    const Node& own = plan.nodes[i];
    const NodeId feature = own.left == real.left || own.left == real.right ? own.right : own.left;
    EXPECT_TRUE(accumulation.imaginary[real.left.value] == feature ||
                accumulation.imaginary[real.right.value] == feature);
  }
}

TEST(Accumulation, CombinationsOfFeaturesGoInPairsWhereTheSecondStands) {
  const Plan plan = compile("SELECT kaplan_meier('Surv(days, dead) ~ arm') FROM trial", testing::trial_schema(),
                            "trial", limb_budget("standard").value_or_stop())
                        .value_or_stop();
  const Accumulation accumulation = accumulation_of(plan);
  const auto pairs = pairs_of(accumulation);
  for (const auto& [real, imaginary] : pairs) {
    EXPECT_EQ(plan.node(real).kind, NodeKind::kLinear);
    EXPECT_EQ(plan.node(imaginary).kind, NodeKind::kLinear);
    EXPECT_LT(imaginary.value, real.value) << "what it needs is there by then";
  }
  EXPECT_EQ(pairs.size(), 2u) << "five intervals";
  EXPECT_EQ(cost_of(plan).products_per_block, 4u + 3 * 4)
      << "two arms, with and without an event; pairs, and the fifth";
}

TEST(Accumulation, WhatIsAlsoReadOtherwiseIsLoadedByItself) {
  // Of every product one factor is real: of features that are multiplied by each other none is a part of a pair with
  // one that it multiplies, and what is squared or released as it is, is of no pair at all.
  for (const char* sql : {"SELECT var_samp(age), var_samp(bmi), covar_samp(age, bmi) FROM clinic",
                          "SELECT smoker, sum(age), sum(bmi), count(*) FROM clinic GROUP BY smoker",
                          "SELECT sum(age), sum(bmi), avg(crp) FROM clinic WHERE death OR diabetes"}) {
    auto plan = compile(sql, testing::clinic_schema(), "clinic", limb_budget("standard").value_or_stop());
    if (!plan) continue;
    const Accumulation accumulation = accumulation_of(*plan);
    std::vector<bool> of_pair(plan->nodes.size(), false);
    for (std::uint32_t i = 0; i < plan->nodes.size(); ++i) {
      if (accumulation.imaginary[i] == kNoNode) continue;
      of_pair[i] = of_pair[accumulation.imaginary[i].value] = true;
    }
    for (std::uint32_t i = 0; i < plan->nodes.size(); ++i) {
      const Node& node = plan->nodes[i];
      const bool is_product = node.kind == NodeKind::kProduct;
      EXPECT_FALSE(is_product && of_pair[node.left.value] && of_pair[node.right.value]) << sql;
      EXPECT_FALSE(node.kind == NodeKind::kAlign && of_pair[node.left.value]) << sql;
      for (const Term& term : node.terms) EXPECT_FALSE(of_pair[term.node.value]) << sql;
      EXPECT_FALSE(of_pair[i] && accumulation.is_summed[i]) << sql;
    }
  }
}

// Who follows a plan node by node has seen both of a pair before any product of one of them.
TEST(Accumulation, FactorsStandBeforeTheirProductsAndSoDoesWhatGoesBesideThem) {
  std::size_t behind = 0;  // in the plan's own order
  for (const char* sql :
       {"SELECT chisq_test(sex, smoker) FROM clinic", "SELECT histogram(age), avg(bmi) FROM clinic WHERE death",
        "SELECT smoker, avg(age), count(bmi) FROM clinic WHERE death GROUP BY smoker"}) {
    const Plan plan = clinic_plan(sql);
    const Accumulation accumulation = accumulation_of(plan);
    std::vector<std::size_t> place(plan.nodes.size());
    const std::vector<NodeId> order = factors_first(plan);
    ASSERT_EQ(order.size(), plan.nodes.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i].value] = i;
    for (std::uint32_t i = 0; i < plan.nodes.size(); ++i) {
      const Node& node = plan.nodes[i];
      for (const Term& term : node.terms) EXPECT_LT(place[term.node.value], place[i]);
      if (node.kind == NodeKind::kAlign) {
        EXPECT_LT(place[node.left.value], place[i]);
      }
      if (node.kind != NodeKind::kProduct) continue;
      for (const NodeId factor : {node.left, node.right}) {
        EXPECT_LT(place[factor.value], place[i]);
        const NodeId beside = accumulation.beside[factor.value];
        if (beside == kNoNode) continue;
        EXPECT_EQ(accumulation.beside[beside.value], factor);
        EXPECT_LT(place[beside.value], place[i]) << sql;
        behind += beside.value > i ? 1 : 0;
      }
    }
  }
  EXPECT_GT(behind, 0u);
}

}  // namespace
}  // namespace mc::query
