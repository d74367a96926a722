// SPDX-License-Identifier: Apache-2.0
// A whole commons on loopback: chain, store, compute node, custodians, and the owners' uploads, each its own process.
// Founding is a row of steps, each of which sees what is done already and does what is missing: interrupted anywhere
// and run again, it goes on.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "client/commons_document.hpp"
#include "data/packing/owner_records.hpp"
#include "node/local_chain.hpp"
#include "node/local_record.hpp"
#include "protocol/release_state.hpp"

namespace mc::node {

/// So short that trying things out does not wait; a commons that means it takes days.
inline constexpr std::uint64_t kLocalStudyTimelockSeconds = 1;
inline constexpr std::uint32_t kLocalVotingPeriodSeconds = 7 * 24 * 3600;

struct LocalSpec {
  std::filesystem::path dir;
  data::Schema schema;
  std::vector<std::pair<std::string, std::filesystem::path>> cohorts;  // owner name, CSV file
  std::map<std::string, std::vector<data::EventPath>> events;          // by owner name: files of events
  std::map<std::string, data::OwnerRules> rules;                       // by owner name: what it demands of answers
  std::string dataset = "commons";
  std::optional<std::string> id_column;
  std::string profile = "standard";
  std::uint32_t custodians = 3;
  std::uint32_t threshold = 2;
  std::vector<std::uint32_t> rotations;  // steps to the left, ascending, that the custodians make keys for
  bool conjugation = false;
  bool auto_approve = false;
  ForeignChainWish chain;       // without an address: the embedded one
  std::string disclosure;       // of a guarded commons: query::disclosure_preset's name; empty for an exact one
  bool owners_trusted = true;   // with the key (client/commons_document.hpp)
  std::uint64_t rho_micro = 0;  // of a guarded commons: what all answers may cost
  /// How long a later committee waits between its approval and its activation (R12); at least 1.
  std::uint64_t committee_timelock_s = governance::kCommitteeTimelockSeconds;
  /// How long a vote stays open unless every chamber is decided before; at least 1.
  std::uint32_t voting_period_s = kLocalVotingPeriodSeconds;
  /// How long an approved study waits for the ethics board's objections; at least 1.
  std::uint64_t study_timelock_s = kLocalStudyTimelockSeconds;
  /// What opens every custodian's secrets; without it each gets a key file in DIR/keys.
  std::optional<std::filesystem::path> custodian_passphrase_file;
  /// RoleConfig::chain_days_ahead of the custodians that this call starts.
  std::uint32_t chain_days_ahead = protocol::kWindowsJumpMax;
};

/// One line for each thing that begins or is done.
using LocalProgress = std::function<void(const std::string&)>;

/// Founds the commons in spec.dir, or brings the one there up again. On a foreign chain nothing is written and nothing
/// signed before the node has answered and the paying account was seen to have enough.
///   errors  kConflict when DIR holds another commons; kNotFound for files and anvil; those of local_chain.hpp; what
///   any process says when it fails
Status local_up(const LocalSpec& spec, const LocalProgress& progress);

/// Ends every process of the commons; what is stored stays.
Status local_down(const std::filesystem::path& dir, const LocalProgress& progress);

struct LocalProcess {
  std::string role;  // "store", "compute", "custodian", "chain"
  std::string name;
  pid_t pid = 0;  // 0 when it does not run, or is a chain that is not ours
  std::string url;
  std::string health;  // what it says of itself; "down" when it does not run, "silent" when it does not answer
};
Result<std::vector<LocalProcess>> local_status(const std::filesystem::path& dir);

/// The document of a commons that is up; kUnavailable when its founding is not finished.
Result<client::CommonsDocument> local_document(const LocalPaths& paths);

/// Bytes that the store keeps, from its own health report.
Result<std::uint64_t> stored_bytes(const client::CommonsDocument& document);

}  // namespace mc::node
