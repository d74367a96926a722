// SPDX-License-Identifier: Apache-2.0
// The members and officers of a commons on loopback, all of whose keys lie in one folder: for trying things out,
// demonstrations and tests. In a real commons everybody keeps her own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/owner.hpp"
#include "client/researcher.hpp"
#include "node/local_record.hpp"

namespace mc::node {

inline constexpr std::string_view kResearcherName = "researcher";
/// A second researcher, so that nobody's chamber is herself alone.
inline constexpr std::string_view kReviewerName = "reviewer";
/// Who is appointed besides: three on the ethics board, and an auditor.
inline constexpr std::array<std::string_view, 3> kEthicsBoardNames = {"ethics-a", "ethics-b", "ethics-c"};
inline constexpr std::string_view kAuditorName = "auditor";

struct LocalMember {
  std::string name;  // "hospital_a", "patient-hospital_a", "researcher", "ethics-a"
  governance::Chamber chamber = governance::Chamber::kNone;  // she was founded in or is a candidate for
  governance::Wallet wallet;                                 // she signs with now
  SecretKey256 box_secret;                                   // opens what is encrypted to her (protocol/member_box.hpp)
};

/// Who the commons is founded with, keys made where absent: one provider and one patient per cohort, two researchers.
Result<std::vector<LocalMember>> founding_members(const LocalPaths& paths, const LocalRecord& record);

/// Everybody whose keys lie here: the founding members, and whoever a folder was made for since. Whether she is a
/// member now is for the chain to say.
Result<std::vector<LocalMember>> local_members(const LocalPaths& paths, const LocalRecord& record);

/// Those of them who are members now, as the chain has it.
Result<std::vector<LocalMember>> voting_members(const LocalPaths& paths, const LocalRecord& record,
                                                const governance::CommonsChain& chain);

/// The ethics board and the auditor, keys made where absent.
Result<std::vector<LocalMember>> local_officers(const LocalPaths& paths);

/// A member or officer by name; kNotFound lists the names there are.
Result<LocalMember> local_member(const LocalPaths& paths, const LocalRecord& record, const std::string& name);

/// Makes the keys of a candidate for a chamber.
///   errors  kConflict when the name is taken; kInvalidArgument for a name that is no file name
Result<LocalMember> make_candidate(const LocalPaths& paths, const LocalRecord& record, const std::string& name,
                                   governance::Chamber chamber);

/// The key that a member will sign with once the chain knows it: made, kept beside the present one.
Result<governance::Wallet> make_next_key(const LocalPaths& paths, const std::string& name);
/// From now on the member signs with the key that was made.
Status adopt_next_key(const LocalPaths& paths, const std::string& name);

/// A researcher's keys as she signs now.
Result<client::ResearcherKeys> local_researcher_keys(const LocalPaths& paths, const std::string& name);

/// Waits until an approved study's timelock has elapsed, and makes it active.
///   errors  kUnavailable when that is more than kDueWaitSecondsMax away (chain_wait.hpp); the contract's refusals
Status activate_when_due(const governance::CommonsChain& chain, const governance::Wallet& anyone, const Hash256& study);

/// Every member votes yes, then the study is executed and activated. Said plainly wherever it is used (--auto-approve).
Status approve_by_everybody(const LocalPaths& paths, const LocalRecord& record, const governance::CommonsChain& chain,
                            const Hash256& study);

}  // namespace mc::node
