// SPDX-License-Identifier: Apache-2.0
#include "node/store_epochs.hpp"

#include <algorithm>

#include "client/collective_keys.hpp"
#include "data/sealed/manifest.hpp"
#include "node/keygen_setup.hpp"
#include "node/logging.hpp"
#include "protocol/opening_verdict.hpp"

namespace mc::node {
namespace {

constexpr std::string_view kDocumentArea = "committees";
constexpr std::string_view kKeyArea = "keys";
constexpr std::string_view kManifestArea = "migrations";
constexpr std::string_view kVerdictArea = "opening-verdicts";

std::string board_area(const Hash256& ceremony) {
  return "board-" + ceremony.hex().substr(0, 32);
}
std::string galois_area(std::uint64_t epoch) {
  return "galois-" + std::to_string(epoch);
}

}  // namespace

Result<std::unique_ptr<StoreEpochs>> StoreEpochs::open(const client::CommonsDocument& document, fhe::ParamsPtr params,
                                                       data::BlobStore& blobs, const governance::CommonsChain& chain,
                                                       SecretKey256 identity) {
  std::unique_ptr<StoreEpochs> out(new StoreEpochs(std::move(params), blobs, chain, std::move(identity)));
  for (std::size_t i = 0; i < document.earlier.size(); ++i) {
    MC_TRY_STATUS(out->learn(client::at_earlier(document, i)));
  }
  MC_TRY_STATUS(out->learn(document));
  MC_TRY(const std::vector<data::BlobStore::Record> records, blobs.scan(kDocumentArea));
  for (const auto& [epoch, bytes] : records) {
    MC_TRY(client::CommonsDocument later, client::commons_document_from_json(text_of(bytes)));
    if (later.epoch.value > document.epoch.value) MC_TRY_STATUS(out->learn(std::move(later)));
  }
  return out;
}

Status StoreEpochs::learn(client::CommonsDocument document) {
  MC_TRY(protocol::KeygenSetup setup, keygen_setup(document, chain_));
  const std::lock_guard lock(mutex_);
  writers_[setup.ceremony()] = setup.identities;
  frames_.insert_or_assign(document.epoch.value, Frame{std::move(document), std::move(setup)});
  return {};
}

Result<StoreEpochs::Frame> StoreEpochs::frame(std::uint64_t epoch) const {
  const std::lock_guard lock(mutex_);
  if (const auto found = frames_.find(epoch); found != frames_.end()) return found->second;
  return fail(Code::kRefused, "no committee of key epoch " + std::to_string(epoch) + " is known here");
}

Result<Bytes> StoreEpochs::document(std::uint64_t epoch) const {
  return blobs_.get_record(kDocumentArea, std::to_string(epoch));
}

Status StoreEpochs::put_document(std::uint64_t epoch, ByteView text) {
  MC_TRY(client::CommonsDocument next, client::commons_document_from_json(text_of(text)));
  if (next.epoch.value != epoch || next.earlier.empty()) {
    return fail(Code::kRefused, "the document is of key epoch " + std::to_string(next.epoch.value) + " with " +
                                    std::to_string(next.earlier.size()) + " earlier committees");
  }
  MC_TRY(const Frame before, frame(next.earlier.back().epoch.value));
  MC_TRY_STATUS(client::check_successor(before.document, next));
  // The identities are compared with the chain before anything is kept.
  MC_TRY([[maybe_unused]] const protocol::KeygenSetup setup, keygen_setup(next, chain_));
  MC_TRY_STATUS(blobs_.create_record(kDocumentArea, std::to_string(epoch), text));
  log_info("the committee of key epoch " + std::to_string(epoch) + " is known");
  return learn(std::move(next));
}

Boards StoreEpochs::own_boards() const {
  return [this](const Hash256& ceremony, const std::string& slot) {
    return blobs_.get_record(board_area(ceremony), slot);
  };
}

Result<std::shared_ptr<const protocol::ApprovedMigration>> StoreEpochs::migration(const Frame& next) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = migrations_.find(next.document.epoch.value); found != migrations_.end()) {
      return found->second;
    }
  }
  MC_TRY(protocol::ApprovedMigration approved, approved_migration(next.document, chain_, own_boards()));
  auto shared = std::make_shared<const protocol::ApprovedMigration>(std::move(approved));
  const std::lock_guard lock(mutex_);
  writers_[shared->ceremony()] = shared->from().identities;
  migrations_[next.document.epoch.value] = shared;
  return shared;
}

Result<std::vector<protocol::PublicIdentity>> StoreEpochs::writers(const Hash256& ceremony) {
  const auto known = [&]() -> std::optional<std::vector<protocol::PublicIdentity>> {
    const std::lock_guard lock(mutex_);
    const auto found = writers_.find(ceremony);
    return found == writers_.end() ? std::nullopt : std::optional(found->second);
  };
  if (auto found = known()) return std::move(*found);
  const std::lock_guard one_at_a_time(migrating_);
  std::vector<Frame> later;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [epoch, frame] : frames_) {
      if (!frame.document.earlier.empty() && !migrations_.contains(epoch)) later.push_back(frame);
    }
  }
  for (const Frame& next : later) {
    const auto found = migration(next);
    if (!found) log_info(found.error().message);
  }
  if (auto found = known()) return std::move(*found);
  return fail(Code::kNotFound, "there is no ceremony " + ceremony.hex());
}

Result<std::vector<Bytes>> StoreEpochs::board_slots(const Hash256& ceremony) {
  MC_TRY_STATUS(writers(ceremony));
  const std::lock_guard lock(listing_);
  auto board = boards_.find(ceremony);
  if (board == boards_.end()) {
    std::set<std::string> found;
    MC_TRY_STATUS(blobs_.visit(board_area(ceremony), {}, [&](std::string_view key, ByteView) {
      found.emplace(key);
      return true;
    }));
    board = boards_.emplace(ceremony, std::move(found)).first;
  }
  std::vector<Bytes> names;
  names.reserve(board->second.size());
  for (const std::string& name : board->second) names.emplace_back(view_of(name).begin(), view_of(name).end());
  return names;
}

Result<Bytes> StoreEpochs::board_message(const Hash256& ceremony, const std::string& slot) const {
  MC_TRY(const protocol::BoardSlot parsed, protocol::board_slot_from_name(slot));
  return blobs_.get_record(board_area(ceremony), parsed.name());
}

std::size_t StoreEpochs::board_body_bytes_max() const {
  const auto largest = fhe::CommitteeShape::create(static_cast<std::uint32_t>(fhe::kPiecesMax), 2).value_or_stop();
  return protocol::board_body_bytes_max(*params_, largest);
}

Status StoreEpochs::put_board_message(const Hash256& ceremony, const std::string& slot, ByteView bytes) {
  MC_TRY(const protocol::BoardSlot parsed, protocol::board_slot_from_name(slot));
  MC_TRY(const std::vector<protocol::PublicIdentity> identities, writers(ceremony));
  MC_TRY(const protocol::BoardMessage message, protocol::decode_board_message(bytes, board_body_bytes_max()));
  if (message.slot != parsed || message.ceremony != ceremony || message.slot.sender.value >= identities.size() ||
      !protocol::verify_board_message(identities[message.slot.sender.value], message)) {
    return fail(Code::kRefused, "the message for " + parsed.name() + " is not signed by a custodian of this ceremony");
  }
  MC_TRY_STATUS(blobs_.create_record(board_area(ceremony), parsed.name(), bytes));
  const std::lock_guard lock(listing_);
  if (const auto board = boards_.find(ceremony); board != boards_.end()) board->second.insert(parsed.name());
  return {};
}

Result<std::vector<Bytes>> StoreEpochs::opening_verdicts(const Hash256& manifest) const {
  MC_TRY(std::vector<data::BlobStore::Record> records, blobs_.scan(kVerdictArea, manifest.hex()));
  std::vector<Bytes> verdicts;
  for (auto& [custodian, bytes] : records) verdicts.push_back(std::move(bytes));
  return verdicts;
}

Status StoreEpochs::put_opening_verdict(const Hash256& manifest, ByteView bytes) {
  MC_TRY(const protocol::OpeningVerdict verdict, protocol::decode_opening_verdict(bytes));
  MC_TRY(const Frame known, frame(verdict.epoch.value));
  const std::vector<protocol::PublicIdentity>& identities = known.setup.identities;
  if (verdict.manifest != manifest || verdict.commons != known.setup.commons ||
      verdict.custodian.value >= identities.size() ||
      !protocol::verify_opening_verdict(identities[verdict.custodian.value], verdict)) {
    return fail(Code::kRefused, "the verdict on the upload " + manifest.hex() +
                                    " is not signed by a custodian of key epoch " +
                                    std::to_string(verdict.epoch.value));
  }
  // What a custodian invents takes no room.
  MC_TRY(const Bytes upload, blobs_.get(manifest));
  MC_TRY(const data::Manifest sealed, data::decode_manifest(upload));
  if (sealed.epoch != verdict.epoch) {
    return fail(Code::kRefused, "the upload " + manifest.hex() + " was sealed for key epoch " +
                                    std::to_string(sealed.epoch.value) + ", the verdict is of epoch " +
                                    std::to_string(verdict.epoch.value));
  }
  return blobs_.create_record(kVerdictArea, manifest.hex() + "-" + std::to_string(verdict.custodian.value), bytes);
}

Result<Bytes> StoreEpochs::keys(std::uint64_t epoch) const {
  MC_TRY_STATUS(frame(epoch));
  auto bytes = blobs_.get_record(kKeyArea, std::to_string(epoch));
  if (!bytes && bytes.error().code == Code::kNotFound) {
    return fail(Code::kUnavailable, "the collective keys of epoch " + std::to_string(epoch) + " are not ready yet");
  }
  return bytes;
}

Status StoreEpochs::put_keys(std::uint64_t epoch, ByteView bytes) {
  MC_TRY(const Frame known, frame(epoch));
  MC_TRY(const client::CollectiveKeys keys, client::decode_collective_keys(bytes, *params_));
  MC_TRY_STATUS(client::check_collective_keys(keys, *params_, known.document.epoch, chain_));
  return blobs_.put_record(kKeyArea, std::to_string(epoch), bytes);
}

Result<Bytes> StoreEpochs::galois_key(std::uint64_t epoch, std::uint64_t element) const {
  MC_TRY_STATUS(frame(epoch));
  return blobs_.get_record(galois_area(epoch), std::to_string(element));
}

Status StoreEpochs::put_galois_key(std::uint64_t epoch, std::uint64_t element, ByteView bytes) {
  MC_TRY_STATUS(frame(epoch));
  MC_TRY(const Bytes record, blobs_.get_record(kKeyArea, std::to_string(epoch)));
  MC_TRY(const client::CollectiveKeys keys, client::decode_collective_keys(record, *params_));
  const std::pair<std::uint64_t, Hash256> named{element, sha256(bytes)};
  if (std::ranges::find(keys.galois, named) == keys.galois.end()) {
    return fail(Code::kRefused, "the bytes are not the key for Galois element " + std::to_string(element) +
                                    " that the custodians committed to");
  }
  return blobs_.put_record(galois_area(epoch), std::to_string(element), bytes);
}

Result<std::set<Hash256>> StoreEpochs::live_before(const client::CommonsDocument& next) const {
  const Hash256 dataset = governance::dataset_id(next.dataset);
  // What left with its owner is not carried on.
  MC_TRY(const governance::PublishedRanges ranges, chain_.published_ranges(dataset));
  std::map<Epoch, std::set<Hash256>> sealed;
  for (const governance::SlotRange& range : ranges.taking_part) {
    MC_TRY(const Bytes bytes, blobs_.get(range.manifest));
    MC_TRY(const data::Manifest manifest, data::decode_manifest(bytes));
    for (const data::ManifestEntry& entry : manifest.entries) sealed[manifest.epoch].insert(entry.blob);
  }
  std::set<Hash256> live;
  for (std::size_t i = 0; i < next.earlier.size(); ++i) {
    live.merge(sealed[next.earlier[i].epoch]);
    if (i + 1 == next.earlier.size()) break;
    // What came from further back is called otherwise by now.
    MC_TRY(const Bytes bytes, migration_manifest(next.earlier[i + 1].epoch.value));
    MC_TRY(const protocol::MigrationManifest moved, protocol::decode_migration_manifest(bytes));
    std::set<Hash256> now;
    for (const protocol::MigratedBlob& blob : moved.blobs) now.insert(blob.after);
    live = std::move(now);
  }
  return live;
}

/// Whoever asks for what is done already costs nothing.
Result<bool> StoreEpochs::has_carried(std::uint64_t epoch, const std::set<Hash256>& live) const {
  const auto bytes = migration_manifest(epoch);
  if (!bytes && bytes.error().code == Code::kUnavailable) return false;
  if (!bytes) return fail(bytes.error());
  MC_TRY(const protocol::MigrationManifest moved, protocol::decode_migration_manifest(*bytes));
  return protocol::names_all(moved, live);
}

Status StoreEpochs::carry(std::uint64_t epoch) {
  MC_TRY(const Frame next, frame(epoch));
  const std::lock_guard one_at_a_time(migrating_);
  MC_TRY(const std::set<Hash256> live, live_before(next.document));
  MC_TRY(const bool is_done, has_carried(epoch, live));
  if (is_done) return {};
  MC_TRY(const std::shared_ptr<const protocol::ApprovedMigration> approved, migration(next));
  MC_TRY(const fhe::MigrationKey key, migration_key(*approved, own_boards()));
  const fhe::Migration migration(params_, key);
  protocol::MigrationManifest manifest;
  manifest.ceremony = approved->ceremony();
  manifest.from = key.from;
  manifest.to = key.to;
  manifest.key = fhe::hash_migration_key(*params_, key);
  for (const Hash256& name : live) {
    MC_TRY(const Bytes before, blobs_.get(name));
    MC_TRY(const Bytes after, protocol::carry_blob(before, name, migration, *params_));
    manifest.blobs.push_back({name, sha256(after)});
    MC_TRY_STATUS(blobs_.put(manifest.blobs.back().after, after));
  }
  const protocol::CustodianIdentity signer(identity_);
  const Bytes bytes =
      protocol::encode_migration_manifest(protocol::sign_migration_manifest(signer, std::move(manifest)));
  MC_TRY_STATUS(blobs_.put_record(kManifestArea, std::to_string(epoch), bytes));
  log_info(std::to_string(live.size()) + " blobs carried over to key epoch " + std::to_string(epoch));
  return {};
}

Result<Bytes> StoreEpochs::migration_manifest(std::uint64_t epoch) const {
  auto bytes = blobs_.get_record(kManifestArea, std::to_string(epoch));
  if (!bytes && bytes.error().code == Code::kNotFound) {
    return fail(Code::kUnavailable, "nothing has been carried over to key epoch " + std::to_string(epoch) + " yet");
  }
  return bytes;
}

}  // namespace mc::node
