// SPDX-License-Identifier: Apache-2.0
#include "client/custodian_health.hpp"

#include <gtest/gtest.h>

#include <array>

namespace mc::client {
namespace {

CustodianHealth checking(std::size_t ciphertexts, std::size_t checked, double seconds) {
  return {"ready", {ciphertexts, checked, seconds}};
}

TEST(CustodianHealth, IsReadAsItWasWritten) {
  const std::string text = custodian_health_json(checking(400, 100, 2.5), 1);
  const CustodianHealth read = custodian_health_from_json(text).value_or_stop();
  EXPECT_TRUE(read.is_ready());
  EXPECT_EQ(read.unchecked(), 300);
  EXPECT_DOUBLE_EQ(read.seconds_left().value(), 7.5);
}

TEST(CustodianHealth, WhatIsNotThereIsNotReadyAndNothingToCheck) {
  const CustodianHealth nothing = custodian_health_from_json("{}").value_or_stop();
  EXPECT_FALSE(nothing.is_ready());
  EXPECT_EQ(nothing.unchecked(), 0);
  EXPECT_EQ(nothing.seconds_left(), 0);
  const CustodianHealth more_than_all =
      custodian_health_from_json(R"({"state":3,"uploads":{"ciphertexts":4,"checked":9}})").value_or_stop();
  EXPECT_EQ(more_than_all.unchecked(), 0);
  EXPECT_FALSE(custodian_health_from_json("[1]").has_value());
  EXPECT_FALSE(custodian_health_from_json("no").has_value());
}

TEST(CustodianHealth, SaysHowManyColumnsAreOpened) {
  CustodianHealth health = checking(4, 4, 1);
  EXPECT_FALSE(custodian_health_from_json(custodian_health_json(health, 1)).value_or_stop().openings);
  health.openings = OpenedColumns{40, 12, "owner a: column x"};
  EXPECT_EQ(custodian_health_from_json(custodian_health_json(health, 1)).value_or_stop().openings, health.openings);
  EXPECT_FALSE(health.openings->are_all());
  EXPECT_TRUE((OpenedColumns{40, 40, ""}).are_all());
  EXPECT_FALSE((OpenedColumns{40, 40, "refused"}).are_all());
  EXPECT_FALSE(OpenedColumns{}.are_all()) << "nothing was checked yet";
  EXPECT_EQ(custodian_health_from_json(R"({"openings":{"columns":4,"opened":9,"refused":7}})").value_or_stop().openings,
            (OpenedColumns{4, 4, ""}));
}

TEST(CustodianHealth, ColumnsAreOpenedWhenTheSlowestHasOpenedThem) {
  const auto with = [](OpenedColumns opened) {
    CustodianHealth health = checking(4, 4, 1);
    health.openings = std::move(opened);
    return health;
  };
  const std::array three{with({40, 40, ""}), with({40, 12, ""}), with({40, 13, ""})};
  EXPECT_EQ(opened_columns(three), (OpenedColumns{40, 12, ""}));
  const std::array behind{with({40, 40, ""}), with({}), with({40, 13, ""})};
  EXPECT_FALSE(opened_columns(behind).are_all());
  EXPECT_EQ(opened_columns(behind).columns, 0);
  const std::array refusing{with({40, 40, "owner a"}), with({40, 1, ""})};
  EXPECT_EQ(opened_columns(refusing).refused, "owner a");
  EXPECT_FALSE(opened_columns({}).are_all());
}

TEST(CustodianHealth, AnAnswerWaitsForTheSlowest) {
  const std::array three{checking(100, 100, 3), checking(100, 50, 3), checking(100, 75, 3)};
  const UploadsAwaited awaited = uploads_awaited(three);
  EXPECT_EQ(awaited.ciphertexts, 50);
  EXPECT_DOUBLE_EQ(awaited.seconds.value(), 3.0);
}

TEST(CustodianHealth, WhoHasNotBegunCannotSayHowLong) {
  const std::array two{checking(100, 50, 3), checking(100, 0, 0.1)};
  EXPECT_EQ(uploads_awaited(two).ciphertexts, 100);
  EXPECT_EQ(uploads_awaited(two).seconds, std::nullopt);
  EXPECT_EQ(uploads_awaited({}).ciphertexts, 0);
}

}  // namespace
}  // namespace mc::client
