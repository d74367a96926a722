// SPDX-License-Identifier: Apache-2.0
#include "query/plan/graph.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

class GraphTest : public ::testing::Test {
 protected:
  NodeId named(const char* handle) { return graph_.feature(handle, false); }
  std::uint32_t depth(NodeId id) const { return graph_.node(id).depth; }
  Graph graph_;
};

TEST_F(GraphTest, EqualNodesAreOneNode) {
  EXPECT_EQ(named("a"), named("a"));
  EXPECT_EQ(graph_.product(named("a"), named("b")), graph_.product(named("b"), named("a")));
  EXPECT_EQ(graph_.linear({{1, named("a")}, {2, named("b")}}), graph_.linear({{2, named("b")}, {1, named("a")}}));
}

TEST_F(GraphTest, CombinationsAreTakenApartAndCancel) {
  const NodeId inner = graph_.linear({{1, named("a")}, {-1, named("b")}});
  EXPECT_EQ(graph_.linear({{1, named("a")}, {-1, inner}}), named("b"));
  EXPECT_EQ(graph_.linear({{1, named("a")}}), named("a"));
  EXPECT_EQ(graph_.node(graph_.linear({{3, inner}, {3, named("b")}, {1, named("c")}})).terms.size(), 2u);
}

TEST_F(GraphTest, AddingRaisesTheShallowAndMultiplyingInsideEvensOut) {
  const NodeId ab = graph_.product(named("a"), named("b"));
  const NodeId sum = graph_.linear({{1, ab}, {1, named("c")}});
  for (const Term& term : graph_.node(sum).terms) EXPECT_EQ(depth(term.node), 1u);
  const NodeId inner = graph_.product(ab, named("c"));
  EXPECT_EQ(depth(graph_.node(inner).left), depth(graph_.node(inner).right));
  const NodeId last = graph_.last_product(ab, named("c"));
  EXPECT_NE(last, inner);
  EXPECT_EQ(depth(last), 2u);
}

TEST_F(GraphTest, ProductsHaveTheLeastDepth) {
  const auto depth_of = [&](int shallow, int deep) {
    std::vector<NodeId> factors;
    for (int i = 0; i < shallow; ++i) factors.push_back(named(("s" + std::to_string(i)).c_str()));
    for (int i = 0; i < deep; ++i) {
      factors.push_back(graph_.product(named(("d" + std::to_string(i)).c_str()), named("e")));
    }
    const NodeId product = graph_.balanced_product(factors);
    EXPECT_EQ(graph_.factor_count(product), static_cast<std::size_t>(shallow + 2 * deep));
    return depth(product);
  };
  EXPECT_EQ(depth_of(1, 0), 0u);
  EXPECT_EQ(depth_of(2, 0), 1u);
  EXPECT_EQ(depth_of(3, 0), 2u);
  EXPECT_EQ(depth_of(4, 0), 2u);
  EXPECT_EQ(depth_of(5, 0), 3u);
  EXPECT_EQ(depth_of(2, 1), 2u);
  EXPECT_EQ(depth_of(4, 2), 3u);
}

TEST_F(GraphTest, ExtractingKeepsWhatIsNeededChildrenFirst) {
  named("unused");
  const NodeId b = named("b");
  const NodeId a = named("a");
  std::vector<NodeId> roots{graph_.product(a, b), a};
  const std::vector<Node> nodes = graph_.extract(roots);
  ASSERT_EQ(nodes.size(), 3u);
  EXPECT_EQ(nodes[0].handle, "b");
  EXPECT_EQ(nodes[1].handle, "a");
  EXPECT_EQ(roots[0], NodeId(2));
  EXPECT_EQ(roots[1], NodeId(1));
  EXPECT_EQ(nodes[2].left, NodeId(0));
}

TEST(Graph, ANodeAndTheSameNodeRaisedCancelEachOther) {
  // 1 - (1 - a + a b) is a - a b: a plan with a zero coefficient would be one that nobody reads.
  Graph graph;
  const NodeId one = graph.feature("present", false);
  const NodeId a = graph.feature("a", false);
  const NodeId b = graph.feature("b", false);
  const NodeId either = graph.linear({{1, one}, {-1, a}, {1, graph.product(a, b)}});
  const Node& outside = graph.node(graph.linear({{1, one}, {-1, either}}));
  ASSERT_EQ(outside.terms.size(), 2u);
  for (const Term& term : outside.terms) EXPECT_EQ(std::abs(term.coefficient), 1);
}

}  // namespace
}  // namespace mc::query
