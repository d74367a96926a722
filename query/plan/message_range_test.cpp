// SPDX-License-Identifier: Apache-2.0
#include "query/plan/message_range.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/node_values.hpp"

namespace mc::query {
namespace {

Interval range_of(const std::string& sql) {
  const Plan plan =
      compile(sql, testing::clinic_schema(), "clinic", limb_budget("standard").value_or_stop()).value_or_stop();
  return message_ranges(plan)[plan.moments.back().value];
}

TEST(MessageRange, IndicatorsOfOneColumnStayWithinZeroAndOne) {
  for (const char* where :
       {"age BETWEEN 40 AND 60", "bmi < 18.5 OR bmi > 30", "NOT bmi >= 25", "diabetes = 0", "NOT death",
        "smoker IN ('never', 'former')", "smoker IS NULL", "nyha <> 2", "diabetes IS NULL OR diabetes",
        "bmi IS NULL OR bmi BETWEEN 18.5 AND 25", "age < 40 OR age = 60 OR age > 80"}) {
    const Interval range = range_of(std::string("SELECT count(*) FROM clinic WHERE ") + where);
    EXPECT_EQ(range.low, 0) << where;
    EXPECT_EQ(range.high, 1) << where;
  }
}

TEST(MessageRange, StandardisedValuesAreSignedAndTheirSquaresAreNot) {
  EXPECT_EQ(range_of("SELECT sum(bmi) FROM clinic").low, -1);
  Plan plan;
  plan.nodes.resize(3);
  plan.nodes[0].is_signed = true;
  plan.nodes[1].kind = NodeKind::kProduct;
  plan.nodes[2].kind = NodeKind::kLinear;
  plan.nodes[2].terms = {{-3, NodeId(1)}};
  const auto ranges = message_ranges(plan);
  EXPECT_EQ(ranges[1].low, 0);
  EXPECT_EQ(ranges[2].low, -3);
  EXPECT_EQ(ranges[2].magnitude(), 3);
}

// product/0 - product/1 is no column of which one name says all.
TEST(MessageRange, ColumnsThatAreComputedDoNotCancel) {
  Plan plan;
  plan.computed = {{"product/0", {{{{1, "a/is/x"}}, {{1, "b/is/x"}}}}, {}},
                   {"product/1", {{{{1, "product/0"}}, {{1, "c/value"}}}}, {}}};
  plan.nodes.resize(3);
  plan.nodes[0].handle = "product/0";
  plan.nodes[1].handle = "product/1";
  plan.nodes[2].kind = NodeKind::kLinear;
  plan.nodes[2].terms = {{1, NodeId(0)}, {-1, NodeId(1)}};
  EXPECT_EQ(message_ranges(plan)[2].low, -1);
  EXPECT_EQ(message_ranges(plan)[2].high, 1);
  // Of whoever is known not to be in one factor all of it is 0.
  EXPECT_EQ(MessageRanges(plan).of({{"a", KnownCell{.category = "y", .cut = {}}}})[2].magnitude(), 0);
  EXPECT_EQ(person_kinds(plan).size(), 8u) << "two cells of a, of b and of c";
  plan.nodes[1].is_signed = true;
  EXPECT_EQ(message_ranges(plan)[1].low, -1) << "c may be a measurement";
}

// ---- Kinds of person.

Plan planned(const std::string& sql) {
  return compile(sql, testing::clinic_schema(), "clinic", limb_budget("standard").value_or_stop()).value_or_stop();
}

/// Somebody at random: a standardised value, a category or nothing in every column, and the features that follow.
class Somebody {
 public:
  explicit Somebody(std::mt19937_64& random) : random_(random) {}

  double feature(const Plan& plan, const std::string& handle, bool is_signed) {
    for (const PlanComputed& computed : plan.computed) {
      if (computed.handle == handle) return product(plan, computed);
    }
    const std::size_t slash = handle.find('/');
    if (slash == std::string::npos) return 1;
    const std::string column = handle.substr(0, slash), what = handle.substr(slash + 1);
    auto [found, is_new] = columns_.try_emplace(column);
    Column& of = found->second;
    if (is_new) {
      of = {random_() % 4 == 0, std::uniform_real_distribution(0.0, 130.0)(random_), random_() % 3, random_() % 2 == 0};
    }
    if (of.missing) return 0;
    if (what == "valid") return 1;
    if (what == "value") return is_signed ? of.value / 65 - 1 : of.one ? 1 : 0;
    if (what.starts_with("is/")) {
      of.names.insert(what);
      return *std::next(of.names.begin(), static_cast<std::ptrdiff_t>(std::min(of.category, of.names.size() - 1))) ==
                     what
                 ? 1
                 : 0;
    }
    const double edge = std::stod(what.substr(what.find('/') + 1));
    return (what.starts_with("ge/") ? of.value >= edge : of.value > edge) ? 1 : 0;
  }

 private:
  /// Of indicators.
  double product(const Plan& plan, const PlanComputed& computed) {
    const auto sum_of = [&](const FeatureColumn& column) {
      double sum = 0;
      for (const WeightedFeature& part : column) sum += part.factor * feature(plan, part.handle, false);
      return sum;
    };
    double sum = sum_of(computed.sum);
    for (const PlanComputed::Product& one : computed.products) sum += sum_of(one.left) * sum_of(one.right);
    return sum;
  }

  struct Column {
    bool missing = false;
    double value = 0;
    std::size_t category = 0;
    bool one = false;
    std::set<std::string> names = {};
  };
  std::mt19937_64& random_;
  std::map<std::string, Column> columns_;
};

std::vector<double> values_of(const Plan& plan, std::mt19937_64& random) {
  Somebody somebody(random);
  // Which categories there are must be known before one is chosen.
  for (const Node& node : plan.nodes) {
    if (node.kind == NodeKind::kFeature) somebody.feature(plan, node.handle, node.is_signed);
  }
  return testing::node_values(plan,
                              [&](const Node& node) { return somebody.feature(plan, node.handle, node.is_signed); });
}

TEST(PersonKinds, EverybodyIsOfOne) {
  std::mt19937_64 random(7);
  for (const char* sql :
       {"SELECT count(*), avg(bmi), histogram(age) FROM clinic GROUP BY sex, smoker",
        "SELECT count(*) FROM clinic WHERE (bmi >= 25 OR diabetes) AND smoker <> 'never' GROUP BY nyha",
        "SELECT linear_regression('bmi ~ age * sex + smoker + death', missing => 'indicator') FROM clinic",
        "SELECT chisq_test(smoker, death), count(diabetes), var_samp(bmi) FROM clinic WHERE age BETWEEN 40 AND 80",
        "SELECT stddev_samp(bmi) FROM clinic WHERE age >= 40 AND death = 0 AND diabetes GROUP BY sex, smoker",
        "SELECT avg(age) FROM clinic WHERE NOT (diabetes = 1 AND death = 1 AND smoker = 'current') AND (nyha = 1 OR "
        "bmi >= 25) AND sex = 'M'"}) {
    const Plan plan = planned(sql);
    const MessageRanges ranges(plan);
    std::vector<std::vector<Interval>> kinds;
    for (const KnownPerson& kind : person_kinds(plan)) kinds.push_back(ranges.of(kind));
    EXPECT_GT(kinds.size(), 1u);
    for (int i = 0; i < 300; ++i) {
      const std::vector<double> values = values_of(plan, random);
      const bool is_of_one = std::ranges::any_of(kinds, [&](const std::vector<Interval>& kind) {
        for (std::size_t n = 0; n < values.size(); ++n) {
          if (values[n] < kind[n].low - 1e-12 || values[n] > kind[n].high + 1e-12) return false;
        }
        return true;
      });
      ASSERT_TRUE(is_of_one) << sql << " " << i;
    }
  }
}

TEST(PersonKinds, NobodyIsInTwoRowsOfATableOrInTwoBins) {
  const auto most_counts = [](const std::string& sql) {
    const Plan plan = planned(sql);
    const MessageRanges ranges(plan);
    std::size_t most = 0;
    for (const KnownPerson& kind : person_kinds(plan)) {
      const std::vector<Interval> of_kind = ranges.of(kind);
      std::size_t counts = 0;
      for (const NodeId moment : plan.moments) counts += of_kind[moment.value].magnitude() > 0 ? 1 : 0;
      most = std::max(most, counts);
    }
    return std::pair(most, plan.moments.size());
  };
  EXPECT_EQ(most_counts("SELECT count(*) FROM clinic"), std::pair(std::size_t{1}, std::size_t{1}));
  EXPECT_EQ(most_counts("SELECT count(*) FROM clinic GROUP BY sex, nyha").first, 1u);
  EXPECT_EQ(most_counts("SELECT count(*), avg(age) FROM clinic GROUP BY sex, nyha").first, 2u);
  EXPECT_EQ(most_counts("SELECT count(*) FROM clinic WHERE age >= 40 AND death AND diabetes GROUP BY sex, nyha").first,
            1u)
      << "through columns that are computed first";
  const auto [in_bins, bins] = most_counts("SELECT histogram(age) FROM clinic");
  EXPECT_EQ(in_bins, 2u) << "everybody, and one bin";
  EXPECT_GT(bins, 4u);
}

}  // namespace
}  // namespace mc::query
