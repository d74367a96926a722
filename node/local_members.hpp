// SPDX-License-Identifier: Apache-2.0
// The members of a commons on loopback, all of whose keys lie in one folder: for trying things out, demonstrations and
// tests. In a real commons every member keeps her own.
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

struct LocalMember {
  std::string name;  // "hospital_a", "patient-hospital_a", "researcher"
  governance::Chamber chamber = governance::Chamber::kNone;
  governance::Wallet wallet;
};

/// Everybody, keys made where absent: one provider and one patient per cohort, two researchers.
Result<std::vector<LocalMember>> local_members(const LocalPaths& paths, const LocalRecord& record);

/// kNotFound lists the names there are.
Result<LocalMember> local_member(const LocalPaths& paths, const LocalRecord& record, const std::string& name);

/// Every member votes yes, then the study is executed. Said plainly wherever it is used (--auto-approve).
Status approve_by_everybody(const LocalPaths& paths, const LocalRecord& record, const governance::CommonsChain& chain,
                            const Hash256& study);

}  // namespace mc::node
