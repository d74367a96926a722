// SPDX-License-Identifier: Apache-2.0
#include "client/forecast.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/published_cohort.hpp"
#include "query/plan/compile.hpp"
#include "query/plan/limb_budget.hpp"

namespace mc::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ForecastTest : public ::testing::Test {
 protected:
  ForecastTest() {
    const auto slots = static_cast<std::uint32_t>(commons_.params->slot_count());
    view_.owners = {{"a", {0, slots}, std::vector<std::uint8_t>(slots, 1)},
                    {"b", {slots, 100}, std::vector<std::uint8_t>(100, 1)}};
    view_.owners[1].consent[3] = 0;
  }
  [[nodiscard]] query::Plan plan(std::string_view sql) const {
    return query::compile(sql, commons_.document.schema, "commons", query::limb_budget("test_insecure").value_or_stop())
        .value_or_stop();
  }
  [[nodiscard]] Result<Forecast> forecast(std::string_view sql, std::uint64_t rho_nano = 0) {
    return foresee(plan(sql), view_, commons_.document, commons_.params, rho_nano, {});
  }

  testing::PublishedCommons commons_;
  DatasetView view_;
};

TEST_F(ForecastTest, SaysHowManyPersonsBlocksSecondsAndDigits) {
  const Forecast found = forecast("SELECT var_samp(age) FROM commons").value_or_stop();
  EXPECT_EQ(found.persons, commons_.params->slot_count() + 99);
  EXPECT_EQ(found.extent.blocks, 2u);
  EXPECT_EQ(found.extent.owner_blocks, 2u);
  EXPECT_GT(found.seconds, kCeremonySeconds);
  ASSERT_TRUE(found.digits);
  EXPECT_GE(*found.digits, 9);
  const std::string text = forecast_text(found, commons_.document, false);
  EXPECT_THAT(text, HasSubstr(std::to_string(found.persons) + " persons consent, in 2 blocks of slots"));
  EXPECT_THAT(text, HasSubstr("s from question to answer"));
  EXPECT_THAT(text, HasSubstr("founded as exact"));
  EXPECT_THAT(text, Not(HasSubstr("proofs")));
}

TEST_F(ForecastTest, SaysWhatCustodiansHaveToCheckFirst) {
  const Forecast found = forecast("SELECT count(*) FROM commons").value_or_stop();
  EXPECT_THAT(forecast_text(found, commons_.document, false, {4182, 31.4}),
              HasSubstr("check the proofs of what was uploaded, 4182 ciphertexts still, about 31 s\n"));
  EXPECT_THAT(forecast_text(found, commons_.document, false, {12, std::nullopt}),
              HasSubstr("what was uploaded, 12 ciphertexts still\n"));
}

TEST_F(ForecastTest, OfAGuardedCommonsSaysWhatIsDebitedAndHowMuchNoiseThatBuys) {
  commons_.document.exact = false;
  const Forecast cheap = forecast("SELECT count(*) FROM commons", 10'000'000).value_or_stop();
  const Forecast dear = forecast("SELECT count(*) FROM commons", 1'000'000'000).value_or_stop();
  EXPECT_LE(cheap.rho_nano, 10'000'000u);
  EXPECT_GT(cheap.count_deviation, 5 * dear.count_deviation);
  EXPECT_GT(dear.count_deviation, 0.5) << "rho 1: a deviation of 0.7 and more";
  EXPECT_THAT(forecast_text(cheap, commons_.document, false), HasSubstr("debits rho 0.00"));
}

TEST_F(ForecastTest, NobodyWhoConsentsIsAnError) {
  for (query::OwnerSlots& owner : view_.owners) owner.consent.assign(owner.consent.size(), 0);
  EXPECT_EQ(forecast("SELECT count(*) FROM commons").error().code, Code::kRefused);
}

}  // namespace
}  // namespace mc::client
