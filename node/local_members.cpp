// SPDX-License-Identifier: Apache-2.0
#include "node/local_members.hpp"

#include "client/key_file.hpp"

namespace mc::node {

Result<std::vector<LocalMember>> local_members(const LocalPaths& paths, const LocalRecord& record) {
  using governance::Chamber;
  std::vector<LocalMember> members;
  for (const LocalCohort& cohort : record.cohorts) {
    MC_TRY(client::OwnerKeys keys, client::load_or_create_owner_keys(paths.owner(cohort.name)));
    governance::Wallet patient = governance::derive_patient_wallet(keys.patient_seed, cohort.first_person);
    members.push_back({cohort.name, Chamber::kProviders, std::move(keys.wallet)});
    members.push_back({"patient-" + cohort.name, Chamber::kPatients, std::move(patient)});
  }
  for (const std::string_view name : {kResearcherName, kReviewerName}) {
    MC_TRY(client::ResearcherKeys keys, client::load_or_create_researcher_keys(paths.researcher(std::string(name))));
    members.push_back({std::string(name), Chamber::kResearchers, std::move(keys.wallet)});
  }
  return members;
}

Result<LocalMember> local_member(const LocalPaths& paths, const LocalRecord& record, const std::string& name) {
  MC_TRY(std::vector<LocalMember> members, local_members(paths, record));
  std::string names;
  for (LocalMember& member : members) {
    if (member.name == name) return std::move(member);
    names += (names.empty() ? "" : ", ") + member.name;
  }
  return fail(Code::kNotFound, "there is no member '" + name + "'; members are: " + names);
}

Status approve_by_everybody(const LocalPaths& paths, const LocalRecord& record, const governance::CommonsChain& chain,
                            const Hash256& study) {
  MC_TRY(const std::vector<LocalMember> members, local_members(paths, record));
  for (const LocalMember& member : members) {
    MC_TRY(const bool voted, chain.has_voted(study, member.wallet.address()));
    if (voted) continue;
    MC_TRY([[maybe_unused]] const governance::Receipt receipt, chain.vote(member.wallet, study, true));
  }
  MC_TRY(const governance::StudyState state, chain.execute(members.front().wallet, study));
  if (state != governance::StudyState::kActive) {
    return fail(Code::kRefused, "study " + study.hex() + " is " + std::string(governance::study_state_name(state)) +
                                    " although everybody voted yes");
  }
  return {};
}

}  // namespace mc::node
