// SPDX-License-Identifier: Apache-2.0
#include "client/roll_events.hpp"

#include <algorithm>
#include <limits>

#include "governance/keccak.hpp"

namespace mc::client {
namespace {

constexpr std::uint64_t kToNoEnd = std::numeric_limits<std::uint64_t>::max();

governance::Address account_in(const Hash256& topic) {
  governance::Address account;
  std::ranges::copy(std::span(topic.bytes).last(account.bytes.size()), account.bytes.begin());
  return account;
}

}  // namespace

Result<RollEvents> RollEvents::read(const governance::CommonsChain& chain) {
  MC_TRY(const std::vector<governance::Log> logs,
         chain.chain().logs({.address = chain.deployment().membership, .topic = {}, .from_block = 0, .to_block = {}}));
  return RollEvents(logs);
}

RollEvents::RollEvents(std::span<const governance::Log> logs) {
  const Hash256 admitted = governance::keccak256("MemberAdmitted(address,uint8)");
  const Hash256 removed = governance::keccak256("MemberRemoved(address,uint8)");
  const Hash256 rotated = governance::keccak256("KeyRotated(address,address,address)");
  for (const governance::Log& log : logs) {
    if (log.topics.size() < 2) continue;
    const governance::Address account = account_in(log.topics[1]);
    if (log.topics[0] == rotated && log.topics.size() == 4) {
      identities_[account_in(log.topics[3])] = account;
    } else if (log.topics[0] == removed) {
      absences_[identity_of(account)].emplace_back(log.block, kToNoEnd);
    } else if (log.topics[0] == admitted) {
      if (const auto found = absences_.find(identity_of(account)); found != absences_.end()) {
        found->second.back().second = log.block;
      }
    }
  }
}

governance::Address RollEvents::identity_of(const governance::Address& account) const {
  const auto found = identities_.find(account);
  return found == identities_.end() ? account : found->second;
}

std::vector<Absence> RollEvents::absences(const governance::Address& identity) const {
  const auto found = absences_.find(identity);
  return found == absences_.end() ? std::vector<Absence>() : found->second;
}

}  // namespace mc::client
