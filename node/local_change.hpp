// SPDX-License-Identifier: Apache-2.0
// A local commons gets another committee (R12): proposed, voted on, keyed, waited for, the data carried over, put into
// office. A row of steps, each of which sees what is done already: interrupted anywhere and run again, it goes on.
#pragma once

#include "node/local_commons.hpp"

namespace mc::node {

struct ChangeSpec {
  std::filesystem::path dir;
  std::uint32_t custodians = 0, threshold = 0;
  /// Custodians of the committee in office who are lost and take no part; t must be left.
  std::vector<std::uint32_t> without = {};
  /// What opens every custodian's secrets; without it each gets a key file in DIR/keys.
  std::optional<std::filesystem::path> custodian_passphrase_file;
};

/// Makes the custodians' keys and proposes the committee as `member`. Returns its epoch; the same again when it is on
/// its way already.
///   errors  kInvalidArgument for a shape that R1 forbids; kConflict while another committee is on its way; the chain's
Result<Epoch> propose_local_committee(const ChangeSpec& spec, const std::string& member, const LocalProgress& progress);

/// All of it. Local members who have not voted yet vote yes.
///   errors  propose_local_committee's; kRefused when the chambers rejected or stopped it; kUnavailable when the
///   timelock
///           runs longer than is worth waiting for, or somebody does not answer: run it again
Status change_local_committee(const ChangeSpec& spec, const LocalProgress& progress);

/// The document of the committee that is on its way; kNotFound when none is.
Result<client::CommonsDocument> next_local_document(const LocalPaths& paths);

}  // namespace mc::node
