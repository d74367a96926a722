// SPDX-License-Identifier: Apache-2.0
// A custodian's ledger on disk: a chained file with one record per release. A record that a crash cut short is dropped
// on opening; a damaged record anywhere stops the custodian, because forgetting an answer would let a second noise onto
// the same multiplicand (R5). So does a file that is missing or shorter than it was: how far it has come is kept apart
// from it (ledger_mark.hpp). What was opened is in it sealed; what was asked is not secret.
#pragma once

#include "node/chained_file.hpp"
#include "protocol/answer_ledger.hpp"

namespace mc::node {

/// What a custodian knows of its ledger without the file.
struct LedgerMark {
  FileMark reached;
  std::uint64_t opened = 0;     // entries counted in tau so far (R15), forgotten ones too
  std::uint64_t forgotten = 0;  // of these, entries that were lost with the file and given up
  friend bool operator==(const LedgerMark&, const LedgerMark&) = default;
};
using KeepMark = std::function<Status(const LedgerMark&)>;

class FileLedger final : public protocol::AnswerLedger {
 public:
  /// Opens or creates. `keep` stores a new mark durably: after every record, before it is promised; and at once when
  /// the file has come further than `mark`, for a crash may have been faster than the mark.
  ///   errors  kCorrupt with the record's number; kNotFound when records are missing; kConflict when another process
  ///   has
  ///           it open; kIo; what `keep` says
  static Result<std::unique_ptr<FileLedger>> open(const std::filesystem::path& path, const LedgerMark& mark,
                                                  KeepMark keep);

  [[nodiscard]] Result<std::optional<protocol::LedgerEntry>> find(const Hash256& multiplicand) const override;
  [[nodiscard]] std::uint64_t size() const override { return entries_.size() + forgotten_; }
  [[nodiscard]] std::uint64_t released() const override { return released_ + forgotten_; }
  [[nodiscard]] Result<std::optional<fhe::Window>> answered_in(const Hash256& authorisation) const override;
  Status record(std::span<const protocol::LedgerEntry> entries,
                const std::optional<protocol::AnsweredIn>& answered) override;
  [[nodiscard]] LedgerMark mark() const { return {file_->mark(), size(), forgotten_}; }

 private:
  FileLedger(std::uint64_t forgotten, KeepMark keep) : forgotten_(forgotten), keep_(std::move(keep)) {}
  Status take(ByteView record);
  void remember(const protocol::LedgerEntry& entry);
  [[nodiscard]] Status check_whole() const;

  std::uint64_t forgotten_;
  std::uint64_t released_ = 0;
  KeepMark keep_;
  bool unmarked_ = false;  // a record is on disk of which the mark does not know
  std::unique_ptr<ChainedFile> file_;
  std::map<Hash256, protocol::LedgerEntry> entries_;
  std::map<Hash256, fhe::Window> answered_;
};

}  // namespace mc::node
