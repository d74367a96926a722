// SPDX-License-Identifier: Apache-2.0
// Custodians' signed statements as a requester keeps them: evidence when they contradict each other, and what a late
// audit starts from when some were absent (R8). The files hold no share and no secret; anybody may be given them.
#pragma once

#include <filesystem>
#include <span>

#include "client/commons_document.hpp"
#include "protocol/evidence.hpp"

namespace mc::client {

/// Writes `folder`/<first 16 digits of the subject>.evidence and returns its path; a file that is there already is
/// written anew. Makes the folder.
Result<std::filesystem::path> keep_evidence(const std::filesystem::path& folder, const protocol::Evidence& evidence);

/// One file, or several about one subject joined: a dispute and what an absent custodian said later.
///   errors  kInvalidArgument when they are about different subjects or epochs, kCorrupt, kNotFound, kLimit
Result<protocol::Evidence> read_evidence(std::span<const std::filesystem::path> files);

/// Examines it against the committee that the chain has for its epoch.
///   errors  kInvalidArgument for another epoch than the document's; kRefused when a statement is forged, or an
///           identity in the document is not the one on chain
Result<protocol::Finding> check_evidence(const CommonsDocument& document, const governance::CommonsChain& chain,
                                         const protocol::Evidence& evidence);

}  // namespace mc::client
