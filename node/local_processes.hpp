// SPDX-License-Identifier: Apache-2.0
// The processes of a commons on loopback, one by one: started, asked how they are, and what a custodian needs before it
// can start.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/secret_folder.hpp"
#include "governance/commons_chain.hpp"
#include "node/local_record.hpp"
#include "protocol/release_state.hpp"

namespace mc::node {

/// One process of a commons: how it is called, and where it listens.
struct Seat {
  std::string role, name;
  std::uint16_t port = 0;
};
/// All processes that the record names, the chain first; a foreign chain is none of them.
std::vector<Seat> seats(const LocalRecord& record);

/// What a role says of itself; empty when it does not answer.
std::string health_of(const std::string& url);

/// What opens a custodian's secrets: the passphrase file if one is given, otherwise a key file beside the custodians'
/// folders.
client::UnlockSource custodian_unlock(const LocalPaths& paths, const std::string& name,
                                      const std::optional<std::filesystem::path>& passphrase_file);

struct LocalCustodian {
  governance::CustodianSeat seat;
  Bytes identity;  // protocol::encode_public_identity
};
/// Makes whatever keys of a custodian are missing, for a ceremony of this epoch.
Result<LocalCustodian> make_custodian(const LocalPaths& paths, const std::string& name, Epoch epoch,
                                      const std::optional<std::filesystem::path>& passphrase_file);

/// Starts a process unless it lives and answers, and waits until it is ready. `say` gets one line when it was started.
Status start_local_process(const LocalPaths& paths, const Seat& seat, const std::vector<std::string>& more,
                           const std::function<bool()>& ready, const std::function<void(const std::string&)>& say);
/// Stops it if it lives.
Status stop_local_process(const LocalPaths& paths, const std::string& name);

/// A role that reads a commons document. One that stopped at something damaged is started anew.
Status start_local_role(const LocalPaths& paths, const Seat& seat, const std::filesystem::path& document,
                        const std::function<void(const std::string&)>& say);
/// How custodians are started, other than where they are.
struct CustodianStart {
  std::optional<std::filesystem::path> passphrase_file;  // without one: the key file beside the custodians' folders
  std::uint32_t chain_days_ahead = protocol::kWindowsJumpMax;
};
/// The same for custodian number `index` of the document's committee.
Status start_local_custodian(const LocalPaths& paths, const Seat& seat, const std::filesystem::path& document,
                             std::size_t index, const CustodianStart& start,
                             const std::function<void(const std::string&)>& say);

}  // namespace mc::node
