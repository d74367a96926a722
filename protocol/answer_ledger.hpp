// SPDX-License-Identifier: Apache-2.0
// What a custodian has answered so far (R5, R6, R11): per multiplicand how it was opened, under how much noise, for
// which authorisation first, and of a release what was opened, sealed. A later authorisation of the same question gets
// the very same noisy value, although the key that drew the noise is erased. The node keeps it on disk; here are the
// interface, the rule, and a ledger in memory.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "fhe/threshold/release.hpp"
#include "fhe/threshold/release_key.hpp"
#include "protocol/sealed_secret.hpp"

namespace mc::protocol {

/// What is done with a multiplicand. Each way has noise of its own, so one multiplicand is opened in one way only.
enum class Opening : std::uint8_t {
  kRelease = 1,            // coefficient 0, flooded (R13)
  kRefreshConstant = 2,    // coefficient 0, masked (R14)
  kRefreshPolynomial = 3,  // all coefficients, masked (R14)
  kFloodedConstant = 4,    // as kRefreshConstant, and flooded (R15)
  kFloodedPolynomial = 5,  // as kRefreshPolynomial, and flooded
};

struct LedgerEntry {
  Hash256 multiplicand;
  std::uint8_t sigma_log2 = 0;  // of flooding; where there is none the width of a mask
  Hash256 authorisation;        // of a refresh: the request's hash
  Opening opening = Opening::kRelease;
  Bytes opened;  // of a release: seal_opened, one value per piece of the custodian
  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

/// Of which day the key is that encrypts the answer to an authorisation. It stays, though the chain tell another time
/// of that authorisation later: a reorganisation across midnight deeper than the confirmations would otherwise make an
/// honest custodian sign two answers to one authorisation, which is how a liar is told (R8).
struct AnsweredIn {
  Hash256 authorisation;
  fhe::Window window;
};

/// One per custodian and key epoch. What is in it is never changed or removed.
class AnswerLedger {
 public:
  virtual ~AnswerLedger() = default;
  [[nodiscard]] virtual Result<std::optional<LedgerEntry>> find(const Hash256& multiplicand) const = 0;
  /// Number of entries: opened polynomials, counted in tau (R15).
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Of these, the releases; what was forgotten counts as released.
  [[nodiscard]] virtual std::uint64_t released() const = 0;
  /// The window of the first answer to an authorisation; none when it was not answered.
  [[nodiscard]] virtual Result<std::optional<fhe::Window>> answered_in(const Hash256& authorisation) const = 0;
  /// All or nothing, and durable before it returns: no share leaves before.
  virtual Status record(std::span<const LedgerEntry> entries, const std::optional<AnsweredIn>& answered) = 0;
  Status append(std::span<const LedgerEntry> entries) { return record(entries, std::nullopt); }
};

class MemoryLedger final : public AnswerLedger {
 public:
  [[nodiscard]] Result<std::optional<LedgerEntry>> find(const Hash256& multiplicand) const override;
  [[nodiscard]] std::uint64_t size() const override { return entries_.size(); }
  [[nodiscard]] std::uint64_t released() const override { return released_; }
  [[nodiscard]] Result<std::optional<fhe::Window>> answered_in(const Hash256& authorisation) const override;
  Status record(std::span<const LedgerEntry> entries, const std::optional<AnsweredIn>& answered) override;

 private:
  std::map<Hash256, LedgerEntry> entries_;
  std::map<Hash256, fhe::Window> answered_;
  std::uint64_t released_ = 0;
};

/// How many polynomials one custodian opens in a key epoch.
struct OpeningsMax {
  std::uint64_t all = 0;
  std::uint64_t released = 0;
};
/// R15 bounds how often a *piece* is opened. Its holders do not know of each other's answers, and whoever asks decides
/// whom she asks for what: each releases its part of tau only. Masks of refreshes do not rest on tau, and flooded ones
/// have a tau of their own that suffices for every holder's whole number (fhe::kFloodedRefreshesMax).
OpeningsMax openings_max(const fhe::CommitteeShape& shape);

/// What the ledger says to the answers of one request.
struct Admission {
  std::vector<std::optional<LedgerEntry>> known;  // of every answer
  std::vector<std::size_t> fresh;                 // answers to open, each multiplicand once
};

/// Decides and records nothing.
///   errors  kRefused second_sigma when a multiplicand was, or in this request is, opened in another way or with
///   another
///           sigma (R5: two noises on one multiplicand average away); kLimit releases_exhausted when more polynomials
///           would be open than `most` allows (tau of R15)
Result<Admission> review(const AnswerLedger& ledger, Opening opening, std::span<const Hash256> multiplicands,
                         std::span<const std::uint8_t> sigma_log2, const OpeningsMax& most);

/// Per multiplicand the sigma with which it was released, or kNeverReleased. One sigma holds for ever, so whoever asks
/// for it again must know which; it says no more than the authorisation that asked first.
inline constexpr std::uint8_t kNeverReleased = 0xff;
Result<Bytes> released_with(const AnswerLedger& ledger, std::span<const Hash256> multiplicands);

/// What all pieces of a custodian say about one multiplicand, sealed for the ledger, bound to the multiplicand and
/// sigma.
Bytes seal_opened(const SecretKey256& ledger_key, const Hash256& multiplicand, std::uint8_t sigma_log2,
                  std::span<const fhe::OpenedCoefficient> by_piece);
/// kCorrupt when the entry was changed, belongs to another ledger, or has another number of pieces.
Result<fhe::OpenedCoefficients> unseal_opened(const SecretKey256& ledger_key, const LedgerEntry& entry,
                                              std::size_t pieces);

}  // namespace mc::protocol
