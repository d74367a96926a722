// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_party.hpp"

#include <algorithm>

#include "protocol/keygen_bodies.hpp"

namespace mc::protocol {
namespace {

enum class Phase : std::uint8_t {
  kStart,
  kContributionCommits,
  kContributionReveals,
  kPieceCommitments,
  kShareCommits,
  kShareReveals,
  kRelinCommits,
  kRelinReveals,
  kKeyCommitments,
  kFinished,
};

std::string who(CustodianId custodian) {
  return "custodian " + std::to_string(custodian.value);
}

}  // namespace

Hash256 KeygenSetup::ceremony() const {
  Sha256 hash("medcommons/keygen/ceremony/v1");
  hash.update(commons.view()).update_u64(shape.custodians()).update_u64(shape.threshold()).update_u64(epoch.value);
  hash.update(params->id().view());
  for (const PublicIdentity& identity : identities) hash.update(hash_public_identity(identity).view());
  return hash.finish();
}

Hash256 hash_keys(const fhe::Params& params, const fhe::PublicKey& public_key, const fhe::RelinKey& relin_key) {
  Writer writer;
  fhe::write_public_key(writer, public_key, params);
  fhe::write_relin_key(writer, relin_key, params);
  return Sha256("medcommons/keys/v1").update(writer.bytes()).finish();
}

Hash256 key_commitment(const Hash256& keys, const Hash256& transcript) {
  return Sha256("medcommons/keys/commitment/v1").update(keys.view()).update(transcript.view()).finish();
}

struct KeygenParty::Impl {
  KeygenSetup setup;
  CustodianId self;
  CustodianIdentity identity;
  SecretKey256 master;
  Hash256 ceremony;

  Phase phase = Phase::kStart;
  std::optional<Error> failed;
  std::map<BoardSlot, Hash256> seen;     // hash of every accepted message's body, our own too
  std::map<BoardSlot, Bytes> bodies;     // bodies not used up yet
  std::map<BoardSlot, Bytes> to_reveal;  // our own reveals, made together with their commitment

  std::vector<std::vector<Hash256>> contribution_commits, share_commits, relin_commits;  // by custodian
  std::vector<fhe::PieceSeed> seeds;       // of our pieces, in piece order
  std::vector<fhe::SecretPoly> secrets;    // same order
  std::vector<Hash256> piece_commitments;  // of all pieces, in piece order
  Hash256 common_seed;
  fhe::CommonRandom common;
  fhe::PublicKeyShare public_sum;
  fhe::RelinShareOne sum_one;
  fhe::RelinShareTwo sum_two;
  std::vector<Hash256> agreed_public, agreed_one, agreed_two;  // share hashes in piece order
  KeySet keys;

  Impl(KeygenSetup s, CustodianId c, CustodianIdentity i, const SecretKey256& m)
      : setup(std::move(s)), self(c), identity(std::move(i)), master(m.copy()), ceremony(setup.ceremony()) {}

  [[nodiscard]] const fhe::CommitteeShape& shape() const { return setup.shape; }
  [[nodiscard]] const fhe::Params& params() const { return *setup.params; }
  [[nodiscard]] std::vector<CustodianId> everyone() const {
    std::vector<CustodianId> all;
    for (std::uint32_t c = 0; c < shape().custodians(); ++c) all.emplace_back(static_cast<std::uint8_t>(c));
    return all;
  }
  [[nodiscard]] std::vector<fhe::PieceId> shared_pieces(CustodianId a, CustodianId b) const {
    std::vector<fhe::PieceId> shared;
    for (const fhe::PieceId piece : shape().pieces()) {
      if (shape().holds(a, piece) && shape().holds(b, piece)) shared.push_back(piece);
    }
    return shared;
  }
  [[nodiscard]] SecretKey256 own_contribution(fhe::PieceId piece) const {
    Writer context;
    context.hash(ceremony);
    context.u64(piece.value);
    return derive_key(master, "medcommons/keygen/contribution/v1", context.bytes());
  }

  [[nodiscard]] Status check_slot(const BoardMessage& message) const;
  [[nodiscard]] bool is_for_us(const BoardSlot& slot) const;
  [[nodiscard]] std::vector<BoardSlot> missing() const;
  void post(KeygenStep& step, Round round, std::uint64_t subject, Bytes body);
  Result<std::vector<std::vector<Hash256>>> take_hash_lists(Round round, std::size_t fixed, std::size_t per_piece);

  Result<bool> move(const ChainFacts& facts, KeygenStep& step);
  void commit_contributions(KeygenStep& step);
  Status reveal_contributions(KeygenStep& step);
  Status derive_seeds(KeygenStep& step);
  Result<SecretKey256> contribution_of(CustodianId from, fhe::PieceId piece, std::span<const SecretBytes> opened) const;
  Result<bool> check_piece_commitments(const ChainFacts& facts);
  void make_round_one(KeygenStep& step);
  Status compare_round_one(KeygenStep& step);
  Status aggregate_round_one();
  void make_round_two(KeygenStep& step);
  Status compare_round_two(KeygenStep& step);
  Status assemble_keys(KeygenStep& step);
  Result<bool> check_key_commitments(const ChainFacts& facts);
  void reveal(KeygenStep& step, Round round);
};

// --- messages
// ---------------------------------------------------------------------------------------------------------

Status KeygenParty::Impl::check_slot(const BoardMessage& message) const {
  const BoardSlot& slot = message.slot;
  if (message.ceremony != ceremony) {
    return fail(Code::kRefused, "board message " + slot.name() + " belongs to ceremony " + message.ceremony.hex() +
                                    ", this is ceremony " + ceremony.hex());
  }
  bool possible = shape().is_custodian(slot.sender);
  switch (slot.round) {
    case Round::kContributionReveal:
      possible = possible && slot.subject < shape().custodians() && slot.subject != slot.sender.value;
      break;
    case Round::kShareReveal:
    case Round::kRelinReveal:
      possible = possible && shape().is_piece(fhe::PieceId(slot.subject)) &&
                 shape().lowest_holder(fhe::PieceId(slot.subject)) == slot.sender;
      break;
    default:
      possible = possible && slot.subject == 0;
  }
  if (!possible)
    return fail(Code::kRefused, "board slot " + slot.name() + " does not exist in a " + shape().text() + " ceremony");
  if (message.body.size() > board_body_bytes_max(params(), shape())) {
    return fail(Code::kLimit, "board message " + slot.name() + " has " + std::to_string(message.body.size()) +
                                  " bytes, the limit is " + std::to_string(board_body_bytes_max(params(), shape())));
  }
  return {};
}

// Sealed boxes of others are unreadable to us, and shares of our own pieces we compute ourselves.
bool KeygenParty::Impl::is_for_us(const BoardSlot& slot) const {
  switch (slot.round) {
    case Round::kContributionReveal:
      return slot.subject == self.value;
    case Round::kShareReveal:
    case Round::kRelinReveal:
      return !shape().holds(self, fhe::PieceId(slot.subject));
    default:
      return true;
  }
}

Status KeygenParty::receive(BoardMessage message) {
  Impl& me = *impl_;
  MC_TRY_STATUS(me.check_slot(message));
  if (!verify_board_message(me.setup.identities[message.slot.sender.value], message)) {
    return fail(Code::kRefused,
                "board message " + message.slot.name() + " is not signed by " + who(message.slot.sender));
  }
  const Hash256 hash = sha256(message.body);
  const auto known = me.seen.find(message.slot);
  if (known != me.seen.end()) {
    if (known->second == hash) return {};
    return fail(Code::kConflict,
                who(message.slot.sender) + " has signed two different messages for board slot " + message.slot.name());
  }
  // Our own messages of before a restart: we say them again ourselves, and compare when they come back.
  if (message.slot.sender == me.self || !me.is_for_us(message.slot)) return {};
  me.seen.emplace(message.slot, hash);
  me.bodies.emplace(message.slot, std::move(message.body));
  return {};
}

std::vector<BoardSlot> KeygenParty::Impl::missing() const {
  std::vector<BoardSlot> slots;
  const auto want = [&](const BoardSlot& slot) {
    if (!seen.contains(slot)) slots.push_back(slot);
  };
  const auto want_commits = [&](Round round) {
    for (const CustodianId c : everyone()) want({round, c, 0});
  };
  const auto want_reveals = [&](Round round) {
    for (const fhe::PieceId piece : shape().pieces()) {
      const BoardSlot slot{round, shape().lowest_holder(piece), piece.value};
      if (is_for_us(slot)) want(slot);
    }
  };
  switch (phase) {
    case Phase::kContributionCommits:
      want_commits(Round::kContributionCommit);
      break;
    case Phase::kContributionReveals:
      for (const CustodianId c : everyone()) {
        if (c != self) want({Round::kContributionReveal, c, self.value});
      }
      break;
    case Phase::kShareCommits:
      want_commits(Round::kShareCommit);
      break;
    case Phase::kShareReveals:
      want_reveals(Round::kShareReveal);
      break;
    case Phase::kRelinCommits:
      want_commits(Round::kRelinCommit);
      break;
    case Phase::kRelinReveals:
      want_reveals(Round::kRelinReveal);
      break;
    default:
      break;
  }
  return slots;
}

void KeygenParty::Impl::post(KeygenStep& step, Round round, std::uint64_t subject, Bytes body) {
  const BoardSlot slot{round, self, subject};
  seen.emplace(slot, sha256(body));
  if (is_for_us(slot) && subject == 0) bodies.emplace(slot, body);
  step.messages.push_back(sign_board_message(identity, ceremony, slot, std::move(body)));
}

// The hash lists of one commit round, by custodian: `fixed` hashes, then `per_piece` for each piece of the sender.
Result<std::vector<std::vector<Hash256>>> KeygenParty::Impl::take_hash_lists(Round round, std::size_t fixed,
                                                                             std::size_t per_piece) {
  std::vector<std::vector<Hash256>> lists;
  for (const CustodianId c : everyone()) {
    const BoardSlot slot{round, c, 0};
    const std::string what = "board message " + slot.name();
    const std::size_t count = fixed + per_piece * shape().pieces_of(c).size();
    MC_TRY(std::vector<Hash256> list, decode_hash_list(bodies.at(slot), count, what));
    lists.push_back(std::move(list));
    bodies.erase(slot);
  }
  return lists;
}

void KeygenParty::Impl::reveal(KeygenStep& step, Round round) {
  for (auto& [slot, body] : to_reveal) post(step, round, slot.subject, std::move(body));
  to_reveal.clear();
}

// --- seeds
// ------------------------------------------------------------------------------------------------------------

void KeygenParty::Impl::commit_contributions(KeygenStep& step) {
  std::vector<Hash256> commitments;
  for (const fhe::PieceId piece : shape().pieces_of(self)) {
    commitments.push_back(commit_contribution(own_contribution(piece), ceremony, self, piece, setup.epoch));
  }
  post(step, Round::kContributionCommit, 0, encode_hash_list(commitments));
}

Status KeygenParty::Impl::reveal_contributions(KeygenStep& step) {
  MC_TRY(contribution_commits, take_hash_lists(Round::kContributionCommit, 0, 1));
  for (const CustodianId recipient : everyone()) {
    if (recipient == self) continue;
    SecretBytes content;
    for (const fhe::PieceId piece : shared_pieces(self, recipient)) {
      const SecretKey256 contribution = own_contribution(piece);
      content.insert(content.end(), contribution.expose().begin(), contribution.expose().end());
    }
    MC_TRY(Bytes box, identity.seal(setup.identities[recipient.value], content));
    post(step, Round::kContributionReveal, recipient.value, std::move(box));
  }
  return {};
}

// `opened[c]`: what custodian c has revealed to us, its contributions to our shared pieces in piece order.
Result<SecretKey256> KeygenParty::Impl::contribution_of(CustodianId from, fhe::PieceId piece,
                                                        std::span<const SecretBytes> opened) const {
  if (from == self) return own_contribution(piece);
  const std::vector<fhe::PieceId> shared = shared_pieces(self, from);
  const auto position = static_cast<std::size_t>(std::ranges::find(shared, piece) - shared.begin());
  SecretKey256 contribution(std::span(opened[from.value]).subspan(32 * position).first<32>());
  const std::vector<fhe::PieceId> theirs = shape().pieces_of(from);
  const auto index = static_cast<std::size_t>(std::ranges::find(theirs, piece) - theirs.begin());
  if (commit_contribution(contribution, ceremony, from, piece, setup.epoch) !=
      contribution_commits[from.value][index]) {
    return fail(Code::kRefused, who(from) + " revealed another contribution to the " + fhe::piece_text(piece) +
                                    " than it had committed to");
  }
  return contribution;
}

Status KeygenParty::Impl::derive_seeds(KeygenStep& step) {
  std::vector<SecretBytes> opened(shape().custodians());
  for (const CustodianId from : everyone()) {
    if (from == self) continue;
    const BoardSlot slot{Round::kContributionReveal, from, self.value};
    auto content = identity.open(bodies.at(slot));
    const std::size_t expected = 32 * shared_pieces(self, from).size();
    if (!content || content->size() != expected) {
      return fail(Code::kRefused, who(from) + " sent contributions that we cannot open or that are not " +
                                      std::to_string(expected) + " bytes");
    }
    opened[from.value] = std::move(*content);
    bodies.erase(slot);
  }
  for (const fhe::PieceId piece : shape().pieces_of(self)) {
    std::vector<SecretKey256> contributions;
    for (const CustodianId holder : shape().holders(piece)) {
      MC_TRY(SecretKey256 contribution, contribution_of(holder, piece, opened));
      contributions.push_back(std::move(contribution));
    }
    seeds.push_back(fhe::derive_piece_seed(piece, setup.epoch, contributions));
    step.actions.push_back({ChainAction::Kind::kCommitPiece, piece, fhe::commit_piece(seeds.back())});
  }
  return {};
}

// True when every holder of every piece has committed to the same seed. Our own commitments on chain bind us as well: a
// restart that would lead to other seeds, hence to a second answer in round 2, stops here (R4).
Result<bool> KeygenParty::Impl::check_piece_commitments(const ChainFacts& facts) {
  std::map<fhe::PieceId, Hash256> own;
  for (const fhe::PieceSeed& seed : seeds) own.emplace(seed.piece, fhe::commit_piece(seed));
  bool complete = true;
  std::vector<Hash256> agreed;
  for (const fhe::PieceId piece : shape().pieces()) {
    std::optional<std::pair<CustodianId, Hash256>> first;
    if (own.contains(piece)) first.emplace(self, own.at(piece));
    for (const CustodianId holder : shape().holders(piece)) {
      const auto fact = facts.piece_commitments.find({piece, holder});
      if (fact == facts.piece_commitments.end()) {
        complete = false;
        continue;
      }
      if (!first) first.emplace(holder, fact->second);
      if (first->second == fact->second) continue;
      return fail(Code::kRefused,
                  "commitments on chain to the " + fhe::piece_text(piece) + " differ: " + who(first->first) +
                      (first->first == self ? " (this one) computed " : " committed to ") + first->second.hex() +
                      ", on chain " + who(holder) + " committed to " + fact->second.hex());
    }
    if (first) agreed.push_back(first->second);
  }
  if (complete) piece_commitments = std::move(agreed);
  return complete;
}

// --- shares
// -----------------------------------------------------------------------------------------------------------

void KeygenParty::Impl::make_round_one(KeygenStep& step) {
  common_seed = fhe::common_random_seed(params(), shape(), setup.epoch, piece_commitments);
  common = fhe::expand_common_random(params(), common_seed);
  std::vector<Hash256> hashes;
  for (const fhe::PieceSeed& seed : seeds) {
    secrets.push_back(fhe::piece_secret(params(), seed));
    const auto public_share = fhe::make_public_key_share(params(), seed, secrets.back(), common);
    const auto relin_share = fhe::make_relin_share_one(params(), seed, secrets.back(), common);
    const Bytes public_bytes = fhe::encode_share(params(), setup.epoch, seed.piece, public_share);
    const Bytes relin_bytes = fhe::encode_share(params(), setup.epoch, seed.piece, relin_share);
    hashes.push_back(sha256(public_bytes));
    hashes.push_back(sha256(relin_bytes));
    if (shape().lowest_holder(seed.piece) == self) {
      to_reveal[{Round::kShareReveal, self, seed.piece.value}] = encode_revealed_shares(public_bytes, relin_bytes);
    }
    fhe::add_share(params(), public_sum, public_share);
    fhe::add_share(params(), sum_one, relin_share);
  }
  post(step, Round::kShareCommit, 0, encode_hash_list(hashes));
}

Status KeygenParty::Impl::compare_round_one(KeygenStep& step) {
  MC_TRY(share_commits, take_hash_lists(Round::kShareCommit, 0, 2));
  MC_TRY(agreed_public, agreed_hashes(shape(), share_commits, 0, 2, "public key share"));
  MC_TRY(agreed_one, agreed_hashes(shape(), share_commits, 1, 2, "relinearisation share of round 1"));
  reveal(step, Round::kShareReveal);
  return {};
}

Status KeygenParty::Impl::aggregate_round_one() {
  for (std::size_t i = 0; i < shape().pieces().size(); ++i) {
    const fhe::PieceId piece = shape().pieces()[i];
    if (shape().holds(self, piece)) continue;  // added when we made it
    const BoardSlot slot{Round::kShareReveal, shape().lowest_holder(piece), piece.value};
    const std::string what = "board message " + slot.name();
    MC_TRY(const RevealedShares shares, decode_revealed_shares(bodies.at(slot), what));
    if (sha256(shares.public_key) != agreed_public[i] || sha256(shares.relin) != agreed_one[i]) {
      return fail(Code::kRefused, who(slot.sender) + " revealed other shares of the " + fhe::piece_text(piece) +
                                      " than all its holders had committed to");
    }
    MC_TRY(const auto public_share, fhe::decode_public_key_share(params(), setup.epoch, piece, shares.public_key));
    MC_TRY(const auto relin_share, fhe::decode_relin_share_one(params(), setup.epoch, piece, shares.relin));
    fhe::add_share(params(), public_sum, public_share);
    fhe::add_share(params(), sum_one, relin_share);
    bodies.erase(slot);
  }
  return {};
}

void KeygenParty::Impl::make_round_two(KeygenStep& step) {
  std::vector<Hash256> hashes{fhe::hash_aggregate(params(), sum_one)};
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    const auto share = fhe::make_relin_share_two(params(), seeds[i], secrets[i], common, sum_one);
    Bytes bytes = fhe::encode_share(params(), setup.epoch, seeds[i].piece, share);
    hashes.push_back(sha256(bytes));
    if (shape().lowest_holder(seeds[i].piece) == self) {
      to_reveal[{Round::kRelinReveal, self, seeds[i].piece.value}] = std::move(bytes);
    }
    fhe::add_share(params(), sum_two, share);
  }
  secrets.clear();
  post(step, Round::kRelinCommit, 0, encode_hash_list(hashes));
}

Status KeygenParty::Impl::compare_round_two(KeygenStep& step) {
  MC_TRY(relin_commits, take_hash_lists(Round::kRelinCommit, 1, 1));
  for (const CustodianId c : everyone()) {
    if (relin_commits[c.value][0] == relin_commits[self.value][0]) continue;
    return fail(Code::kRefused, who(c) + " computed the round-1 aggregate " + relin_commits[c.value][0].hex() +
                                    ", we computed " + relin_commits[self.value][0].hex());
  }
  MC_TRY(agreed_two, agreed_hashes(shape(), relin_commits, 1, 1, "relinearisation share of round 2"));
  reveal(step, Round::kRelinReveal);
  return {};
}

// --- keys
// -------------------------------------------------------------------------------------------------------------

Status KeygenParty::Impl::assemble_keys(KeygenStep& step) {
  for (std::size_t i = 0; i < shape().pieces().size(); ++i) {
    const fhe::PieceId piece = shape().pieces()[i];
    if (shape().holds(self, piece)) continue;
    const BoardSlot slot{Round::kRelinReveal, shape().lowest_holder(piece), piece.value};
    const Bytes& body = bodies.at(slot);
    if (sha256(body) != agreed_two[i]) {
      return fail(Code::kRefused, who(slot.sender) + " revealed another round-2 share of the " +
                                      fhe::piece_text(piece) + " than all its holders had committed to");
    }
    MC_TRY(const auto share, fhe::decode_relin_share_two(params(), setup.epoch, piece, body));
    fhe::add_share(params(), sum_two, share);
    bodies.erase(slot);
  }
  keys.public_key = fhe::finish_public_key(public_sum, common);
  keys.relin_key = fhe::finish_relin_key(sum_one, sum_two);
  Sha256 transcript("medcommons/keygen/transcript/v1");
  transcript.update(ceremony.view()).update(common_seed.view());
  for (const auto* lists : {&contribution_commits, &share_commits, &relin_commits}) {
    for (const std::vector<Hash256>& list : *lists) {
      for (const Hash256& hash : list) transcript.update(hash.view());
    }
  }
  for (const Hash256& commitment : piece_commitments) transcript.update(commitment.view());
  keys.transcript = transcript.finish();
  keys.keys = hash_keys(params(), keys.public_key, keys.relin_key);
  keys.commitment = key_commitment(keys.keys, keys.transcript);
  step.actions.push_back({ChainAction::Kind::kCommitKeys, {}, keys.commitment});
  common = {};
  public_sum = {};
  sum_one = {};
  sum_two = {};
  return {};
}

Result<bool> KeygenParty::Impl::check_key_commitments(const ChainFacts& facts) {
  bool complete = true;
  for (const CustodianId c : everyone()) {
    const auto fact = facts.key_commitments.find(c);
    if (fact == facts.key_commitments.end()) {
      complete = false;
    } else if (fact->second != keys.commitment) {
      return fail(Code::kRefused, "keys differ: " + who(c) + " committed on chain to " + fact->second.hex() +
                                      ", we computed " + keys.commitment.hex());
    }
  }
  return complete;
}

// One phase further, if everything for it is there.
Result<bool> KeygenParty::Impl::move(const ChainFacts& facts, KeygenStep& step) {
  if (phase == Phase::kFinished || !missing().empty()) return false;
  switch (phase) {
    case Phase::kStart:
      commit_contributions(step);
      break;
    case Phase::kContributionCommits:
      MC_TRY_STATUS(reveal_contributions(step));
      break;
    case Phase::kContributionReveals:
      MC_TRY_STATUS(derive_seeds(step));
      break;
    case Phase::kPieceCommitments: {
      MC_TRY(const bool complete, check_piece_commitments(facts));
      if (!complete) return false;
      make_round_one(step);
      break;
    }
    case Phase::kShareCommits:
      MC_TRY_STATUS(compare_round_one(step));
      break;
    case Phase::kShareReveals:
      MC_TRY_STATUS(aggregate_round_one());
      make_round_two(step);
      break;
    case Phase::kRelinCommits:
      MC_TRY_STATUS(compare_round_two(step));
      break;
    case Phase::kRelinReveals:
      MC_TRY_STATUS(assemble_keys(step));
      break;
    case Phase::kKeyCommitments: {
      MC_TRY(const bool complete, check_key_commitments(facts));
      if (!complete) return false;
      break;
    }
    case Phase::kFinished:
      break;
  }
  phase = static_cast<Phase>(static_cast<std::uint8_t>(phase) + 1);
  return true;
}

// --- public
// -----------------------------------------------------------------------------------------------------------

KeygenParty::KeygenParty(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KeygenParty::KeygenParty(KeygenParty&&) noexcept = default;
KeygenParty& KeygenParty::operator=(KeygenParty&&) noexcept = default;
KeygenParty::~KeygenParty() = default;

Result<KeygenParty> KeygenParty::create(KeygenSetup setup, CustodianId self, CustodianIdentity identity,
                                        const SecretKey256& master) {
  MC_CHECK(setup.params != nullptr);
  if (!setup.shape.is_custodian(self)) {
    return fail(Code::kInvalidArgument, who(self) + " does not exist in a " + setup.shape.text() + " committee");
  }
  if (setup.identities.size() != setup.shape.custodians()) {
    return fail(Code::kInvalidArgument,
                std::to_string(setup.identities.size()) + " identities for a " + setup.shape.text() + " committee");
  }
  for (std::size_t i = 0; i < setup.identities.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (setup.identities[i].sign_key == setup.identities[j].sign_key ||
          setup.identities[i].box_key == setup.identities[j].box_key) {
        return fail(Code::kInvalidArgument,
                    "custodians " + std::to_string(j) + " and " + std::to_string(i) + " have the same identity key");
      }
    }
  }
  if (setup.identities[self.value] != identity.public_identity()) {
    return fail(Code::kInvalidArgument,
                "the identity registered for " + who(self) + " is not the one of this key folder");
  }
  return KeygenParty(std::make_unique<Impl>(std::move(setup), self, std::move(identity), master));
}

Result<KeygenStep> KeygenParty::advance(const ChainFacts& facts) {
  if (impl_->failed) return fail(*impl_->failed);
  KeygenStep step;
  while (true) {
    auto moved = impl_->move(facts, step);
    if (!moved) {
      impl_->failed = moved.error().within("key generation, epoch " + std::to_string(impl_->setup.epoch.value));
      return fail(*impl_->failed);
    }
    if (!*moved) return step;
  }
}

std::vector<BoardSlot> KeygenParty::wanted() const {
  return impl_->failed ? std::vector<BoardSlot>{} : impl_->missing();
}

std::string KeygenParty::waiting_for() const {
  if (impl_->failed) return "stopped: " + impl_->failed->message;
  const std::vector<BoardSlot> slots = impl_->missing();
  if (!slots.empty()) {
    std::string text = "waiting for";
    for (const BoardSlot& slot : slots) text += " " + slot.name();
    return text;
  }
  switch (impl_->phase) {
    case Phase::kPieceCommitments:
      return "waiting for piece commitments on chain";
    case Phase::kKeyCommitments:
      return "waiting for key commitments on chain";
    case Phase::kFinished:
      return "finished";
    default:
      return "ready to advance";
  }
}

bool KeygenParty::finished() const {
  return impl_->phase == Phase::kFinished;
}

const KeySet& KeygenParty::keys() const {
  MC_CHECK(finished());
  return impl_->keys;
}

CustodianSecrets KeygenParty::secrets() const {
  MC_CHECK(finished());
  CustodianSecrets secrets{impl_->setup.shape,     impl_->self, impl_->setup.epoch, impl_->params().id(),
                           impl_->keys.commitment, {}};
  for (const fhe::PieceSeed& seed : impl_->seeds) secrets.seeds.push_back(seed.copy());
  return secrets;
}

}  // namespace mc::protocol
