// SPDX-License-Identifier: Apache-2.0
// What a custodian said, answers and refusals alike, written down before it leaves: a chained file, one record per
// call. It holds hashes and reasons, no secret and no value; an auditor compares it with the chain.
#pragma once

#include "node/chained_file.hpp"
#include "protocol/share_message.hpp"

namespace mc::node {

struct JournalEntry {
  std::uint64_t time_s = 0;        // of this machine, for people
  std::uint64_t chain_time_s = 0;  // of the final chain as the custodian last read it; 0 before
  std::string reason;              // "granted", "migration" (to the ceremony in `authorisation`), or a refusal's word
  Hash256 study;                   // zero where the call could not be read
  std::uint32_t release_number = 0;
  Hash256 authorisation;                                  // zero where the call could not be read
  std::vector<protocol::ShareMessage::PieceHash> shares;  // of an answer
  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

/// One line for people: time, reason, study, release, authorisation, share hashes.
std::string journal_line(const JournalEntry& entry);

Bytes encode_journal_entry(const JournalEntry& entry);
Result<JournalEntry> decode_journal_entry(ByteView bytes);

class ReleaseJournal {
 public:
  /// Opens or creates. `on_entry` sees what is in it already.
  static Result<std::unique_ptr<ReleaseJournal>> open(const std::filesystem::path& path,
                                                      const std::function<void(const JournalEntry&)>& on_entry = {});
  /// On disk when it returns; what it says must not leave before.
  Status append(const JournalEntry& entry);

 private:
  ReleaseJournal() = default;
  std::unique_ptr<ChainedFile> file_;
};

}  // namespace mc::node
