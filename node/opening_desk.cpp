// SPDX-License-Identifier: Apache-2.0
#include "node/opening_desk.hpp"

#include <algorithm>

#include "protocol/refusal.hpp"

namespace mc::node {
namespace {

using Verdict = client::OpeningStand::Verdict;

constexpr std::string_view kFormat = "medcommons/openings/1";
constexpr std::size_t kSentenceBytesMax = 1024;
constexpr ChainedFile::Limits kLimits{kSentenceBytesMax + 64, std::size_t{64} << 20};

constexpr std::string_view kOfAnEarlierEpoch =
    "its columns were sealed for an earlier committee, under whose key they are not opened";

std::string column_text(const data::ManifestEntry& entry) {
  return "column " + entry.handle + " of block " + std::to_string(entry.block);
}

}  // namespace

Bytes encode_kept_verdict(const KeptVerdict& kept) {
  const std::string sentence = kept.verdict ? std::string() : kept.verdict.error().message;
  Writer writer;
  writer.text(std::string_view(sentence).substr(0, kSentenceBytesMax));
  writer.hash(kept.manifest);
  return std::move(writer).bytes();
}

Result<KeptVerdict> decode_kept_verdict(ByteView bytes) {
  Reader reader(bytes, "verdict on an upload");
  MC_TRY(std::string sentence, reader.text(kSentenceBytesMax));
  MC_TRY(const Hash256 manifest, reader.hash());
  MC_TRY_STATUS(reader.finish());
  return KeptVerdict{manifest, sentence.empty() ? Status() : Status(fail(Code::kRefused, std::move(sentence)))};
}

Result<std::unique_ptr<OpeningDesk>> OpeningDesk::open(Setting setting) {
  std::unique_ptr<OpeningDesk> desk(new OpeningDesk(std::move(setting)));
  const auto take = [&](ByteView record) -> Status {
    MC_TRY(KeptVerdict kept, decode_kept_verdict(record));
    desk->verdicts_.insert_or_assign(kept.manifest, std::move(kept.verdict));
    return {};
  };
  MC_TRY(desk->file_, ChainedFile::open(desk->setting_.file, kFormat, kLimits, take));
  return desk;
}

void OpeningDesk::begin(protocol::OpeningParty party, protocol::KeygenSetup committee) {
  const std::lock_guard lock(busy_);
  party_.emplace(std::move(party));
  committee_.emplace(std::move(committee));
}

/// One waits, and nobody overtakes it: whoever carries for the custodians gets through beside somebody who asks without
/// end.
Result<std::unique_lock<std::mutex>> OpeningDesk::take_turn() {
  const auto refused = [] {
    return protocol::refuse(protocol::Refusal::kRateLimited, Code::kUnavailable,
                            "a column is being opened and somebody waits for the next; ask again");
  };
  if (somebody_waits_) return refused();
  std::unique_lock lock(busy_, std::try_to_lock);
  if (!lock.owns_lock()) {
    if (somebody_waits_.exchange(true)) return refused();
    lock.lock();
    somebody_waits_ = false;
  }
  if (!party_) return fail(Code::kUnavailable, "this custodian has no pieces yet and opens no columns");
  return lock;
}

/// REQUIRES busy_.
Result<std::shared_ptr<const data::Manifest>> OpeningDesk::proven(const client::OpeningCall& call) const {
  auto manifest = setting_.proven(call.manifest);
  if (!manifest || call.entry >= manifest->entries.size()) {
    return fail(Code::kNotFound, "this custodian has checked no upload " + call.manifest.hex() + " with an entry " +
                                     std::to_string(call.entry) + ": its proofs come first");
  }
  if (manifest->epoch != setting_.epoch) return fail(Code::kRefused, std::string(kOfAnEarlierEpoch));
  return manifest;
}

/// What is next in its upload has to be opened, whoever asks for it. Anything else, which a custodian that lost its
/// verdicts may need and others ask for to no end, so many times a minute.
Status OpeningDesk::may_open(const client::OpeningCall& call) {
  const client::OpeningStand stand = stand_of(call.manifest);
  std::uint32_t& begun = begun_[call.manifest];
  if (stand.verdict == Verdict::kAwaited && call.entry == stand.next && call.entry >= begun) {
    begun = call.entry + 1;
    return {};
  }
  const auto excess = again_.count(call.manifest, setting_.now());
  if (!excess) return {};
  return protocol::refuse(protocol::Refusal::kRateLimited, Code::kLimit, again_.sentence(*excess));
}

void OpeningDesk::make_room() {
  if (open_.size() < kOpenUploadsMax) return;
  open_.erase(std::ranges::min_element(open_, {}, [](const auto& upload) { return upload.second.used; }));
}

Result<const OpeningDesk::Opened*> OpeningDesk::opened(const client::OpeningCall& call,
                                                       const data::Manifest& manifest) {
  const data::ManifestEntry& entry = manifest.entries[call.entry];
  auto found = open_.find(call.manifest);
  if (found == open_.end() || found->second.column.blob != entry.blob) {
    MC_TRY_STATUS(may_open(call));
    Opened now{{entry.blob, {}}, {}};
    MC_TRY(now.column.ciphertext, setting_.fetch(manifest, entry));
    now.message = party_->open(now.column);
    if (found == open_.end()) make_room();
    found = open_.insert_or_assign(call.manifest, std::move(now)).first;
  }
  found->second.used = ++uses_;
  return &found->second;
}

Result<client::RunMessage> OpeningDesk::share(const client::OpeningCall& call) {
  MC_TRY(const std::unique_lock<std::mutex> turn, take_turn());
  MC_TRY(const auto manifest, proven(call));
  MC_TRY(const Opened* const column, opened(call, *manifest));
  if (!written_down_.contains(call.manifest)) {
    MC_TRY_STATUS(setting_.write_down(call.manifest));
    written_down_.insert(call.manifest);
  }
  client::RunMessage said{column->message.statement.subject, column->message.statement, {}};
  for (const protocol::PieceBytes& piece : column->message.bytes) {
    if (std::ranges::find(call.bytes_for, piece.piece) != call.bytes_for.end()) said.bytes.push_back(piece);
  }
  return said;
}

Result<client::OpeningStand> OpeningDesk::judge(const client::OpeningCall& call) {
  MC_TRY(const std::unique_lock<std::mutex> turn, take_turn());
  MC_TRY(const auto manifest, proven(call));
  if (has_passed(call)) return stand_of(call.manifest);
  MC_TRY(const Opened* const column, opened(call, *manifest));
  std::vector<protocol::OpeningMessage> others;
  for (const client::RunMessage& message : call.messages) others.push_back({message.statement, message.bytes});
  MC_TRY(const Status verdict,
         protocol::judge_opening(
             {setting_.params, committee_->shape, committee_->identities, &column->column, &column->message}, others));
  if (!verdict) {
    const std::string sentence = column_text(manifest->entries[call.entry]) + ": " + verdict.error().message;
    MC_TRY_STATUS(keep(call.manifest, fail(Code::kRefused, sentence)));
    open_.erase(call.manifest);
  } else if (pass(call.manifest, call.entry) == manifest->entries.size()) {
    MC_TRY_STATUS(keep(call.manifest, {}));
    open_.erase(call.manifest);
  }
  return stand_of(call.manifest);
}

/// Whether nothing is left to judge of this column.
bool OpeningDesk::has_passed(const client::OpeningCall& call) const {
  const std::lock_guard lock(mutex_);
  if (verdicts_.contains(call.manifest)) return true;
  const auto some = passed_.find(call.manifest);
  return some != passed_.end() && some->second.contains(call.entry);
}

/// How many of an upload's columns have passed with this one.
std::size_t OpeningDesk::pass(const Hash256& manifest, std::uint32_t entry) {
  const std::lock_guard lock(mutex_);
  std::set<std::uint32_t>& passed = passed_[manifest];
  passed.insert(entry);
  return passed.size();
}

/// On disk when it is known to anybody.
Status OpeningDesk::keep(const Hash256& manifest, Status verdict) {
  const std::lock_guard lock(mutex_);
  MC_TRY_STATUS(file_->append(encode_kept_verdict({manifest, verdict})));
  verdicts_.insert_or_assign(manifest, std::move(verdict));
  passed_.erase(manifest);
  unvouched_.erase(manifest);
  return {};
}

std::vector<protocol::OpeningVerdict> OpeningDesk::untold() {
  const std::lock_guard turn(busy_);
  std::vector<protocol::OpeningVerdict> verdicts;
  if (!party_) return verdicts;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, verdict] : verdicts_) {
    if (told_.contains(name)) continue;
    const auto manifest = setting_.proven(name);
    // What an earlier committee found is said by those who found it.
    if (!manifest || manifest->epoch != setting_.epoch) continue;
    verdicts.push_back(party_->conclude(committee_->commons, name, verdict.has_value()));
  }
  return verdicts;
}

void OpeningDesk::told(const Hash256& manifest) {
  const std::lock_guard lock(mutex_);
  told_.insert(manifest);
}

Status OpeningDesk::hear(const Hash256& manifest, protocol::JointVerdict verdict, const std::string& why_none) {
  switch (verdict) {
    case protocol::JointVerdict::kPassed:
      return keep(manifest, {});
    case protocol::JointVerdict::kRefused:
      return keep(manifest, fail(Code::kRefused,
                                 "the committee that it was sealed for found a value beyond what noise "
                                 "makes of any within its range"));
    case protocol::JointVerdict::kNone:
      break;
  }
  const std::lock_guard lock(mutex_);
  if (!verdicts_.contains(manifest)) unvouched_.insert_or_assign(manifest, why_none);
  return {};
}

client::OpeningStand OpeningDesk::stand_of(const Hash256& manifest) const {
  const std::lock_guard lock(mutex_);
  if (const auto known = verdicts_.find(manifest); known != verdicts_.end()) {
    return {known->second ? Verdict::kPassed : Verdict::kRefused, 0};
  }
  client::OpeningStand stand;
  if (const auto some = passed_.find(manifest); some != passed_.end()) {
    while (some->second.contains(stand.next)) ++stand.next;
  }
  return stand;
}

Result<client::OpeningStand> OpeningDesk::stand(const Hash256& manifest) const {
  if (setting_.proven(manifest)) return stand_of(manifest);
  return fail(Code::kNotFound, "this custodian has checked no upload " + manifest.hex() + ": its proofs come first");
}

Status OpeningDesk::check(const client::DatasetView& view) const {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < view.manifests.size(); ++i) {
    const Hash256 name = data::manifest_hash(view.manifests[i]);
    const std::string columns = "the columns of owner " + view.owners[i].owner + " ";
    if (const auto known = verdicts_.find(name); known != verdicts_.end()) {
      if (!known->second) return fail(known->second.error().within("owner " + view.owners[i].owner));
    } else if (const auto why = unvouched_.find(name); why != unvouched_.end()) {
      return fail(Code::kRefused, columns + why->second);
    } else {
      return fail(Code::kUnavailable, columns + "have not all been opened yet; ask again when they are");
    }
  }
  return {};
}

client::OpenedColumns OpeningDesk::progress(const std::map<Hash256, data::Manifest>& uploads) const {
  const std::lock_guard lock(mutex_);
  client::OpenedColumns reading;
  for (const auto& [name, manifest] : uploads) {
    const std::string whose = "owner " + governance::Address{manifest.owner}.text() + ": ";
    std::string refused;
    reading.columns += manifest.entries.size();
    if (const auto known = verdicts_.find(name); known != verdicts_.end()) {
      reading.opened += manifest.entries.size();
      if (!known->second) refused = known->second.error().message;
    } else if (const auto why = unvouched_.find(name); why != unvouched_.end()) {
      refused = "its columns " + why->second;
    } else if (const auto some = passed_.find(name); some != passed_.end()) {
      reading.opened += some->second.size();
    }
    if (reading.refused.empty() && !refused.empty()) reading.refused = whose + refused;
  }
  return reading;
}

}  // namespace mc::node
