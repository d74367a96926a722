// SPDX-License-Identifier: Apache-2.0
#include "governance/abi.hpp"
#include "governance/commons_chain.hpp"

namespace mc::governance {
namespace {

constexpr std::size_t kPlansMax = 256;
constexpr std::uint64_t kPageSize = 256;
constexpr std::uint64_t kSummariesPerPage = 128;
// Heads of the structs; a field that is dynamic counts one word, its offset.
constexpr std::size_t kProposalWords = 14;
constexpr std::size_t kRecordWords = 10;
constexpr std::size_t kSummaryWords = 1 + 1 + 9 + 1;

Result<StudyState> study_state_of(AbiReader& reader) {
  MC_TRY(const std::uint8_t value, reader.u8());
  if (value > static_cast<std::uint8_t>(StudyState::kVetoed)) {
    return fail(Code::kCorrupt,
                "the chain says that a study is in state " + std::to_string(value) + ", which does not exist");
  }
  return static_cast<StudyState>(value);
}

Status take_proposal(AbiReader& reader, StudyProposal& out) {
  MC_TRY(out.content, reader.hash());
  MC_TRY(out.dataset, reader.hash());
  MC_TRY(out.use.purpose, reader.u32());
  MC_TRY(out.use.disease, reader.u32());
  MC_TRY(out.use.modifiers, reader.u32());
  MC_TRY(const std::vector<std::uint64_t> countries, reader.uints(kLimitValuesMax, UINT16_MAX));
  out.use.limits.countries.assign(countries.begin(), countries.end());
  MC_TRY(out.use.limits.institutions, reader.addresses(kLimitValuesMax));
  MC_TRY(out.use.limits.moratorium_s, reader.u64());
  MC_TRY(out.requester_key, reader.hash());
  MC_TRY(out.releases_max, reader.u32());
  MC_TRY(out.rho_micro, reader.u64());
  MC_TRY(out.minimum_cohort, reader.u32());
  MC_TRY(out.suppress_below, reader.u32());
  MC_TRY(out.expiry_s, reader.u64());
  return {};
}

Status take_record(AbiReader& reader, Study& out) {
  MC_TRY(out.state, study_state_of(reader));
  MC_TRY(out.requester, reader.address());
  MC_TRY_STATUS(reader.tuple(kProposalWords, [&](AbiReader& fields) { return take_proposal(fields, out.proposal); }));
  MC_TRY(out.proposed_s, reader.u64());
  MC_TRY(out.voting_ends_s, reader.u64());
  MC_TRY_STATUS(reader.u64());  // block it was proposed in
  MC_TRY(out.approved_s, reader.u64());
  MC_TRY_STATUS(reader.u64());  // block it was approved in
  MC_TRY(out.vetoes, reader.u32());
  MC_TRY(out.board_size, reader.u32());
  return {};
}

Status take_tallies(AbiReader& reader, Study& out) {
  for (Tally& tally : out.tallies) {
    MC_TRY(tally.yes, reader.u32());
    MC_TRY(tally.no, reader.u32());
    MC_TRY(tally.members, reader.u32());
  }
  MC_TRY(out.can_execute, reader.boolean());
  return {};
}

}  // namespace

bool Study::allows(const Hash256& plan) const {
  return std::find(proposal.plans.begin(), proposal.plans.end(), plan) != proposal.plans.end();
}

DataUse Study::asked() const {
  DataUse use = proposal.use;
  use.limits.studies = {id};
  use.limits.users.clear();
  if (!requester_identity.is_zero()) use.limits.users = {requester_identity};
  return use;
}

Result<Hash256> CommonsChain::next_study_id(const Address& proposer) const {
  MC_TRY(const Bytes bytes, view(deployment_.studies, "nextStudyId(address)", AbiWriter().address(proposer)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "study id"));
  MC_TRY(const Hash256 id, reader.hash());
  MC_TRY_STATUS(reader.finish());
  return id;
}

Result<Hash256> CommonsChain::propose(const Wallet& researcher, const StudyProposal& proposal,
                                      const std::optional<Hash256>& expected_id) const {
  if (!proposal.use.limits.studies.empty() || !proposal.use.limits.users.empty()) {
    return fail(Code::kInvalidArgument,
                "a proposal states neither which study it is (PS) nor who asks (US): both stand on chain");
  }
  MC_TRY_STATUS(check_limits(proposal.use.limits));
  const std::vector<std::uint16_t>& countries = proposal.use.limits.countries;
  const auto fields = AbiWriter()
                          .hash(proposal.content)
                          .hash(proposal.dataset)
                          .uint(proposal.use.purpose)
                          .uint(proposal.use.disease)
                          .uint(proposal.use.modifiers)
                          .uints(std::vector<std::uint64_t>(countries.begin(), countries.end()))
                          .addresses(proposal.use.limits.institutions)
                          .uint(proposal.use.limits.moratorium_s)
                          .hash(proposal.requester_key)
                          .uint(proposal.releases_max)
                          .uint(proposal.rho_micro)
                          .uint(proposal.minimum_cohort)
                          .uint(proposal.suppress_below)
                          .uint(proposal.expiry_s);
  MC_TRY(const Receipt receipt, send(researcher, deployment_.studies,
                                     "propose((bytes32,bytes32,uint32,uint32,uint32,uint16[],address[],uint64,bytes32,"
                                     "uint32,uint64,uint32,uint32,uint64),bytes32[])",
                                     AbiWriter().tuple(fields).hashes(proposal.plans)));
  const Log* log = find_event(receipt, deployment_.studies, "Proposed(bytes32,address,bytes32,uint64)");
  if (log == nullptr) return fail(Code::kCorrupt, "the chain's receipt of the proposal does not name the new study");
  if (expected_id && log->topics[1] != *expected_id) {
    return fail(Code::kConflict, "the study became 0x" + log->topics[1].hex() + ", expected was 0x" +
                                     expected_id->hex() + ": another proposal of this account came first");
  }
  return log->topics[1];
}

Result<Receipt> CommonsChain::vote(const Wallet& member, const Hash256& study, bool support) const {
  return send(member, deployment_.studies, "vote(bytes32,bool)", AbiWriter().hash(study).boolean(support));
}

Result<bool> CommonsChain::has_voted(const Hash256& study, const Address& member) const {
  return view_flag(deployment_.studies, "hasVoted(bytes32,address)", AbiWriter().hash(study).address(member));
}

Result<StudyState> CommonsChain::execute(const Wallet& anyone, const Hash256& study) const {
  MC_TRY(const Receipt receipt, send(anyone, deployment_.studies, "execute(bytes32)", AbiWriter().hash(study)));
  const Log* log = find_event(receipt, deployment_.studies, "Decided(bytes32,uint8)");
  if (log == nullptr) return fail(Code::kCorrupt, "the chain's receipt of the execution does not say what was decided");
  MC_TRY(AbiReader reader, AbiReader::create(log->data, 1, "decision"));
  MC_TRY(const StudyState state, study_state_of(reader));
  MC_TRY_STATUS(reader.finish());
  return state;
}

Result<Receipt> CommonsChain::veto(const Wallet& board_member, const Hash256& study) const {
  return send(board_member, deployment_.studies, "veto(bytes32)", AbiWriter().hash(study));
}

Result<Receipt> CommonsChain::activate(const Wallet& anyone, const Hash256& study) const {
  return send(anyone, deployment_.studies, "activate(bytes32)", AbiWriter().hash(study));
}

Result<std::uint64_t> CommonsChain::study_timelock_s() const {
  return view_number(deployment_.studies, "timelock()", {}, UINT64_MAX);
}

Status CommonsChain::read_record(Study& out) const {
  MC_TRY(const Bytes bytes, view(deployment_.studies, "studyRecord(bytes32)", AbiWriter().hash(out.id)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "study"));
  MC_TRY_STATUS(reader.tuple(kRecordWords, [&](AbiReader& fields) { return take_record(fields, out); }));
  return reader.finish();
}

Status CommonsChain::read_plans(Study& out) const {
  MC_TRY(const Bytes bytes, view(deployment_.studies, "plansOf(bytes32)", AbiWriter().hash(out.id)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "a study's plans"));
  MC_TRY(out.proposal.plans, reader.hashes(kPlansMax));
  return reader.finish();
}

Status CommonsChain::read_tally(Study& out) const {
  MC_TRY(const Bytes bytes, view(deployment_.studies, "tally(bytes32)", AbiWriter().hash(out.id)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 10, "a study's votes"));
  MC_TRY_STATUS(take_tallies(reader, out));
  return reader.finish();
}

Result<Study> CommonsChain::study(const Hash256& id) const {
  Study out;
  out.id = id;
  MC_TRY_STATUS(read_record(out));
  if (out.state == StudyState::kNone) return fail(Code::kNotFound, "there is no study 0x" + id.hex());
  MC_TRY_STATUS(read_plans(out));
  MC_TRY_STATUS(read_tally(out));
  MC_TRY(out.requester_identity, identity_of(out.requester));
  return out;
}

Result<std::vector<Hash256>> CommonsChain::study_ids() const {
  std::vector<Hash256> out;
  while (true) {
    MC_TRY(const Bytes bytes,
           view(deployment_.studies, "studyIds(uint256,uint256)", AbiWriter().uint(out.size()).uint(kPageSize)));
    MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "study ids"));
    MC_TRY(const std::vector<Hash256> page, reader.hashes(kPageSize));
    MC_TRY_STATUS(reader.finish());
    out.insert(out.end(), page.begin(), page.end());
    if (page.size() < kPageSize) return out;
  }
}

Result<std::vector<Study>> CommonsChain::studies() const {
  std::vector<Study> out;
  while (true) {
    MC_TRY(const Bytes bytes, view(deployment_.studies, "summaries(uint256,uint256)",
                                   AbiWriter().uint(out.size()).uint(kSummariesPerPage)));
    MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "studies"));
    const std::size_t before = out.size();
    const auto take_summary = [&](AbiReader& fields) -> Status {
      Study study;
      MC_TRY(study.id, fields.hash());
      MC_TRY_STATUS(fields.tuple(kRecordWords, [&](AbiReader& record) { return take_record(record, study); }));
      MC_TRY_STATUS(take_tallies(fields, study));
      out.push_back(std::move(study));
      return {};
    };
    MC_TRY_STATUS(reader.dynamic_tuples(kSummaryWords, kSummariesPerPage, take_summary));
    MC_TRY_STATUS(reader.finish());
    if (out.size() - before < kSummariesPerPage) return out;
  }
}

}  // namespace mc::governance
