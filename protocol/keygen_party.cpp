// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_party.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "protocol/keygen_bodies.hpp"
#include "protocol/keygen_inbox.hpp"

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

}  // namespace

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
  KeygenInbox inbox;

  Phase phase = Phase::kStart;
  std::optional<Error> failed;
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
  std::set<CustodianId> not_on_chain;  // whose commitment the present phase lacks

  Impl(KeygenSetup s, CustodianId c, CustodianIdentity i, const SecretKey256& m)
      : setup(std::move(s)), self(c), identity(std::move(i)), master(m.copy()), inbox(setup, c) {}

  [[nodiscard]] const fhe::CommitteeShape& shape() const { return setup.shape; }
  [[nodiscard]] const fhe::Params& params() const { return *setup.params; }
  [[nodiscard]] SecretKey256 own_contribution(fhe::PieceId piece) const {
    Writer context;
    context.hash(inbox.ceremony());
    context.u64(piece.value);
    return derive_key(master, "medcommons/keygen/contribution/v1", context.bytes());
  }

  [[nodiscard]] std::vector<BoardSlot> missing() const;
  void post(KeygenStep& step, Round round, std::uint64_t subject, Bytes body);

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

std::vector<BoardSlot> KeygenParty::Impl::missing() const {
  switch (phase) {
    case Phase::kContributionCommits:
      return inbox.missing(Round::kContributionCommit);
    case Phase::kContributionReveals:
      return inbox.missing(Round::kContributionReveal);
    case Phase::kShareCommits:
      return inbox.missing(Round::kShareCommit);
    case Phase::kShareReveals:
      return inbox.missing(Round::kShareReveal);
    case Phase::kRelinCommits:
      return inbox.missing(Round::kRelinCommit);
    case Phase::kRelinReveals:
      return inbox.missing(Round::kRelinReveal);
    default:
      return {};
  }
}

void KeygenParty::Impl::post(KeygenStep& step, Round round, std::uint64_t subject, Bytes body) {
  const BoardSlot slot{round, self, subject};
  inbox.record_own(slot, body);
  step.messages.push_back(sign_board_message(identity, inbox.ceremony(), slot, std::move(body)));
}

void KeygenParty::Impl::reveal(KeygenStep& step, Round round) {
  for (auto& [slot, body] : to_reveal) post(step, round, slot.subject, std::move(body));
  to_reveal.clear();
}

void KeygenParty::Impl::commit_contributions(KeygenStep& step) {
  std::vector<Hash256> commitments;
  for (const fhe::PieceId piece : shape().pieces_of(self)) {
    commitments.push_back(commit_contribution(own_contribution(piece), inbox.ceremony(), self, piece, setup.epoch));
  }
  post(step, Round::kContributionCommit, 0, encode_hash_list(commitments));
}

Status KeygenParty::Impl::reveal_contributions(KeygenStep& step) {
  MC_TRY(contribution_commits, inbox.take_hash_lists(Round::kContributionCommit, 0, 1));
  for (const CustodianId recipient : setup.everyone()) {
    if (recipient == self) continue;
    SecretBytes content;
    for (const fhe::PieceId piece : setup.shared_pieces(self, recipient)) {
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
  const std::vector<fhe::PieceId> shared = setup.shared_pieces(self, from);
  const auto position = static_cast<std::size_t>(std::ranges::find(shared, piece) - shared.begin());
  SecretKey256 contribution(std::span(opened[from.value]).subspan(32 * position).first<32>());
  const std::vector<fhe::PieceId> theirs = shape().pieces_of(from);
  const auto index = static_cast<std::size_t>(std::ranges::find(theirs, piece) - theirs.begin());
  if (commit_contribution(contribution, inbox.ceremony(), from, piece, setup.epoch) !=
      contribution_commits[from.value][index]) {
    return fail(Code::kRefused, custodian_text(from) + " revealed another contribution to the " +
                                    fhe::piece_text(piece) + " than it had committed to");
  }
  return contribution;
}

Status KeygenParty::Impl::derive_seeds(KeygenStep& step) {
  std::vector<SecretBytes> opened(shape().custodians());
  for (const CustodianId from : setup.everyone()) {
    if (from == self) continue;
    const BoardSlot slot{Round::kContributionReveal, from, self.value};
    auto content = identity.open(inbox.take(slot));
    const std::size_t expected = 32 * setup.shared_pieces(self, from).size();
    if (!content || content->size() != expected) {
      return fail(Code::kRefused, custodian_text(from) + " sent contributions that we cannot open or that are not " +
                                      std::to_string(expected) + " bytes");
    }
    opened[from.value] = std::move(*content);
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
  not_on_chain.clear();
  std::vector<Hash256> agreed;
  for (const fhe::PieceId piece : shape().pieces()) {
    std::optional<std::pair<CustodianId, Hash256>> first;
    if (own.contains(piece)) first.emplace(self, own.at(piece));
    for (const CustodianId holder : shape().holders(piece)) {
      const auto fact = facts.piece_commitments.find({piece, holder});
      if (fact == facts.piece_commitments.end()) {
        complete = false;
        not_on_chain.insert(holder);
        continue;
      }
      if (!first) first.emplace(holder, fact->second);
      if (first->second == fact->second) continue;
      return fail(Code::kRefused,
                  "commitments on chain to the " + fhe::piece_text(piece) + " differ: " + custodian_text(first->first) +
                      (first->first == self ? " (this one) computed " : " committed to ") + first->second.hex() +
                      ", on chain " + custodian_text(holder) + " committed to " + fact->second.hex());
    }
    if (first) agreed.push_back(first->second);
  }
  if (complete) piece_commitments = std::move(agreed);
  return complete;
}

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
  MC_TRY(share_commits, inbox.take_hash_lists(Round::kShareCommit, 0, 2));
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
    const Bytes body = inbox.take(slot);
    MC_TRY(const RevealedShares shares, decode_revealed_shares(body, "board message " + slot.name()));
    if (sha256(shares.public_key) != agreed_public[i] || sha256(shares.relin) != agreed_one[i]) {
      return fail(Code::kRefused, custodian_text(slot.sender) + " revealed other shares of the " +
                                      fhe::piece_text(piece) + " than all its holders had committed to");
    }
    MC_TRY(const auto public_share, fhe::decode_public_key_share(params(), setup.epoch, piece, shares.public_key));
    MC_TRY(const auto relin_share, fhe::decode_relin_share_one(params(), setup.epoch, piece, shares.relin));
    fhe::add_share(params(), public_sum, public_share);
    fhe::add_share(params(), sum_one, relin_share);
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
  MC_TRY(relin_commits, inbox.take_hash_lists(Round::kRelinCommit, 1, 1));
  for (const CustodianId c : setup.everyone()) {
    if (relin_commits[c.value][0] == relin_commits[self.value][0]) continue;
    return fail(Code::kRefused, custodian_text(c) + " computed the round-1 aggregate " +
                                    relin_commits[c.value][0].hex() + ", we computed " +
                                    relin_commits[self.value][0].hex());
  }
  MC_TRY(agreed_two, agreed_hashes(shape(), relin_commits, 1, 1, "relinearisation share of round 2"));
  reveal(step, Round::kRelinReveal);
  return {};
}

Status KeygenParty::Impl::assemble_keys(KeygenStep& step) {
  for (std::size_t i = 0; i < shape().pieces().size(); ++i) {
    const fhe::PieceId piece = shape().pieces()[i];
    if (shape().holds(self, piece)) continue;
    const BoardSlot slot{Round::kRelinReveal, shape().lowest_holder(piece), piece.value};
    const Bytes body = inbox.take(slot);
    if (sha256(body) != agreed_two[i]) {
      return fail(Code::kRefused, custodian_text(slot.sender) + " revealed another round-2 share of the " +
                                      fhe::piece_text(piece) + " than all its holders had committed to");
    }
    MC_TRY(const auto share, fhe::decode_relin_share_two(params(), setup.epoch, piece, body));
    fhe::add_share(params(), sum_two, share);
  }
  keys.public_key = fhe::finish_public_key(public_sum, common);
  keys.relin_key = fhe::finish_relin_key(sum_one, sum_two);
  keys.public_key.epoch = keys.relin_key.epoch = setup.epoch;
  Sha256 transcript("medcommons/keygen/transcript/v1");
  transcript.update(inbox.ceremony().view()).update(common_seed.view());
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
  not_on_chain.clear();
  for (const CustodianId c : setup.everyone()) {
    const auto fact = facts.key_commitments.find(c);
    if (fact == facts.key_commitments.end()) {
      complete = false;
      not_on_chain.insert(c);
    } else if (fact->second != keys.commitment) {
      return fail(Code::kRefused, "keys differ: " + custodian_text(c) + " committed on chain to " + fact->second.hex() +
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

KeygenParty::KeygenParty(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KeygenParty::KeygenParty(KeygenParty&&) noexcept = default;
KeygenParty& KeygenParty::operator=(KeygenParty&&) noexcept = default;
KeygenParty::~KeygenParty() = default;

Result<KeygenParty> KeygenParty::create(KeygenSetup setup, CustodianId self, CustodianIdentity identity,
                                        const SecretKey256& master) {
  MC_CHECK(setup.params != nullptr);
  MC_TRY_STATUS(setup.check(self, identity.public_identity()));
  return KeygenParty(std::make_unique<Impl>(std::move(setup), self, std::move(identity), master));
}

Status KeygenParty::receive(BoardMessage message) {
  return impl_->inbox.receive(std::move(message));
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
  const auto list = [](std::string text, const auto& custodians) {
    for (const CustodianId c : custodians) text += (text.back() == 'r' ? " " : ", ") + custodian_text(c);
    return text;
  };
  std::set<CustodianId> senders;
  const std::vector<BoardSlot> slots = impl_->missing();
  for (const BoardSlot& slot : slots) senders.insert(slot.sender);
  if (!slots.empty())
    return list("waiting, in round " + std::string(round_name(slots.front().round)) + ", for", senders);
  switch (impl_->phase) {
    case Phase::kPieceCommitments:
      return list("waiting, for piece commitments on chain, for", impl_->not_on_chain);
    case Phase::kKeyCommitments:
      return list("waiting, for key commitments on chain, for", impl_->not_on_chain);
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
