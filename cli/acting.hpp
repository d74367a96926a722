// SPDX-License-Identifier: Apache-2.0
// A local member who acts on the chain of a local commons.
#pragma once

#include "cli/local_session.hpp"

namespace mc::cli {

struct Acting {
  LocalSession session;
  node::LocalMember member;
};

/// The commons in `dir`, and the member whom --as names.
inline Result<Acting> acting(const std::string& dir, const std::string& as) {
  MC_TRY(LocalSession session, open_session(dir));
  MC_TRY(node::LocalMember member, node::local_member(session.paths, session.record, as));
  return Acting{std::move(session), std::move(member)};
}

}  // namespace mc::cli
