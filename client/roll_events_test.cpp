// SPDX-License-Identifier: Apache-2.0
#include "client/roll_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "governance/keccak.hpp"

namespace mc::client {
namespace {

using governance::Address;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kToNoEnd = ~std::uint64_t{0};

Address account(std::uint8_t number) {
  Address out;
  out.bytes.back() = number;
  return out;
}
governance::Log event(std::string_view signature, std::initializer_list<std::uint8_t> accounts, std::uint64_t block) {
  governance::Log log;
  log.topics = {governance::keccak256(signature)};
  for (const std::uint8_t number : accounts) log.topics.emplace_back().bytes.back() = number;
  log.block = block;
  return log;
}
governance::Log admitted(std::uint8_t who, std::uint64_t block) {
  return event("MemberAdmitted(address,uint8)", {who, 2}, block);
}
governance::Log removed(std::uint8_t who, std::uint64_t block) {
  return event("MemberRemoved(address,uint8)", {who, 2}, block);
}
governance::Log rotated(std::uint8_t who, std::uint8_t before, std::uint8_t after, std::uint64_t block) {
  return event("KeyRotated(address,address,address)", {who, before, after}, block);
}

TEST(RollEvents, AnAccountIsTheMembersWhoWasAdmittedWithItsFirst) {
  const std::vector<governance::Log> logs = {admitted(1, 3), admitted(2, 3), rotated(1, 1, 7, 5), rotated(1, 7, 8, 9)};
  const RollEvents roll(logs);
  for (const std::uint8_t number : {1, 7, 8}) EXPECT_EQ(roll.identity_of(account(number)), account(1));
  EXPECT_EQ(roll.identity_of(account(2)), account(2));
  EXPECT_THAT(roll.absences(account(1)), IsEmpty());
}

TEST(RollEvents, AbsencesBeginWithARemovalAndEndWithAnAdmissionUnderWhicheverKey) {
  const std::vector<governance::Log> logs = {
      admitted(1, 3),  admitted(2, 3), rotated(1, 1, 7, 5), removed(7, 10),
      admitted(7, 20), removed(7, 30), removed(2, 31),      event("Appointed(address,uint8)", {2, 1}, 40)};
  const RollEvents roll(logs);
  EXPECT_THAT(roll.absences(account(1)), ElementsAre(Absence(10, 20), Absence(30, kToNoEnd)));
  EXPECT_THAT(roll.absences(account(2)), ElementsAre(Absence(31, kToNoEnd)));
  EXPECT_THAT(roll.absences(account(3)), IsEmpty());
}

}  // namespace
}  // namespace mc::client
