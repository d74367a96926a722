// SPDX-License-Identifier: Apache-2.0
// What a custodian has answered so far: multiplicand -> how it was opened, under how much noise, and for which
// authorisation first (R5, R6). The node keeps it on disk; here are the interface, the rule, and a ledger in memory.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"

namespace mc::protocol {

/// What is done with a multiplicand. Each way has noise of its own, so one multiplicand is opened in one way only.
enum class Opening : std::uint8_t {
  kRelease = 1,            // coefficient 0, flooded (R13)
  kRefreshConstant = 2,    // coefficient 0, masked (R14)
  kRefreshPolynomial = 3,  // all coefficients, masked (R14)
};

struct LedgerEntry {
  Hash256 multiplicand;
  std::uint8_t sigma_log2 = 0;  // of flooding, or the width of a mask
  Hash256 authorisation;        // of a refresh: the request's hash
  Opening opening = Opening::kRelease;
  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

/// One per custodian and key epoch. Entries are never changed or removed.
class AnswerLedger {
 public:
  virtual ~AnswerLedger() = default;
  [[nodiscard]] virtual Result<std::optional<LedgerEntry>> find(const Hash256& multiplicand) const = 0;
  /// Number of entries: opened polynomials, counted in tau (R15).
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// All or nothing, and durable before it returns: the share is computed only afterwards.
  virtual Status append(std::span<const LedgerEntry> entries) = 0;
};

class MemoryLedger final : public AnswerLedger {
 public:
  [[nodiscard]] Result<std::optional<LedgerEntry>> find(const Hash256& multiplicand) const override;
  [[nodiscard]] std::uint64_t size() const override { return entries_.size(); }
  Status append(std::span<const LedgerEntry> entries) override;

 private:
  std::map<Hash256, LedgerEntry> entries_;
};

struct Admission {
  std::size_t fresh = 0;     // multiplicands opened for the first time
  std::size_t repeated = 0;  // opened before with the same sigma: the same noise again
};

/// Admits the answers of one authorisation and records the fresh ones.
///   errors  kRefused when a multiplicand was, or in this request is, opened in another way or with another sigma (R5:
///           two noises on one multiplicand average away); kLimit when more than `releases_max` polynomials would be
///           open (tau of R15)
Result<Admission> admit(AnswerLedger& ledger, Opening opening, const Hash256& authorisation,
                        std::span<const Hash256> multiplicands, std::span<const std::uint8_t> sigma_log2,
                        std::uint64_t releases_max);

}  // namespace mc::protocol
