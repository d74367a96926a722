// SPDX-License-Identifier: Apache-2.0
// What outlives a simulated custodian's crashes: its release keys as bytes, and its ledger. A process may die at a
// write, before it is on the disk or right after; the one that is started next finds what is there. A ledger may be
// lost for good; the disk then knows still what was in it, and tells whether anything was opened twice.
#pragma once

#include "protocol/answer_ledger.hpp"
#include "protocol/release_state.hpp"

namespace mc::simulation {

/// When a process dies.
enum class Death : std::uint8_t {
  kBeforeAWrite,
  kAfterAWrite,    // written, and nobody was told
  kBeforeSpeaking  // everything written
};
std::string_view death_name(Death death);

/// Not thread-safe.
class Disk final : public protocol::AnswerLedger {
 public:
  explicit Disk(const protocol::ReleaseState& state) : keys_(protocol::encode_release_state(state)) {}

  /// The process that is started now dies like this, or not at all.
  void start(std::optional<Death> death) { death_ = death; }

  /// The ledger is gone and given up, as node/ledger_mark does it: what was in it stays counted, and the keys move on
  /// two days.
  void lose_ledger();
  [[nodiscard]] bool has_lost() const { return has_lost_; }
  /// Whether a ciphertext was ever opened in two ways, whatever the ledger knows (R5).
  [[nodiscard]] bool opened_twice() const { return opened_twice_; }

  [[nodiscard]] Result<protocol::ReleaseState> keys() const { return protocol::decode_release_state(keys_); }
  Status store_keys(const protocol::ReleaseState& state);

  [[nodiscard]] Result<std::optional<protocol::LedgerEntry>> find(const Hash256& multiplicand) const override {
    return ledger_.find(multiplicand);
  }
  [[nodiscard]] std::uint64_t size() const override { return ledger_.size() + forgotten_; }
  [[nodiscard]] std::uint64_t released() const override { return ledger_.released() + forgotten_; }
  [[nodiscard]] Result<std::optional<fhe::Window>> answered_in(const Hash256& authorisation) const override {
    return ledger_.answered_in(authorisation);
  }
  Status record(std::span<const protocol::LedgerEntry> entries,
                const std::optional<protocol::AnsweredIn>& answered) override;

 private:
  template <class Write>
  Status write(const Write& write_down);

  SecretBytes keys_;
  protocol::MemoryLedger ledger_;
  std::uint64_t forgotten_ = 0;
  bool has_lost_ = false;
  std::map<Hash256, protocol::LedgerEntry> ever_opened_;
  bool opened_twice_ = false;
  std::optional<Death> death_;
};

}  // namespace mc::simulation
