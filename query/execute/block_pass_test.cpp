// SPDX-License-Identifier: Apache-2.0
#include "query/execute/block_pass.hpp"

#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/testing/sealed_clinic.hpp"

namespace mc::query {
namespace {

/// Counts what is fetched.
class CountingVault : public Vault {
 public:
  explicit CountingVault(testing::Keys& keys) : one_(keys.seal(std::vector<double>(keys.slot_count(), 1.0))) {}
  Result<fhe::Ciphertext> fetch(std::size_t, const std::string& handle, std::uint32_t) const override {
    ++fetched[handle];
    return one_;
  }
  mutable std::map<std::string, int> fetched;

 private:
  fhe::Ciphertext one_;
};

TEST(BlockPass, FetchesOnlyWhatItsSumsNeedAndEachFeatureOnce) {
  testing::Keys keys(1);
  const CountingVault vault(keys);
  const std::vector<OwnerSlots> owners{{"a", {0, 3}, {1, 1, 0}}};
  const Plan plan = compile("SELECT count(*), avg(bmi), var_samp(bmi) FROM clinic WHERE death",
                            testing::clinic_schema(), "clinic", limb_budget("test_insecure").value_or_stop())
                        .value_or_stop();
  const Workbench bench = keys.bench();
  const Execution execution{plan,
                            owners,
                            vault,
                            bench,
                            limb_budget("test_insecure").value_or_stop(),
                            accumulation_of(plan),
                            2,
                            imaginary_unit(*keys.params)};
  const auto& summed = execution.accumulation.summed;
  std::vector<fhe::Ciphertext> sums(summed.size());
  ASSERT_TRUE(BlockPass(execution, summed).run(0, sums));
  EXPECT_EQ(vault.fetched, (std::map<std::string, int>{{"death/value", 1}, {"bmi/valid", 1}, {"bmi/value", 1}}));
  for (std::size_t i = 0; i < summed.size(); ++i) {
    const bool raw = plan.node(summed[i]).kind == NodeKind::kProduct && !execution.accumulation.inner[summed[i].value];
    EXPECT_EQ(sums[i].parts.size(), raw ? 3u : 2u);
  }
  // Where no other block follows, nothing waits to be relinearised.
  Execution of_one_block = execution;
  of_one_block.blocks = 1;
  std::vector<fhe::Ciphertext> only(summed.size());
  ASSERT_TRUE(BlockPass(of_one_block, summed).run(0, only));
  for (const fhe::Ciphertext& sum : only) EXPECT_EQ(sum.parts.size(), 2u);
  vault.fetched.clear();
  // One sum alone reads less.
  vault.fetched.clear();
  std::vector<fhe::Ciphertext> first(1);
  ASSERT_TRUE(BlockPass(execution, std::span(summed).first(1)).run(0, first));
  EXPECT_EQ(vault.fetched.size(), 1u);
}

TEST(BlockPass, RestrictingKeepsTheScale) {
  testing::Keys keys(1);
  const fhe::Ciphertext ct = keys.seal({1});
  const fhe::Ciphertext less = restricted(ct, 3);
  EXPECT_EQ(less.level().value, 3u);
  EXPECT_EQ(less.scale, ct.scale);
  EXPECT_EQ(less.parts.size(), 2u);
}

}  // namespace
}  // namespace mc::query
