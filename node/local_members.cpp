// SPDX-License-Identifier: Apache-2.0
#include "node/local_members.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "client/key_file.hpp"
#include "node/chain_wait.hpp"

namespace mc::node {
namespace {

using governance::Chamber;

constexpr std::size_t kNameCharactersMax = 64;

std::filesystem::path rotated_key(const LocalPaths& paths, const std::string& name) {
  return paths.root / "rotated" / (name + ".key");
}

std::filesystem::path next_key(const LocalPaths& paths, const std::string& name) {
  return paths.root / "rotated" / (name + ".next");
}

/// `first` is the key she was admitted with; her box stays with it when the key she signs with changes.
Result<LocalMember> member_with(const LocalPaths& paths, std::string name, Chamber chamber, governance::Wallet first) {
  SecretKey256 box_secret = derive_key(first.secret(), "medcommons/member-box/1", {});
  const auto path = rotated_key(paths, name);
  if (!std::filesystem::exists(path)) {
    return LocalMember{std::move(name), chamber, std::move(first), std::move(box_secret)};
  }
  MC_TRY(governance::Wallet now, client::load_wallet(path));
  return LocalMember{std::move(name), chamber, std::move(now), std::move(box_secret)};
}

/// Names of the folders in `parent`, sorted; none when it does not exist.
std::vector<std::string> folders_in(const std::filesystem::path& parent) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parent, error)) {
    if (entry.is_directory(error)) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::filesystem::path folder_of(const LocalPaths& paths, Chamber chamber, const std::string& name) {
  if (chamber == Chamber::kProviders) return paths.owner(name);
  if (chamber == Chamber::kResearchers) return paths.researcher(name);
  return paths.patient(name);
}

}  // namespace

Result<std::vector<LocalMember>> founding_members(const LocalPaths& paths, const LocalRecord& record) {
  std::vector<LocalMember> members;
  const auto add = [&](std::string name, Chamber chamber, governance::Wallet wallet) -> Status {
    MC_TRY(LocalMember member, member_with(paths, std::move(name), chamber, std::move(wallet)));
    members.push_back(std::move(member));
    return {};
  };
  for (const LocalCohort& cohort : record.cohorts) {
    MC_TRY(client::OwnerKeys keys, client::load_or_create_owner_keys(paths.owner(cohort.name)));
    governance::Wallet patient = governance::derive_patient_wallet(keys.patient_seed, cohort.first_person);
    MC_TRY_STATUS(add(cohort.name, Chamber::kProviders, std::move(keys.wallet)));
    MC_TRY_STATUS(add("patient-" + cohort.name, Chamber::kPatients, std::move(patient)));
  }
  for (const std::string_view name : {kResearcherName, kReviewerName}) {
    MC_TRY(client::ResearcherKeys keys, client::load_or_create_researcher_keys(paths.researcher(std::string(name))));
    MC_TRY_STATUS(add(std::string(name), Chamber::kResearchers, std::move(keys.wallet)));
  }
  return members;
}

Result<std::vector<LocalMember>> local_members(const LocalPaths& paths, const LocalRecord& record) {
  MC_TRY(std::vector<LocalMember> members, founding_members(paths, record));
  for (const Chamber chamber : governance::kChambers) {
    for (const std::string& name : folders_in(folder_of(paths, chamber, "").parent_path())) {
      if (std::ranges::any_of(members, [&](const LocalMember& member) { return member.name == name; })) continue;
      MC_TRY(governance::Wallet wallet, client::load_wallet(folder_of(paths, chamber, name) / "wallet.key"));
      MC_TRY(LocalMember member, member_with(paths, name, chamber, std::move(wallet)));
      members.push_back(std::move(member));
    }
  }
  return members;
}

Result<std::vector<LocalMember>> voting_members(const LocalPaths& paths, const LocalRecord& record,
                                                const governance::CommonsChain& chain) {
  MC_TRY(std::vector<LocalMember> all, local_members(paths, record));
  std::vector<LocalMember> members;
  for (LocalMember& member : all) {
    MC_TRY(const Chamber chamber, chain.chamber_of(member.wallet.address()));
    if (chamber != Chamber::kNone) members.push_back(std::move(member));
  }
  if (members.empty()) return fail(Code::kNotFound, "nobody whose keys lie here is a member of this commons");
  return members;
}

Result<std::vector<LocalMember>> local_officers(const LocalPaths& paths) {
  std::vector<std::string> names(kEthicsBoardNames.begin(), kEthicsBoardNames.end());
  names.emplace_back(kAuditorName);
  std::vector<LocalMember> officers;
  for (const std::string& name : names) {
    MC_TRY(governance::Wallet wallet, client::load_or_create_wallet(paths.officer(name) / "wallet.key"));
    MC_TRY(LocalMember officer, member_with(paths, name, Chamber::kNone, std::move(wallet)));
    officers.push_back(std::move(officer));
  }
  return officers;
}

Result<LocalMember> local_member(const LocalPaths& paths, const LocalRecord& record, const std::string& name) {
  MC_TRY(std::vector<LocalMember> members, local_members(paths, record));
  MC_TRY(std::vector<LocalMember> officers, local_officers(paths));
  std::ranges::move(officers, std::back_inserter(members));
  std::string names;
  for (LocalMember& member : members) {
    if (member.name == name) return std::move(member);
    names += (names.empty() ? "" : ", ") + member.name;
  }
  return fail(Code::kNotFound, "there is no member '" + name + "'; members are: " + names);
}

Result<LocalMember> make_candidate(const LocalPaths& paths, const LocalRecord& record, const std::string& name,
                                   Chamber chamber) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (name.empty() || name.size() > kNameCharactersMax || !std::ranges::all_of(name, allowed)) {
    return fail(Code::kInvalidArgument, "a member's name has 1 to " + std::to_string(kNameCharactersMax) +
                                            " letters, digits, - and _, '" + name + "' has not");
  }
  if (const auto taken = local_member(paths, record, name)) {
    return fail(Code::kConflict, "the name '" + name + "' is taken");
  }
  if (chamber == Chamber::kNone) return fail(Code::kInvalidArgument, "a candidate is for one of the three chambers");
  MC_TRY(governance::Wallet wallet, client::load_or_create_wallet(folder_of(paths, chamber, name) / "wallet.key"));
  return member_with(paths, name, chamber, std::move(wallet));
}

Result<governance::Wallet> make_next_key(const LocalPaths& paths, const std::string& name) {
  return client::load_or_create_wallet(next_key(paths, name));
}

Status adopt_next_key(const LocalPaths& paths, const std::string& name) {
  std::error_code error;
  std::filesystem::rename(next_key(paths, name), rotated_key(paths, name), error);
  if (error) return fail(Code::kIo, "the new key of '" + name + "' cannot be put in place: " + error.message());
  return {};
}

Result<client::ResearcherKeys> local_researcher_keys(const LocalPaths& paths, const std::string& name) {
  MC_TRY(client::ResearcherKeys keys, client::load_or_create_researcher_keys(paths.researcher(name)));
  MC_TRY(LocalMember member, member_with(paths, name, Chamber::kResearchers, std::move(keys.wallet)));
  return client::ResearcherKeys{std::move(member.wallet), std::move(keys.answer_secret)};
}

Status activate_when_due(const governance::CommonsChain& chain, const governance::Wallet& anyone,
                         const Hash256& study) {
  MC_TRY(const governance::Study found, chain.study(study));
  MC_TRY(const std::uint64_t timelock_s, chain.study_timelock_s());
  const Due due{found.approved_s + timelock_s, "StudyTimelockRuns", "study " + study.hex() + " is approved"};
  return do_when_due(chain.chain(), due, [&]() -> Status {
    MC_TRY_STATUS(chain.activate(anyone, study));
    return {};
  });
}

Status approve_by_everybody(const LocalPaths& paths, const LocalRecord& record, const governance::CommonsChain& chain,
                            const Hash256& study) {
  MC_TRY(const std::vector<LocalMember> members, voting_members(paths, record, chain));
  for (const LocalMember& member : members) {
    MC_TRY(const bool voted, chain.has_voted(study, member.wallet.address()));
    if (voted) continue;
    MC_TRY([[maybe_unused]] const governance::Receipt receipt, chain.vote(member.wallet, study, true));
  }
  MC_TRY(const governance::StudyState state, chain.execute(members.front().wallet, study));
  if (state != governance::StudyState::kApproved) {
    return fail(Code::kRefused, "study " + study.hex() + " is " + std::string(governance::study_state_name(state)) +
                                    " although everybody voted yes");
  }
  return activate_when_due(chain, members.front().wallet, study);
}

}  // namespace mc::node
