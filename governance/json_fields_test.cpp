// SPDX-License-Identifier: Apache-2.0
#include "governance/json_fields.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mc::governance {
namespace {

TEST(JsonFields, QuantitiesHaveOneForm) {
  EXPECT_EQ(json_u64("0x0", "x").value_or_stop(), 0u);
  EXPECT_EQ(json_u64("0xff", "x").value_or_stop(), 255u);
  EXPECT_EQ(json_u64("0xffffffffffffffff", "x").value_or_stop(), UINT64_MAX);
  EXPECT_FALSE(json_u64("0x10000000000000000", "x"));
  EXPECT_TRUE(json_quantity("0xffffffffffffffffffffffffffffffff", "x"));
  for (const nlohmann::json& bad : std::vector<nlohmann::json>{
           "", "0x", "ff", "0x00", "0x01", "0xg", "0x1ffffffffffffffffffffffffffffffff", 7, nullptr, {{"a", 1}}}) {
    EXPECT_FALSE(json_quantity(bad, "x")) << bad.dump();
  }
}

TEST(JsonFields, QuantityTextIsReadBack) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1024}, UINT64_MAX}) {
    EXPECT_EQ(json_u64(quantity_text(value), "x").value_or_stop(), value);
  }
}

TEST(JsonFields, HashesAndAddressesHaveTheirSize) {
  EXPECT_TRUE(json_hash("0x" + std::string(64, 'a'), "x"));
  EXPECT_FALSE(json_hash("0x" + std::string(62, 'a'), "x"));
  EXPECT_FALSE(json_hash(std::string(64, 'a'), "x"));
  EXPECT_TRUE(json_address("0x" + std::string(40, 'b'), "x"));
  EXPECT_FALSE(json_address("0x" + std::string(64, 'b'), "x"));
  EXPECT_FALSE(json_bytes("0xabc", "x"));
}

TEST(JsonFields, AMissingMemberIsNull) {
  EXPECT_TRUE(json_member(nlohmann::json::array(), "a").is_null());
  EXPECT_TRUE(json_member(nlohmann::json{{"b", 1}}, "a").is_null());
  EXPECT_EQ(json_member(nlohmann::json{{"a", 1}}, "a"), 1);
}

}  // namespace
}  // namespace mc::governance
