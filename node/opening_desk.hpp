// SPDX-License-Identifier: Apache-2.0
// What a custodian has opened of the uploads of a commons that does not trust its owners (docs/design/0047): shares of
// single columns for whoever asks, a verdict on each upload for itself. Nobody's authorisation is needed: the founding
// document orders it, the upload is on chain, and its proofs have been checked here (R7, R21). Verdicts stay in a file,
// by the manifest's hash; those on uploads that were sealed for an earlier committee are that committee's own
// (docs/design/0053). Thread-safe; one column at a time, for whoever asks much occupies two threads at most.
#pragma once

#include <atomic>
#include <chrono>
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
#include "node/chain_pace.hpp"
#include "node/chained_file.hpp"
#include "node/limits.hpp"
#include "node/rate_limit.hpp"
#include "protocol/opening_party.hpp"

namespace mc::node {

/// A verdict as it lies in the desk's file: of which upload, and why it is refused, or nothing.
struct KeptVerdict {
  Hash256 manifest;
  Status verdict;
};
Bytes encode_kept_verdict(const KeptVerdict& kept);
/// Errors name the byte.
Result<KeptVerdict> decode_kept_verdict(ByteView bytes);

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
    /// By which openings are counted that were there before or that nobody waits for, and how many there may be.
    std::function<std::chrono::seconds()> now = clock_now;
    RateLimit::Limits again = {kOpeningsAgainPerUploadMax, kOpeningsAgainMax, kProvokedWindow, kProvokedStudiesMax,
                               "upload"};
  };

  /// errors  ChainedFile::open's
  static Result<std::unique_ptr<OpeningDesk>> open(Setting setting);

  [[nodiscard]] const fhe::ParamsPtr& params() const { return setting_.params; }
  /// From when on there are shares. `committee`: this custodian's.
  void begin(protocol::OpeningParty party, protocol::KeygenSetup committee);

  /// What this custodian says of one column, with the bytes of the pieces that are wanted.
  ///   errors  kUnavailable: no keys yet; rate_limited: one column is being opened and somebody waits for the next
  ///           (kUnavailable), or too many were opened that had been before or that nobody waits for (kLimit);
  ///           kNotFound: the upload has not been checked here, or has no such entry; kRefused: it is of another key
  ///           epoch; fetch's; write_down's
  Result<client::RunMessage> share(const client::OpeningCall& call);
  /// Judges one column by what all custodians say of it.
  ///   errors  as share; protocol::judge_opening's
  Result<client::OpeningStand> judge(const client::OpeningCall& call);
  /// errors  kNotFound: the upload has not been checked here
  Result<client::OpeningStand> stand(const Hash256& manifest) const;

  /// What it has judged itself, signed for later committees, and not told since this process began.
  [[nodiscard]] std::vector<protocol::OpeningVerdict> untold();
  void told(const Hash256& manifest);
  /// What an earlier committee found of an upload that was sealed for it; for good, unless kNone.
  ///   `why_none`: how a sentence about its columns ends as long as nobody's word is believed ("were …")
  Status hear(const Hash256& manifest, protocol::JointVerdict verdict, const std::string& why_none);

  /// Whether every upload of a view was opened, and no value of it lies beyond what noise makes of one within its
  /// range.
  ///   errors  kRefused naming the owner: one does, or nobody of an earlier committee, for which her columns were
  ///           sealed, says what it found; kUnavailable naming her: not all of them are opened yet
  Status check(const client::DatasetView& view) const;
  /// Of these uploads, by their manifest's hash.
  [[nodiscard]] client::OpenedColumns progress(const std::map<Hash256, data::Manifest>& uploads) const;

 private:
  explicit OpeningDesk(Setting setting) : setting_(std::move(setting)), again_(setting_.again) {}
  struct Opened {
    protocol::SealedColumn column;
    protocol::OpeningMessage message;
    std::uint64_t used = 0;
  };
  /// REQUIRES busy_.
  Result<const Opened*> opened(const client::OpeningCall& call, const data::Manifest& manifest);
  /// REQUIRES busy_.
  Status may_open(const client::OpeningCall& call);
  /// REQUIRES busy_.
  void make_room();
  [[nodiscard]] Result<std::shared_ptr<const data::Manifest>> proven(const client::OpeningCall& call) const;
  [[nodiscard]] bool has_passed(const client::OpeningCall& call) const;
  std::size_t pass(const Hash256& manifest, std::uint32_t entry);
  Status keep(const Hash256& manifest, Status verdict);
  Result<std::unique_lock<std::mutex>> take_turn();
  [[nodiscard]] client::OpeningStand stand_of(const Hash256& manifest) const;

  Setting setting_;
  RateLimit again_;
  std::atomic<bool> somebody_waits_ = false;  // for busy_
  std::mutex busy_;                           // of what follows up to begun_
  std::optional<protocol::OpeningParty> party_;
  std::optional<protocol::KeygenSetup> committee_;
  std::set<Hash256> written_down_;
  /// Of each upload the column that was asked for last: whoever asks for a share brings what the others say of it next.
  std::map<Hash256, Opened> open_;
  std::uint64_t uses_ = 0;
  std::map<Hash256, std::uint32_t>
      begun_;                 // of an upload: how many of its columns were opened since this process began
  mutable std::mutex mutex_;  // of what follows
  std::unique_ptr<ChainedFile> file_;
  std::map<Hash256, Status> verdicts_;
  std::map<Hash256, std::set<std::uint32_t>> passed_;  // entries of uploads without a verdict
  std::map<Hash256, std::string> unvouched_;           // uploads of earlier committees without a verdict: why
  std::set<Hash256> told_;
};

}  // namespace mc::node
