// SPDX-License-Identifier: Apache-2.0
#include "node/opening_desk.hpp"

#include <algorithm>

namespace mc::node {
namespace {

using Verdict = client::OpeningStand::Verdict;

constexpr std::string_view kFormat = "medcommons/openings/1";
constexpr std::size_t kSentenceBytesMax = 1024;
constexpr ChainedFile::Limits kLimits{kSentenceBytesMax + 64, std::size_t{64} << 20};

/// Why an upload is refused, nothing where it passed; and its manifest.
Bytes encode_verdict(const Hash256& manifest, const Status& verdict) {
  Writer writer;
  writer.text(verdict ? std::string_view() : std::string_view(verdict.error().message).substr(0, kSentenceBytesMax));
  writer.hash(manifest);
  return std::move(writer).bytes();
}

Result<std::pair<Hash256, Status>> decode_verdict(ByteView bytes) {
  Reader reader(bytes, "verdict on an upload");
  MC_TRY(std::string sentence, reader.text(kSentenceBytesMax));
  MC_TRY(const Hash256 manifest, reader.hash());
  MC_TRY_STATUS(reader.finish());
  return std::pair{manifest, sentence.empty() ? Status() : Status(fail(Code::kRefused, std::move(sentence)))};
}

constexpr std::string_view kOfAnEarlierEpoch =
    "were sealed for an earlier committee, under whose key they are not opened; the owner has to upload them again";

std::string column_text(const data::ManifestEntry& entry) {
  return "column " + entry.handle + " of block " + std::to_string(entry.block);
}

}  // namespace

Result<std::unique_ptr<OpeningDesk>> OpeningDesk::open(Setting setting) {
  std::unique_ptr<OpeningDesk> desk(new OpeningDesk(std::move(setting)));
  const auto take = [&](ByteView record) -> Status {
    MC_TRY(auto known, decode_verdict(record));
    desk->verdicts_.insert_or_assign(known.first, std::move(known.second));
    return {};
  };
  MC_TRY(desk->file_, ChainedFile::open(desk->setting_.file, kFormat, kLimits, take));
  return desk;
}

void OpeningDesk::begin(protocol::OpeningParty party, fhe::CommitteeShape shape,
                        std::vector<protocol::PublicIdentity> identities) {
  const std::lock_guard lock(busy_);
  party_.emplace(std::move(party));
  shape_.emplace(std::move(shape));
  identities_ = std::move(identities);
}

/// Nobody waits: whoever asks much occupies one thread.
Result<std::unique_lock<std::mutex>> OpeningDesk::take_turn() {
  std::unique_lock lock(busy_, std::try_to_lock);
  if (!lock.owns_lock()) return fail(Code::kUnavailable, "another column is being opened; ask again");
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
  if (manifest->epoch != setting_.epoch) return fail(Code::kRefused, "its columns " + std::string(kOfAnEarlierEpoch));
  return manifest;
}

/// REQUIRES busy_.
Result<const OpeningDesk::Opened*> OpeningDesk::opened(const data::Manifest& manifest,
                                                       const data::ManifestEntry& entry) {
  if (last_ && last_->column.blob == entry.blob) return &*last_;
  protocol::SealedColumn column{entry.blob, {}};
  MC_TRY(column.ciphertext, setting_.fetch(manifest, entry));
  protocol::OpeningMessage message = party_->open(column);
  last_.emplace(Opened{std::move(column), std::move(message)});
  return &*last_;
}

Result<client::RunMessage> OpeningDesk::share(const client::OpeningCall& call) {
  MC_TRY(const std::unique_lock<std::mutex> turn, take_turn());
  MC_TRY(const auto manifest, proven(call));
  MC_TRY(const Opened* const column, opened(*manifest, manifest->entries[call.entry]));
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
  if (const client::OpeningStand known = stand_of(call.manifest); known.verdict != Verdict::kAwaited) return known;
  const data::ManifestEntry& entry = manifest->entries[call.entry];
  MC_TRY(const Opened* const column, opened(*manifest, entry));
  std::vector<protocol::OpeningMessage> others;
  for (const client::RunMessage& message : call.messages) others.push_back({message.statement, message.bytes});
  MC_TRY(const Status verdict,
         protocol::judge_opening({setting_.params, *shape_, identities_, &column->column, &column->message}, others));
  if (!verdict) {
    const std::string sentence = column_text(entry) + ": " + verdict.error().message;
    MC_TRY_STATUS(keep(call.manifest, fail(Code::kRefused, sentence)));
  } else if (pass(call.manifest, call.entry) == manifest->entries.size()) {
    MC_TRY_STATUS(keep(call.manifest, {}));
  }
  return stand_of(call.manifest);
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
  MC_TRY_STATUS(file_->append(encode_verdict(manifest, verdict)));
  verdicts_.insert_or_assign(manifest, std::move(verdict));
  passed_.erase(manifest);
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
    const std::string columns = "the columns of owner " + view.owners[i].owner + " ";
    // Another committee's limit was another one, and it may have had more pieces.
    if (view.manifests[i].epoch != setting_.epoch) {
      return fail(Code::kRefused, columns + std::string(kOfAnEarlierEpoch));
    }
    const auto known = verdicts_.find(data::manifest_hash(view.manifests[i]));
    if (known == verdicts_.end()) {
      return fail(Code::kUnavailable, columns + "have not all been opened yet; ask again when they are");
    }
    if (!known->second) return fail(known->second.error().within("owner " + view.owners[i].owner));
  }
  return {};
}

client::OpenedColumns OpeningDesk::progress(const std::map<Hash256, data::Manifest>& uploads) const {
  const std::lock_guard lock(mutex_);
  client::OpenedColumns reading;
  for (const auto& [name, manifest] : uploads) {
    const std::string whose = "owner " + governance::Address{manifest.owner}.text() + ": ";
    if (manifest.epoch != setting_.epoch && reading.refused.empty()) {
      reading.refused = whose + "columns " + std::string(kOfAnEarlierEpoch);
    }
    reading.columns += manifest.entries.size();
    if (const auto known = verdicts_.find(name); known != verdicts_.end()) {
      reading.opened += manifest.entries.size();
      if (!known->second && reading.refused.empty()) reading.refused = whose + known->second.error().message;
    } else if (const auto some = passed_.find(name); some != passed_.end()) {
      reading.opened += some->second.size();
    }
  }
  return reading;
}

}  // namespace mc::node
