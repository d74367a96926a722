// SPDX-License-Identifier: Apache-2.0
// Custodians' signed statements as a requester keeps them: evidence when they contradict each other, and what a late
// audit starts from when some were absent (R8). The files hold no share and no secret; anybody may be given them.
#pragma once

#include <filesystem>
#include <span>

#include "client/commons_document.hpp"
#include "client/release_request.hpp"
#include "client/transport.hpp"
#include "protocol/evidence.hpp"

namespace mc::client {

/// Writes `folder`/<first 16 digits of the subject>.evidence and returns its path; a file that is there already is
/// written anew. Makes the folder.
Result<std::filesystem::path> keep_evidence(const std::filesystem::path& folder, const protocol::Evidence& evidence);

/// The call of a release beside its evidence, so that custodians who were absent can be asked for their hashes later:
/// the same path with the ending `.call`, without any wish for bytes.
Status keep_call(const std::filesystem::path& evidence_file, ReleaseCall call);
Result<ReleaseCall> read_call(const std::filesystem::path& evidence_file);

/// One file, or several about one subject joined: a dispute and what an absent custodian said later.
///   errors  kInvalidArgument when they are about different subjects or epochs, kCorrupt, kNotFound, kLimit
Result<protocol::Evidence> read_evidence(std::span<const std::filesystem::path> files);

/// Examines it against the committee that the chain has for its epoch.
///   errors  kInvalidArgument for another epoch than the document's; kRefused when a statement is forged, or an
///           identity in the document is not the one on chain
Result<protocol::Finding> check_evidence(const CommonsDocument& document, const governance::CommonsChain& chain,
                                         const protocol::Evidence& evidence);

struct LateAudit {
  protocol::Verdict verdict;       // of what was opened (protocol::audit_late)
  protocol::Evidence joined;       // all statements, the late ones included
  std::vector<std::string> notes;  // one sentence per custodian that did not answer
};

/// Asks the custodians whose statements are missing for their hashes of an old release, and judges it anew (R8). They
/// recompute; no bytes travel. Custodians answer only while they hold the keys of that day (R11).
///   errors  kInvalidArgument when the call is not that of the evidence; those of check_evidence and audit_late
Result<LateAudit> ask_absent(const CommonsDocument& document, const governance::CommonsChain& chain,
                             const TransportFactory& connect, const ReleaseCall& call,
                             const protocol::Evidence& evidence);

}  // namespace mc::client
