// SPDX-License-Identifier: Apache-2.0
// A custodian's ledger on disk: a chained file with one record per release. A record that a crash cut short is dropped
// on opening; a damaged record anywhere stops the custodian, because forgetting an answer would let a second noise onto
// the same multiplicand (R5). What was opened is in it sealed; what was asked is not secret.
#pragma once

#include "node/chained_file.hpp"
#include "protocol/answer_ledger.hpp"

namespace mc::node {

class FileLedger final : public protocol::AnswerLedger {
 public:
  /// Opens or creates.
  ///   errors  kCorrupt with the record's number; kConflict when another process has it open; kIo
  static Result<std::unique_ptr<FileLedger>> open(const std::filesystem::path& path);

  [[nodiscard]] Result<std::optional<protocol::LedgerEntry>> find(const Hash256& multiplicand) const override;
  [[nodiscard]] std::uint64_t size() const override { return entries_.size(); }
  Status append(std::span<const protocol::LedgerEntry> entries) override;

 private:
  FileLedger() = default;
  Status take(ByteView record);

  std::unique_ptr<ChainedFile> file_;
  std::map<Hash256, protocol::LedgerEntry> entries_;
};

}  // namespace mc::node
