// SPDX-License-Identifier: Apache-2.0
#include "protocol/migration_setup.hpp"

#include <algorithm>

namespace mc::protocol {
namespace {

Status check_frame(const KeygenSetup& from, const ProposedCommittee& next, const MigrationFacts& facts) {
  if (next.epoch.value <= from.epoch.value) {
    return fail(Code::kRefused, "key epoch " + std::to_string(next.epoch.value) + " does not come after epoch " +
                                    std::to_string(from.epoch.value) + ": data never moves to an older key");
  }
  if (next.commons != from.commons) {
    return fail(Code::kRefused,
                "the new committee belongs to the commons " + next.commons.hex() + ", this is " + from.commons.hex());
  }
  if (next.params == nullptr || next.params->id() != from.params->id()) {
    return fail(Code::kRefused, "the new committee's keys are for other parameters than " + from.params->spec().name);
  }
  if (facts.timelock_s > UINT64_MAX - next.approved_s || facts.now_s < next.approved_s + facts.timelock_s) {
    return fail(Code::kRefused, "the new committee was approved at " + std::to_string(next.approved_s) +
                                    " with a timelock of " + std::to_string(facts.timelock_s) +
                                    " seconds, the chain's time is " + std::to_string(facts.now_s));
  }
  return {};
}

Status check_participants(const fhe::CommitteeShape& shape, const std::vector<CustodianId>& participants) {
  const bool ascending =
      std::ranges::adjacent_find(participants, std::greater_equal<>{}, &CustodianId::value) == participants.end();
  if (!ascending || participants.size() < shape.threshold() ||
      !std::ranges::all_of(participants, [&](CustodianId c) { return shape.is_custodian(c); })) {
    return fail(Code::kInvalidArgument, std::to_string(participants.size()) +
                                            " participants are not t or more custodians of a " + shape.text() +
                                            " committee, each once and in order");
  }
  return {};
}

}  // namespace

Result<ApprovedMigration> ApprovedMigration::create(const KeygenSetup& from, const ProposedCommittee& next,
                                                    const MigrationFacts& facts, const BoardReader& next_board,
                                                    std::vector<CustodianId> participants) {
  MC_TRY_STATUS(check_frame(from, next, facts));
  MC_TRY_STATUS(check_participants(from.shape, participants));
  // R1: with n < 2t-1 some piece may have corrupt holders only, who own the new key.
  MC_TRY(fhe::CommitteeShape shape,
         fhe::CommitteeShape::create(static_cast<std::uint32_t>(next.identities.size()), next.threshold));
  KeygenSetup to{next.commons, std::move(shape), next.epoch, next.params, next.identities, next.galois_elements};
  auto verified = verify_keygen_transcript(to, facts.next, next_board);
  if (!verified) return fail(verified.error().within("the new committee"));
  return ApprovedMigration(from, std::move(to), std::move(*verified), std::move(participants));
}

ApprovedMigration::ApprovedMigration(KeygenSetup from, KeygenSetup to, VerifiedKeygen next,
                                     std::vector<CustodianId> participants)
    : from_(std::move(from)),
      to_(std::move(to)),
      next_key_(std::move(next.public_key)),
      participants_(std::move(participants)) {
  Sha256 hash("medcommons/migration/ceremony/v1");
  hash.update(from_.ceremony().view()).update(to_.ceremony().view()).update(next.commitment.view());
  hash.update_u64(participants_.size());
  for (const CustodianId c : participants_) hash.update_u64(c.value);
  ceremony_ = hash.finish();
}

bool ApprovedMigration::takes_part(CustodianId custodian) const {
  return std::ranges::find(participants_, custodian) != participants_.end();
}

std::vector<CustodianId> ApprovedMigration::holders(fhe::PieceId piece) const {
  std::vector<CustodianId> holders = from_.shape.holders(piece);
  std::erase_if(holders, [&](CustodianId c) { return !takes_part(c); });
  return holders;
}

CustodianId ApprovedMigration::revealer(fhe::PieceId piece) const {
  return holders(piece).front();  // t participants leave no piece without a holder
}

}  // namespace mc::protocol
