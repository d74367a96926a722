// SPDX-License-Identifier: Apache-2.0
#include "query/plan/explain.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

TEST(Explain, AFormulaThatSharingMakesHugeIsCut) {
  // Thirty squarings: written out, 2^30 factors.
  Plan plan;
  plan.nodes.resize(31);
  plan.nodes[0].handle = "present";
  for (std::uint32_t i = 1; i < plan.nodes.size(); ++i) {
    plan.nodes[i].kind = NodeKind::kProduct;
    plan.nodes[i].left = plan.nodes[i].right = NodeId(i - 1);
  }
  const std::string text = node_text(plan, NodeId(30));
  EXPECT_LT(text.size(), 100'000u);
  EXPECT_NE(text.find("..."), std::string::npos);
}

TEST(Explain, CoefficientsAreWrittenOut) {
  Plan plan;
  plan.nodes.resize(3);
  plan.nodes[0].handle = "a";
  plan.nodes[1].handle = "b";
  plan.nodes[2].kind = NodeKind::kLinear;
  plan.nodes[2].terms = {{-2, NodeId(0)}, {3, NodeId(1)}};
  EXPECT_EQ(node_text(plan, NodeId(2)), "(3 * b - 2 * a)");
}

}  // namespace
}  // namespace mc::query
