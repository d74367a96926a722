// SPDX-License-Identifier: Apache-2.0
// What verbs that work on a local commons need: its folder, record, document and a line to its chain.
#pragma once

#include <memory>
#include <string>

#include "client/owner.hpp"
#include "node/local_commons.hpp"
#include "node/local_members.hpp"
#include "node/role.hpp"

namespace mc::cli {

struct LocalSession {
  node::LocalPaths paths;
  node::LocalRecord record;
  client::CommonsDocument document;
  std::unique_ptr<node::ChainLink> chain;

  [[nodiscard]] const governance::CommonsChain& commons() const { return chain->commons(); }
};

/// Opens a commons whose founding is finished.
///   errors  CommonsChain::verify_deployment's; of one that is down, how to bring it back
inline Result<LocalSession> open_session(const std::string& dir) {
  LocalSession session;
  MC_TRY(session.paths, node::local_paths(dir));
  MC_TRY(session.record, node::read_local_record(session.paths));
  MC_TRY(session.document, node::local_document(session.paths));
  session.chain = std::make_unique<node::ChainLink>(session.document);
  const Status deployed = session.commons().verify_deployment();
  if (!deployed && deployed.error().code == Code::kUnavailable) {
    return fail(Code::kUnavailable, deployed.error().message + "; `medcommons local status --dir " + dir +
                                        "` says what is up, and `medcommons local up`, as it was founded, brings it "
                                        "back");
  }
  MC_TRY_STATUS(deployed);
  return session;
}

/// The keys of the cohort called `owner`, from which those of its patients derive.
///   errors  kNotFound, with the owners that there are
inline Result<client::OwnerKeys> hospital_keys(const LocalSession& session, const std::string& owner) {
  std::string names;
  for (const node::LocalCohort& cohort : session.record.cohorts) {
    if (cohort.name == owner) return client::load_or_create_owner_keys(session.paths.owner(owner));
    names += (names.empty() ? "" : ", ") + cohort.name;
  }
  return fail(Code::kNotFound, "there is no owner '" + owner + "'; owners are: " + names);
}

}  // namespace mc::cli
