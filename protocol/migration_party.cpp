// SPDX-License-Identifier: Apache-2.0
#include "protocol/migration_party.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "protocol/keygen_bodies.hpp"

namespace mc::protocol {
namespace {

constexpr std::size_t kWantedMax = 4;  // large messages wanted at once

bool slot_exists(const ApprovedMigration& approved, const BoardSlot& slot) {
  if (!approved.takes_part(slot.sender) || slot.item != 0) return false;
  if (slot.round == Round::kMigrationCommit) return slot.subject == 0;
  const fhe::PieceId piece(slot.subject);
  return slot.round == Round::kMigrationReveal && approved.from().shape.is_piece(piece) &&
         approved.revealer(piece) == slot.sender;
}

Status check_message(const ApprovedMigration& approved, const BoardMessage& message, const Hash256& hash) {
  const BoardSlot& slot = message.slot;
  if (message.ceremony != approved.ceremony()) {
    return fail(Code::kRefused, "board message " + slot.name() + " belongs to ceremony " + message.ceremony.hex() +
                                    ", this migration is " + approved.ceremony().hex());
  }
  if (!slot_exists(approved, slot)) {
    return fail(Code::kRefused, "board slot " + slot.name() + " does not exist in this migration");
  }
  const std::size_t bytes_max = board_body_bytes_max(*approved.from().params, approved.from().shape);
  if (message.body.size() > bytes_max) {
    return fail(Code::kLimit, "board message " + slot.name() + " has " + std::to_string(message.body.size()) +
                                  " bytes, the limit is " + std::to_string(bytes_max));
  }
  if (!verify_board_message(approved.from().identities[slot.sender.value], message, hash)) {
    return fail(Code::kRefused, "board message " + slot.name() + " is not signed by " + custodian_text(slot.sender));
  }
  return {};
}

std::vector<BoardSlot> slots(const ApprovedMigration& approved, Round round) {
  std::vector<BoardSlot> all;
  if (round == Round::kMigrationCommit) {
    for (const CustodianId c : approved.participants()) all.push_back({round, c, 0});
  } else {
    for (const fhe::PieceId piece : approved.from().shape.pieces()) {
      all.push_back({round, approved.revealer(piece), piece.value});
    }
  }
  return all;
}

/// What the participating holders of every piece agree on. Only participants speak, so this is not agreed_hashes.
Result<std::map<fhe::PieceId, Hash256>> agree(const ApprovedMigration& approved,
                                              const std::map<CustodianId, std::vector<Hash256>>& lists) {
  std::map<fhe::PieceId, std::pair<CustodianId, Hash256>> first;
  for (const auto& [custodian, list] : lists) {
    const std::vector<fhe::PieceId> pieces = approved.from().shape.pieces_of(custodian);
    for (std::size_t p = 0; p < pieces.size(); ++p) {
      const auto [known, is_first] = first.emplace(pieces[p], std::pair{custodian, list[p]});
      if (is_first || known->second.second == list[p]) continue;
      return fail(Code::kRefused, "migration share of the " + fhe::piece_text(pieces[p]) + ": " +
                                      custodian_text(known->second.first) + " says " + known->second.second.hex() +
                                      ", " + custodian_text(custodian) + " says " + list[p].hex());
    }
  }
  std::map<fhe::PieceId, Hash256> agreed;
  for (const auto& [piece, saying] : first) agreed.emplace(piece, saying.second);
  return agreed;
}

Result<std::vector<Hash256>> read_commitments(const ApprovedMigration& approved, const BoardSlot& slot, ByteView body) {
  return decode_hash_list(body, approved.from().shape.pieces_of(slot.sender).size(), "board message " + slot.name());
}

/// Adds a revealed share that all participating holders had committed to.
Status add_revealed(const ApprovedMigration& approved, const BoardSlot& slot, ByteView body, const Hash256& hash,
                    const std::map<fhe::PieceId, Hash256>& agreed, fhe::MigrationShare& sum) {
  const fhe::PieceId piece(slot.subject);
  if (hash != agreed.at(piece)) {
    return fail(Code::kRefused, custodian_text(slot.sender) + " revealed another migration share of the " +
                                    fhe::piece_text(piece) + " than all its holders had committed to");
  }
  const fhe::Params& params = *approved.from().params;
  MC_TRY(fhe::MigrationShare share,
         fhe::decode_migration_share(params, approved.from().epoch, piece, approved.to().epoch, body));
  fhe::add_share(params, sum, std::move(share));
  return {};
}

enum class Phase : std::uint8_t { kStart, kCommits, kReveals, kFinished };

}  // namespace

struct MigrationParty::Impl {
  const ApprovedMigration& approved;
  CustodianId self;
  CustodianSigner signer;
  std::vector<fhe::PieceSeed> draws;             // migration_key_of our pieces, in piece order
  std::vector<fhe::PieceSecretKey> secret_keys;  // same order
  fhe::MigrationTarget target;

  Phase phase = Phase::kStart;
  std::optional<Error> failed;
  std::map<BoardSlot, Hash256> seen;  // hash of every accepted body, our own too
  std::map<BoardSlot, Bytes> bodies;  // not used yet
  std::map<CustodianId, std::vector<Hash256>> commitments;
  std::map<fhe::PieceId, Hash256> agreed;
  std::vector<std::size_t> to_reveal;  // indices of draws, the last one first
  fhe::MigrationShare sum;
  fhe::MigrationKey key;

  Impl(const ApprovedMigration& a, CustodianId s, CustodianSigner i)
      : approved(a), self(s), signer(std::move(i)), target(*a.from().params, a.next_key()) {}

  [[nodiscard]] const fhe::Params& params() const { return *approved.from().params; }
  [[nodiscard]] std::optional<Round> round() const {
    if (phase == Phase::kCommits) return Round::kMigrationCommit;
    if (phase == Phase::kReveals) return Round::kMigrationReveal;
    return std::nullopt;
  }
  /// Shares of our own pieces we compute ourselves.
  [[nodiscard]] bool is_for_us(const BoardSlot& slot) const {
    return slot.round == Round::kMigrationCommit || !approved.from().shape.holds(self, fhe::PieceId(slot.subject));
  }
  [[nodiscard]] std::vector<BoardSlot> missing() const {
    if (!round()) return {};
    std::vector<BoardSlot> all = slots(approved, *round());
    std::erase_if(all, [&](const BoardSlot& slot) { return !is_for_us(slot) || seen.contains(slot); });
    return all;
  }
  [[nodiscard]] fhe::SecretPoly secret_of(std::size_t index) const {
    return fhe::piece_secret(params(), secret_keys[index], {params().top_level().value, true});
  }
  [[nodiscard]] Bytes share_bytes(std::size_t index) const {
    const fhe::SecretPoly secret = secret_of(index);
    return fhe::encode_share(params(), approved.from().epoch, draws[index].piece, approved.to().epoch,
                             fhe::make_migration_share(params(), draws[index], secret, target));
  }

  void post(std::vector<BoardMessage>& out, const BoardSlot& slot, Bytes body) {
    const Hash256 hash = sha256(body);
    seen.emplace(slot, hash);
    out.push_back(sign_board_message(signer, approved.ceremony(), slot, std::move(body), hash));
  }

  void commit(std::vector<BoardMessage>& out);
  Status compare();
  Result<bool> exchange(std::vector<BoardMessage>& out);
  Result<bool> move(std::vector<BoardMessage>& out);
};

void MigrationParty::Impl::commit(std::vector<BoardMessage>& out) {
  std::vector<Hash256> hashes;
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const fhe::SecretPoly secret = secret_of(i);
    fhe::MigrationShare share = fhe::make_migration_share(params(), draws[i], secret, target);
    hashes.push_back(
        sha256(fhe::encode_share(params(), approved.from().epoch, draws[i].piece, approved.to().epoch, share)));
    fhe::add_share(params(), sum, std::move(share));
    if (approved.revealer(draws[i].piece) == self) to_reveal.insert(to_reveal.begin(), i);
  }
  commitments.emplace(self, hashes);
  post(out, {Round::kMigrationCommit, self, 0}, encode_hash_list(hashes));
}

Status MigrationParty::Impl::compare() {
  for (const CustodianId c : approved.participants()) {
    if (c == self) continue;
    const BoardSlot slot{Round::kMigrationCommit, c, 0};
    MC_TRY(std::vector<Hash256> list, read_commitments(approved, slot, bodies.extract(slot).mapped()));
    commitments.emplace(c, std::move(list));
  }
  MC_TRY(agreed, agree(approved, commitments));
  return {};
}

// One of our shares out (made again: the memory of one share at a time), or all that have come in. True when nothing is
// missing.
Result<bool> MigrationParty::Impl::exchange(std::vector<BoardMessage>& out) {
  if (!to_reveal.empty()) {
    const std::size_t index = to_reveal.back();
    to_reveal.pop_back();
    post(out, {Round::kMigrationReveal, self, draws[index].piece.value}, share_bytes(index));
    return false;
  }
  while (!bodies.empty()) {
    const auto node = bodies.extract(bodies.begin());
    MC_TRY_STATUS(add_revealed(approved, node.key(), node.mapped(), seen.at(node.key()), agreed, sum));
  }
  return missing().empty();
}

// One phase further, or one message, if everything for it is there.
Result<bool> MigrationParty::Impl::move(std::vector<BoardMessage>& out) {
  switch (phase) {
    case Phase::kStart:
      commit(out);
      break;
    case Phase::kCommits:
      if (!missing().empty()) return false;
      MC_TRY_STATUS(compare());
      break;
    case Phase::kReveals: {
      MC_TRY(const bool complete, exchange(out));
      if (!complete) return false;
      key = fhe::finish_migration_key(std::move(sum), approved.from().epoch, approved.to().epoch);
      break;
    }
    case Phase::kFinished:
      return false;
  }
  phase = static_cast<Phase>(static_cast<std::uint8_t>(phase) + 1);
  return true;
}

MigrationParty::MigrationParty(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MigrationParty::MigrationParty(MigrationParty&&) noexcept = default;
MigrationParty& MigrationParty::operator=(MigrationParty&&) noexcept = default;
MigrationParty::~MigrationParty() = default;

Result<MigrationParty> MigrationParty::create(const ApprovedMigration& approved, CustodianId self,
                                              CustodianSigner signer, const ReleaseState& state) {
  const KeygenSetup& from = approved.from();
  MC_TRY_STATUS(from.check());
  if (!from.shape.is_custodian(self) || from.identities[self.value].sign_key != signer.sign_key()) {
    return fail(Code::kInvalidArgument, custodian_text(self) + " is not registered with this signer");
  }
  if (!approved.takes_part(self)) {
    return fail(Code::kInvalidArgument, custodian_text(self) + " takes no part in this migration");
  }
  if (state.shape != from.shape || state.custodian != self || state.epoch != from.epoch ||
      state.params_id != from.params->id()) {
    return fail(Code::kInvalidArgument, "the secrets are of custodian " + std::to_string(state.custodian.value) +
                                            " of a " + state.shape.text() + " committee in key epoch " +
                                            std::to_string(state.epoch.value) + ", the migration is from epoch " +
                                            std::to_string(from.epoch.value));
  }
  MC_TRY_STATUS(check_release_state(*from.params, state));
  auto impl = std::make_unique<Impl>(approved, self, std::move(signer));
  for (const ReleaseState::Piece& piece : state.pieces) {
    impl->draws.push_back(fhe::migration_key_of(piece.secret));
    impl->secret_keys.push_back({piece.secret.piece, piece.secret.epoch, piece.secret.key.copy()});
  }
  return MigrationParty(std::move(impl));
}

Status MigrationParty::receive(BoardMessage message) {
  const Hash256 hash = sha256(message.body);
  MC_TRY_STATUS(check_message(impl_->approved, message, hash));
  const auto known = impl_->seen.find(message.slot);
  if (known != impl_->seen.end()) {
    if (known->second == hash) return {};
    return fail(Code::kConflict, custodian_text(message.slot.sender) +
                                     " has signed two different messages for board slot " + message.slot.name());
  }
  if (message.slot.sender == impl_->self || !impl_->is_for_us(message.slot)) return {};
  // Reveals that come before the comparison are asked for again: bytes count only against agreed hashes.
  if (message.slot.round == Round::kMigrationReveal && impl_->phase != Phase::kReveals) return {};
  impl_->seen.emplace(message.slot, hash);
  impl_->bodies.emplace(message.slot, std::move(message.body));
  return {};
}

Result<std::vector<BoardMessage>> MigrationParty::advance() {
  if (impl_->failed) return fail(*impl_->failed);
  std::vector<BoardMessage> out;
  while (true) {
    auto moved = impl_->move(out);
    if (!moved) {
      impl_->failed =
          moved.error().within("migration to key epoch " + std::to_string(impl_->approved.to().epoch.value));
      return fail(*impl_->failed);
    }
    if (!*moved) return out;
  }
}

std::vector<BoardSlot> MigrationParty::wanted() const {
  if (impl_->failed) return {};
  std::vector<BoardSlot> missing = impl_->missing();
  if (impl_->phase == Phase::kReveals && missing.size() > kWantedMax) missing.resize(kWantedMax);
  return missing;
}

bool MigrationParty::finished() const {
  return impl_->phase == Phase::kFinished;
}

const fhe::MigrationKey& MigrationParty::key() const {
  MC_CHECK(finished());
  return impl_->key;
}

Result<fhe::MigrationKey> verify_migration(const ApprovedMigration& approved, const BoardReader& board) {
  const auto read = [&](const BoardSlot& slot) -> Result<std::pair<Bytes, Hash256>> {
    auto message = board(slot);
    if (!message) return fail(message.error().within("board message " + slot.name()));
    if (message->slot != slot) {
      return fail(Code::kRefused,
                  "the board has the message " + message->slot.name() + " in the place of " + slot.name());
    }
    const Hash256 hash = sha256(message->body);
    MC_TRY_STATUS(check_message(approved, *message, hash));
    return std::pair{std::move(message->body), hash};
  };
  std::map<CustodianId, std::vector<Hash256>> commitments;
  for (const BoardSlot& slot : slots(approved, Round::kMigrationCommit)) {
    MC_TRY(const auto message, read(slot));
    MC_TRY(std::vector<Hash256> list, read_commitments(approved, slot, message.first));
    commitments.emplace(slot.sender, std::move(list));
  }
  MC_TRY(const auto agreed, agree(approved, commitments));
  fhe::MigrationShare sum;
  for (const BoardSlot& slot : slots(approved, Round::kMigrationReveal)) {
    MC_TRY(const auto message, read(slot));
    MC_TRY_STATUS(add_revealed(approved, slot, message.first, message.second, agreed, sum));
  }
  return fhe::finish_migration_key(std::move(sum), approved.from().epoch, approved.to().epoch);
}

}  // namespace mc::protocol
