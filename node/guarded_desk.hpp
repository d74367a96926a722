// SPDX-License-Identifier: Apache-2.0
// What a custodian of a guarded commons remembers (R18): under which consent it was asked before, on disk, and which
// counts were opened to it, in memory. Thread-safe.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "client/public_records.hpp"
#include "client/release_request.hpp"
#include "node/chained_file.hpp"
#include "query/release/guarded.hpp"
#include "query/release/noise.hpp"

namespace mc::node {

/// Counts for which this custodian has said its part, until it has heard the others'.
struct AwaitedCounts {
  Hash256 authorisation;  // that opens them
  Hash256 study;
  query::Plan plan;
  Hash256 data_root, consent_root, mask;
  std::vector<Hash256> multiplicands;
  std::vector<query::AnswerBound> bounds;
  std::vector<std::uint8_t> sigma_log2;
  query::RulesInForce rules;
};

/// Counts that it has added up, and what follows from them.
struct KnownCounts {
  AwaitedCounts of;
  query::GuardedVerdict verdict;
  /// Of this study, for this plan, data and consent.
  [[nodiscard]] bool are_for(const Hash256& study, const query::Plan& plan, const client::DatasetView& view) const;
};

/// Whether a release shows more than a verdict lets it: a group, a declared time of survival, or a sum that is left
/// out. Less it may always show.
///   range   `verdict`: not refused, of the plan that `call` is checked against (query::check_part)
bool shows_hidden(const client::ReleaseCall& call, const query::GuardedVerdict& verdict);

/// One consent under which a data set was asked.
Bytes encode_consent_snapshot(std::span<const query::OwnerSlots> owners);
Result<std::vector<query::OwnerSlots>> decode_consent_snapshot(ByteView bytes);

class GuardedDesk {
 public:
  static constexpr std::size_t kRemembered = 1024;  // of awaited and of known counts each

  /// Stores durably how far the file has come.
  using KeepReached = std::function<Status(const FileMark&)>;
  /// Opens or creates the file of the consents that were asked under. `reached`: what it had come to; a shorter one, or
  /// none, would let pass what differs by one person from a consent that is forgotten. `keep` is told of every record
  /// before it is promised, and at once when the file has come further than `reached`.
  ///   errors  ChainedFile::open's; what `keep` says
  static Result<std::unique_ptr<GuardedDesk>> open(const std::filesystem::path& snapshots, const FileMark& reached = {},
                                                   KeepReached keep = {});
  /// Consents that were asked under.
  [[nodiscard]] std::size_t size() const;

  /// query::check_consent_difference against everything that was asked before.
  [[nodiscard]] Status check_consent(std::span<const query::OwnerSlots> owners, const query::RulesInForce& rules) const;
  /// Checks once more, for another call may have been faster, and writes the consent down. On disk when it returns;
  /// nothing is opened before.
  Status admit_consent(std::span<const query::OwnerSlots> owners, const query::RulesInForce& rules);

  /// Takes what committees before this one were asked under (client/earlier_consents.hpp) beside what this custodian
  /// was asked itself. On disk when it returns.
  Status take_earlier(std::span<const std::vector<query::OwnerSlots>> snapshots);
  /// Whether take_earlier was called since the desk was opened: before that nothing may be judged.
  [[nodiscard]] bool knows_earlier() const;

  void await(AwaitedCounts counts);
  [[nodiscard]] std::optional<AwaitedCounts> awaited(const Hash256& authorisation) const;
  /// `means`: of every awaited count over the slots, with noise of `pieces` pieces. The verdict stays known.
  ///   errors  kNotFound for counts that are not awaited here
  Result<query::GuardedVerdict> judge(const Hash256& authorisation, std::span<const double> means, std::uint32_t pieces,
                                      std::size_t slot_count);
  [[nodiscard]] std::optional<KnownCounts> known(const Hash256& authorisation) const;

 private:
  explicit GuardedDesk(KeepReached keep) : keep_(std::move(keep)) {}
  Status keep_reached();
  /// REQUIRES mutex_.
  Status remember_consent(std::span<const query::OwnerSlots> owners);

  KeepReached keep_;
  bool unmarked_ = false;  // a record is on disk that was not kept track of
  mutable std::mutex mutex_;
  bool knows_earlier_ = false;
  std::unique_ptr<ChainedFile> file_;
  std::vector<std::vector<query::OwnerSlots>> asked_;
  std::vector<Hash256> masks_;  // of asked_
  std::deque<AwaitedCounts> awaited_;
  std::deque<KnownCounts> known_;
};

}  // namespace mc::node
