// SPDX-License-Identifier: Apache-2.0
// A custodian's ledger on disk: one file, only ever appended to, synced before any share is computed. A record that a
// crash cut short is dropped on opening; a damaged record anywhere stops the custodian, because forgetting an
// answer would let a second noise onto the same multiplicand (R5).
#pragma once

#include <filesystem>
#include <memory>

#include "protocol/answer_ledger.hpp"

namespace mc::node {

class FileLedger final : public protocol::AnswerLedger {
 public:
  /// Opens or creates.
  ///   errors  kCorrupt with the record's number; kConflict when another process has it open; kIo
  static Result<std::unique_ptr<FileLedger>> open(const std::filesystem::path& path);
  ~FileLedger() override;
  FileLedger(const FileLedger&) = delete;
  FileLedger& operator=(const FileLedger&) = delete;

  [[nodiscard]] Result<std::optional<protocol::LedgerEntry>> find(const Hash256& multiplicand) const override;
  [[nodiscard]] std::uint64_t size() const override { return entries_.size(); }
  Status append(std::span<const protocol::LedgerEntry> entries) override;

 private:
  FileLedger(std::filesystem::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  Status load();
  Status write_at_end(ByteView bytes) const;

  std::filesystem::path path_;
  int descriptor_;
  std::uint64_t end_ = 0;
  Hash256 seal_;         // of the last whole record; zero before the first
  bool failed_ = false;  // a write failed: no more are tried
  std::map<Hash256, protocol::LedgerEntry> entries_;
};

}  // namespace mc::node
