// SPDX-License-Identifier: Apache-2.0
// What a custodian has opened of the uploads of a commons that does not trust its owners (docs/design/0047): shares of
// single columns for whoever asks, a verdict on each upload for itself. Nobody's authorisation is needed: the founding
// document orders it, the upload is on chain, and its proofs have been checked here (R7, R21). Verdicts stay in a file,
// by the manifest's hash. Thread-safe; one column at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "client/custodian_health.hpp"
#include "client/opening_calls.hpp"
#include "client/public_records.hpp"
#include "node/chained_file.hpp"
#include "protocol/opening_party.hpp"

namespace mc::node {

class OpeningDesk {
 public:
  /// What the desk asks its custodian for.
  struct Setting {
    fhe::ParamsPtr params;
    Epoch epoch{};  // of the committee's key
    std::filesystem::path file;
    /// An upload whose proofs have been checked here; nothing else is ever opened.
    std::function<std::shared_ptr<const data::Manifest>(const Hash256& manifest)> proven;
    /// Its column, as the owner sealed it.
    std::function<Result<fhe::Ciphertext>(const data::Manifest& manifest, const data::ManifestEntry& entry)> fetch;
    /// Told of an upload before the first share of it leaves, in every process once.
    std::function<Status(const Hash256& manifest)> write_down;
  };

  /// errors  ChainedFile::open's
  static Result<std::unique_ptr<OpeningDesk>> open(Setting setting);

  [[nodiscard]] const fhe::ParamsPtr& params() const { return setting_.params; }
  /// From when on there are shares.
  void begin(protocol::OpeningParty party, fhe::CommitteeShape shape, std::vector<protocol::PublicIdentity> identities);

  /// What this custodian says of one column, with the bytes of the pieces that are wanted.
  ///   errors  kUnavailable: no keys yet, or another column is being opened; kNotFound: the upload has not been checked
  ///           here, or has no such entry; kRefused: it is of another key epoch; fetch's; write_down's
  Result<client::RunMessage> share(const client::OpeningCall& call);
  /// Judges one column by what all custodians say of it.
  ///   errors  as share; protocol::judge_opening's
  Result<client::OpeningStand> judge(const client::OpeningCall& call);
  /// errors  kNotFound: the upload has not been checked here
  Result<client::OpeningStand> stand(const Hash256& manifest) const;

  /// Whether every upload of a view was opened, and no value of it lies beyond what noise makes of one within its
  /// range.
  ///   errors  kRefused naming the owner: one does, or her columns were sealed for an earlier committee; kUnavailable
  ///           naming her: not all of them are opened yet
  Status check(const client::DatasetView& view) const;
  /// Of these uploads, by their manifest's hash.
  [[nodiscard]] client::OpenedColumns progress(const std::map<Hash256, data::Manifest>& uploads) const;

 private:
  explicit OpeningDesk(Setting setting) : setting_(std::move(setting)) {}
  struct Opened {
    protocol::SealedColumn column;
    protocol::OpeningMessage message;
  };
  /// REQUIRES busy_.
  Result<const Opened*> opened(const data::Manifest& manifest, const data::ManifestEntry& entry);
  [[nodiscard]] Result<std::shared_ptr<const data::Manifest>> proven(const client::OpeningCall& call) const;
  std::size_t pass(const Hash256& manifest, std::uint32_t entry);
  Status keep(const Hash256& manifest, Status verdict);
  Result<std::unique_lock<std::mutex>> take_turn();
  [[nodiscard]] client::OpeningStand stand_of(const Hash256& manifest) const;

  Setting setting_;
  std::mutex busy_;  // of what follows up to last_
  std::optional<protocol::OpeningParty> party_;
  std::optional<fhe::CommitteeShape> shape_;
  std::vector<protocol::PublicIdentity> identities_;
  std::set<Hash256> written_down_;
  std::optional<Opened> last_;  // whoever asks for a column's share brings what the others say of it next
  mutable std::mutex mutex_;    // of what follows
  std::unique_ptr<ChainedFile> file_;
  std::map<Hash256, Status> verdicts_;
  std::map<Hash256, std::set<std::uint32_t>> passed_;  // entries of uploads without a verdict
};

}  // namespace mc::node
