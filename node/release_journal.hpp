// SPDX-License-Identifier: Apache-2.0
// What a custodian said, answers and refusals alike, written down before it leaves: a chained file, one record per
// call. It holds hashes and reasons, no secret and no value; an auditor compares it with the chain.
#pragma once

#include <set>

#include "node/chained_file.hpp"
#include "protocol/authorisation.hpp"
#include "protocol/share_message.hpp"

namespace mc::node {

struct JournalEntry {
  std::uint64_t time_s = 0;        // of this machine, for people
  std::uint64_t chain_time_s = 0;  // of the final chain as the custodian last read it; 0 before
  std::string
      reason;     // kGranted, "migration" (to the ceremony in `authorisation`), kColumnsOpened, or a refusal's word
  Hash256 study;  // zero where the call could not be read
  std::uint32_t release_number = 0;
  Hash256 authorisation;                                  // zero where the call could not be read
  std::vector<protocol::ShareMessage::PieceHash> shares;  // of an answer
  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

/// What is said, or refused, to a call: to one that could not be read, or to nobody's, without `authorisation`.
JournalEntry journal_entry(std::string_view reason, std::uint64_t time_s, std::uint64_t chain_time_s,
                           const protocol::Authorisation* authorisation = nullptr);

/// One line for people: time, reason, study, release, authorisation, share hashes.
std::string journal_line(const JournalEntry& entry);

Bytes encode_journal_entry(const JournalEntry& entry);
Result<JournalEntry> decode_journal_entry(ByteView bytes);

/// JournalEntry::reason of an answer.
inline constexpr std::string_view kGranted = "granted";
/// A run was checked and begun: masked shares of its refreshes follow.
inline constexpr std::string_view kRunBegun = "run";
/// Masked shares of one refresh of the run in `authorisation`.
inline constexpr std::string_view kRefreshed = "refreshed";
/// This authorisation will never be answered: it has not been, and what it was for no longer is.
inline constexpr std::string_view kGivenUp = "given_up";
/// Counts were opened to the custodians.
inline constexpr std::string_view kCountsOpened = "counts";
/// Shares of the columns of the upload in `authorisation`, by its manifest's hash, with noise (docs/design/0047).
inline constexpr std::string_view kColumnsOpened = "columns";
inline constexpr std::size_t kJournalBytesMax = std::size_t{128} << 20;

class ReleaseJournal {
 public:
  /// Opens or creates. `on_entry` sees what is in it already.
  static Result<std::unique_ptr<ReleaseJournal>> open(const std::filesystem::path& path,
                                                      const std::function<void(const JournalEntry&)>& on_entry = {},
                                                      std::size_t bytes_max = kJournalBytesMax);
  /// Whether this must be written before it is said. The last eighth is for what was not said before: answers, counts,
  /// runs and their refreshes, all of which cost a release that the chain counts. Of refusals and repetitions anybody
  /// can provoke as many as there is room for, and a full journal would silence the custodian.
  [[nodiscard]] bool must_hold(const JournalEntry& entry) const;
  /// Whether the very same stands in it: an answer with its shares, counts, a run, a refresh.
  [[nodiscard]] bool has_said(const JournalEntry& entry) const;
  /// Whether the custodian has promised never to answer an authorisation.
  [[nodiscard]] bool has_given_up(const Hash256& authorisation) const { return given_up_.contains(authorisation); }
  /// Whether the custodian has ever answered an authorisation, or opened counts for it: the journal knows it though the
  /// ledger was forgotten.
  [[nodiscard]] bool has_answered(const Hash256& authorisation) const { return answered_.contains(authorisation); }
  /// On disk when it returns; what it says must not leave before.
  Status append(const JournalEntry& entry);

 private:
  explicit ReleaseJournal(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  void note(const JournalEntry& entry);
  std::size_t bytes_max_;
  std::set<Hash256> said_;      // digests of answers, counts, runs and refreshes
  std::set<Hash256> answered_;  // authorisations
  std::set<Hash256> given_up_;  // of them
  std::unique_ptr<ChainedFile> file_;
};

}  // namespace mc::node
