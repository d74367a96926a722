// SPDX-License-Identifier: Apache-2.0
#include "node/guarded_desk.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "query/release/privacy.hpp"

namespace mc::node {
namespace {

constexpr std::string_view kFormat = "medcommons/asked-consents/1";
constexpr std::size_t kOwnerBytesMax = 128;
constexpr std::size_t kOwnersMax = 200'000;
constexpr std::uint32_t kRowsMax = 1U << 26;
constexpr std::size_t kRecordBytesMax = std::size_t{32} << 20;
constexpr std::size_t kFileBytesMax = std::size_t{1} << 30;

template <class Item>
void remember(std::deque<Item>& items, Item item) {
  items.push_back(std::move(item));
  if (items.size() > GuardedDesk::kRemembered) items.pop_front();
}

}  // namespace

bool KnownCounts::are_for(const Hash256& study, const query::Plan& plan, const client::DatasetView& view) const {
  return of.study == study && of.plan == plan && of.data_root == view.data_root &&
         of.consent_root == view.consent_root && of.mask == view.mask;
}

bool shows_hidden(const client::ReleaseCall& call, const query::GuardedVerdict& verdict) {
  if (call.steps > verdict.steps || !std::ranges::includes(call.left_out, verdict.left_out)) return true;
  for (std::size_t i = 0; i < call.shown.size(); ++i) {
    if (call.shown[i] != 0 && verdict.shown[i] == 0) return true;
  }
  return false;
}

Bytes encode_consent_snapshot(std::span<const query::OwnerSlots> owners) {
  Writer writer;
  writer.u32(static_cast<std::uint32_t>(owners.size()));
  for (const query::OwnerSlots& owner : owners) {
    writer.text(owner.owner);
    writer.u64(owner.range.begin);
    writer.u32(static_cast<std::uint32_t>(owner.consent.size()));
    Bytes bits((owner.consent.size() + 7) / 8, 0);
    for (std::size_t i = 0; i < owner.consent.size(); ++i) {
      bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (owner.consent[i] << (i % 8)));
    }
    writer.raw(bits);
  }
  return std::move(writer).bytes();
}

Result<std::vector<query::OwnerSlots>> decode_consent_snapshot(ByteView bytes) {
  Reader reader(bytes, "consent snapshot");
  MC_TRY(const std::uint32_t count, reader.count(kOwnersMax, 4 + 8 + 4));
  std::vector<query::OwnerSlots> owners;
  for (std::uint32_t i = 0; i < count; ++i) {
    query::OwnerSlots owner;
    MC_TRY(owner.owner, reader.text(kOwnerBytesMax));
    MC_TRY(owner.range.begin, reader.u64());
    MC_TRY(const std::uint32_t rows, reader.u32());
    if (rows == 0 || rows > kRowsMax) return fail(reader.error("an owner has no rows, or too many"));
    owner.range.count = rows;
    MC_TRY(const ByteView bits, reader.raw((std::size_t{rows} + 7) / 8));
    owner.consent.resize(rows);
    for (std::uint32_t row = 0; row < rows; ++row) owner.consent[row] = (bits[row / 8] >> (row % 8)) & 1;
    if (rows % 8 != 0 && (bits.back() >> (rows % 8)) != 0) return fail(reader.error("bits behind the last row"));
    owners.push_back(std::move(owner));
  }
  MC_TRY_STATUS(reader.finish());
  return owners;
}

Result<std::unique_ptr<GuardedDesk>> GuardedDesk::open(const std::filesystem::path& snapshots, const FileMark& reached,
                                                       KeepReached keep) {
  std::unique_ptr<GuardedDesk> desk(new GuardedDesk(std::move(keep)));
  MC_TRY(desk->file_, ChainedFile::open(
                          snapshots, kFormat, {kRecordBytesMax, kFileBytesMax},
                          [raw = desk.get()](ByteView record) -> Status {
                            MC_TRY(raw->asked_.emplace_back(), decode_consent_snapshot(record));
                            raw->masks_.push_back(query::mask_hash(raw->asked_.back()));
                            return {};
                          },
                          reached));
  if (desk->file_->mark() != reached) MC_TRY_STATUS(desk->keep_reached());
  return desk;
}

Status GuardedDesk::keep_reached() {
  if (!keep_) return {};
  unmarked_ = true;
  MC_TRY_STATUS(keep_(file_->mark()));
  unmarked_ = false;
  return {};
}

std::size_t GuardedDesk::size() const {
  const std::lock_guard lock(mutex_);
  return asked_.size();
}

Status GuardedDesk::check_consent(std::span<const query::OwnerSlots> owners, const query::RulesInForce& rules) const {
  const std::lock_guard lock(mutex_);
  return query::check_consent_difference(asked_, owners, rules);
}

Status GuardedDesk::admit_consent(std::span<const query::OwnerSlots> owners, const query::RulesInForce& rules) {
  const std::lock_guard lock(mutex_);
  MC_TRY_STATUS(query::check_consent_difference(asked_, owners, rules));
  return remember_consent(owners);
}

Status GuardedDesk::take_earlier(std::span<const std::vector<query::OwnerSlots>> snapshots) {
  const std::lock_guard lock(mutex_);
  for (const std::vector<query::OwnerSlots>& snapshot : snapshots) MC_TRY_STATUS(remember_consent(snapshot));
  knows_earlier_ = true;
  return {};
}

bool GuardedDesk::knows_earlier() const {
  const std::lock_guard lock(mutex_);
  return knows_earlier_;
}

Status GuardedDesk::remember_consent(std::span<const query::OwnerSlots> owners) {
  if (unmarked_) return fail(Code::kIo, "the mark of the asked consents could not be stored; start the process again");
  const Hash256 mask = query::mask_hash(owners);
  if (std::ranges::find(masks_, mask) != masks_.end()) return {};
  MC_TRY_STATUS(file_->append(encode_consent_snapshot(owners)));
  asked_.emplace_back(owners.begin(), owners.end());
  masks_.push_back(mask);
  return keep_reached();
}

void GuardedDesk::await(AwaitedCounts counts) {
  const std::lock_guard lock(mutex_);
  const auto same = [&](const AwaitedCounts& one) { return one.authorisation == counts.authorisation; };
  if (std::ranges::none_of(awaited_, same)) remember(awaited_, std::move(counts));
}

std::optional<AwaitedCounts> GuardedDesk::awaited(const Hash256& authorisation) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(awaited_, authorisation, &AwaitedCounts::authorisation);
  return found == awaited_.end() ? std::nullopt : std::optional(*found);
}

Result<query::GuardedVerdict> GuardedDesk::judge(const Hash256& authorisation, std::span<const double> means,
                                                 std::uint32_t pieces, std::size_t slot_count) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(awaited_, authorisation, &AwaitedCounts::authorisation);
  if (found == awaited_.end() || means.size() != found->bounds.size()) {
    return fail(Code::kNotFound, "no counts of authorisation " + authorisation.hex() + " are awaited here");
  }
  std::vector<query::NoisyCount> counts;
  for (std::size_t i = 0; i < means.size(); ++i) {
    counts.push_back({means[i] * static_cast<double>(slot_count),
                      query::sigma_total(found->bounds[i], found->sigma_log2[i], pieces, slot_count)});
  }
  KnownCounts known{*found, query::judge_groups(found->plan, counts, found->rules)};
  std::erase_if(known_, [&](const KnownCounts& one) { return one.of.authorisation == authorisation; });
  remember(known_, known);
  return known.verdict;
}

std::optional<KnownCounts> GuardedDesk::known(const Hash256& authorisation) const {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find_if(known_, [&](const KnownCounts& one) { return one.of.authorisation == authorisation; });
  return found == known_.end() ? std::nullopt : std::optional(*found);
}

}  // namespace mc::node
