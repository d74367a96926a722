// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_party.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "protocol/keygen_bodies.hpp"
#include "protocol/keygen_inbox.hpp"
#include "protocol/keygen_shares.hpp"

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
  kGaloisReveals,
  kKeyCommitments,
  kFinished,
};

enum class Exchange : std::uint8_t { kSaid, kWaiting, kComplete };

// A step with more than this leaves before more is done.
constexpr std::size_t kStepBytes = std::size_t{1} << 20;
// Large messages wanted at once.
constexpr std::size_t kWantedMax = 4;

bool is_large(const KeygenStep& step) {
  std::size_t bytes = 0;
  for (const BoardMessage& message : step.messages) bytes += message.body.size();
  return bytes > kStepBytes || !step.galois_keys.empty();
}

}  // namespace

struct KeygenParty::Impl {
  KeygenSetup setup;
  CustodianId self;
  CustodianIdentity identity;
  SecretKey256 master;
  KeygenInbox inbox;

  Phase phase = Phase::kStart;
  std::optional<Error> failed;

  KeygenRecord record;
  std::vector<fhe::PieceSeed> seeds;   // of our pieces, in piece order; theirs once there are shares
  std::optional<KeygenShares> shares;  // from the common random polynomials on
  fhe::PublicKeyShare public_sum;
  fhe::RelinShareOne sum_one;
  std::unique_ptr<const fhe::RelinAggregate> aggregate;
  fhe::RelinShareTwo sum_two;
  std::uint32_t galois_item = 0;
  std::unique_ptr<const fhe::GaloisCommon> galois_common;
  fhe::GaloisShare galois_sum;
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

  [[nodiscard]] std::optional<Round> round() const;
  [[nodiscard]] std::vector<BoardSlot> missing() const;
  [[nodiscard]] const std::vector<fhe::PieceSeed>& own_seeds() const { return shares ? shares->seeds() : seeds; }
  void post(KeygenStep& step, const BoardSlot& slot, Bytes body, const Hash256& hash);
  void post(KeygenStep& step, Round round, std::uint64_t subject, Bytes body) {
    const Hash256 hash = sha256(body);
    post(step, {round, self, subject}, std::move(body), hash);
  }

  Result<bool> move(const ChainFacts& facts, KeygenStep& step);
  Result<Exchange> exchange(KeygenStep& step);
  Status take_share(const KeygenInbox::Accepted& message);
  void commit_contributions(KeygenStep& step);
  Status reveal_contributions(KeygenStep& step);
  Status derive_seeds(KeygenStep& step);
  Result<SecretKey256> contribution_of(CustodianId from, fhe::PieceId piece, std::span<const SecretBytes> opened) const;
  Result<bool> check_piece_commitments(const ChainFacts& facts);
  void make_round_one(KeygenStep& step);
  Status compare_round_one();
  void make_round_two(KeygenStep& step);
  Status compare_round_two();
  void finish_relin_key();
  void begin_galois_key();
  void finish_galois_key(KeygenStep& step);
  void commit_keys(KeygenStep& step);
  Result<bool> check_key_commitments(const ChainFacts& facts);
};

std::optional<Round> KeygenParty::Impl::round() const {
  switch (phase) {
    case Phase::kContributionCommits:
      return Round::kContributionCommit;
    case Phase::kContributionReveals:
      return Round::kContributionReveal;
    case Phase::kShareCommits:
      return Round::kShareCommit;
    case Phase::kShareReveals:
      return Round::kShareReveal;
    case Phase::kRelinCommits:
      return Round::kRelinCommit;
    case Phase::kRelinReveals:
      return Round::kRelinReveal;
    case Phase::kGaloisReveals:
      return Round::kGaloisReveal;
    default:
      return std::nullopt;
  }
}

std::vector<BoardSlot> KeygenParty::Impl::missing() const {
  const std::optional<Round> now = round();
  return now ? inbox.missing(*now, galois_item) : std::vector<BoardSlot>{};
}

void KeygenParty::Impl::post(KeygenStep& step, const BoardSlot& slot, Bytes body, const Hash256& hash) {
  inbox.record_own(slot, body, hash);
  step.messages.push_back(sign_board_message(identity, inbox.ceremony(), slot, std::move(body), hash));
}

// Moves shares: one of ours out, or all in that have come.
Result<Exchange> KeygenParty::Impl::exchange(KeygenStep& step) {
  if (auto reveal = shares->next_reveal()) {
    post(step, reveal->slot, std::move(reveal->bytes), reveal->hash);
    return Exchange::kSaid;
  }
  while (const auto message = inbox.take_any(*round(), galois_item)) MC_TRY_STATUS(take_share(*message));
  return missing().empty() ? Exchange::kComplete : Exchange::kWaiting;
}

// The bytes must be those that all holders had committed to.
Status KeygenParty::Impl::take_share(const KeygenInbox::Accepted& message) {
  const BoardSlot& slot = message.slot;
  const fhe::PieceId piece(slot.subject);
  const auto index = static_cast<std::size_t>(std::ranges::find(shape().pieces(), piece) - shape().pieces().begin());
  MC_TRY_STATUS(record.check_reveal(setup, slot, index, message.hash));
  switch (slot.round) {
    case Round::kShareReveal:
      return slot.item == kPublicKeyItem
                 ? fhe::add_encoded_share(params(), setup.epoch, piece, message.body, public_sum)
                 : fhe::add_encoded_share(params(), setup.epoch, piece, message.body, sum_one);
    case Round::kRelinReveal:
      return fhe::add_encoded_share(params(), setup.epoch, piece, message.body, sum_two);
    default: {
      MC_TRY(fhe::GaloisShare share,
             fhe::decode_galois_share(params(), setup.epoch, piece, galois_common->galois_element, message.body));
      fhe::add_share(params(), galois_sum, std::move(share));
      return {};
    }
  }
}

void KeygenParty::Impl::commit_contributions(KeygenStep& step) {
  std::vector<Hash256> commitments;
  for (const fhe::PieceId piece : shape().pieces_of(self)) {
    commitments.push_back(commit_contribution(own_contribution(piece), inbox.ceremony(), self, piece, setup.epoch));
  }
  post(step, Round::kContributionCommit, 0, encode_hash_list(commitments));
}

Status KeygenParty::Impl::reveal_contributions(KeygenStep& step) {
  MC_TRY(record.contribution_commits, inbox.take_hash_lists(Round::kContributionCommit, 0, 1));
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
      record.contribution_commits[from.value][index]) {
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
  not_on_chain.clear();
  for (const fhe::PieceId piece : shape().pieces()) {
    for (const CustodianId holder : shape().holders(piece)) {
      if (!facts.piece_commitments.contains({piece, holder})) not_on_chain.insert(holder);
    }
  }
  for (const fhe::PieceSeed& seed : seeds) {
    const Hash256 own = fhe::commit_piece(seed);
    for (const CustodianId holder : shape().holders(seed.piece)) {
      const auto fact = facts.piece_commitments.find({seed.piece, holder});
      if (fact == facts.piece_commitments.end() || fact->second == own) continue;
      return fail(Code::kRefused, "commitments on chain to the " + fhe::piece_text(seed.piece) +
                                      " differ: " + custodian_text(self) + " (this one) computed " + own.hex() +
                                      ", on chain " + custodian_text(holder) + " committed to " + fact->second.hex());
    }
  }
  MC_TRY(std::optional<std::vector<Hash256>> agreed, agreed_piece_commitments(setup, facts));
  if (agreed) record.piece_commitments = std::move(*agreed);
  return agreed.has_value();
}

void KeygenParty::Impl::make_round_one(KeygenStep& step) {
  record.common_seed = fhe::common_random_seed(params(), shape(), setup.epoch, record.piece_commitments);
  shares.emplace(setup, self, std::move(seeds), record.common_seed);
  post(step, Round::kShareCommit, 0, encode_hash_list(shares->make_round_one(public_sum, sum_one)));
}

Status KeygenParty::Impl::compare_round_one() {
  MC_TRY(record.share_commits, inbox.take_hash_lists(Round::kShareCommit, 0, shares_per_piece(setup)));
  return record.agree_on_shares(setup);
}

void KeygenParty::Impl::make_round_two(KeygenStep& step) {
  shares->finish_round_one();
  aggregate = std::make_unique<const fhe::RelinAggregate>(params(), record.common_seed, std::move(sum_one));
  std::vector<Hash256> hashes{aggregate->hash()};
  std::ranges::copy(shares->make_round_two(*aggregate, sum_two), std::back_inserter(hashes));
  post(step, Round::kRelinCommit, 0, encode_hash_list(hashes));
}

Status KeygenParty::Impl::compare_round_two() {
  MC_TRY(record.relin_commits, inbox.take_hash_lists(Round::kRelinCommit, 1, 1));
  return record.agree_on_round_two(setup);
}

void KeygenParty::Impl::finish_relin_key() {
  keys.public_key = fhe::finish_public_key(std::move(public_sum), shares->common());
  keys.relin_key = fhe::finish_relin_key(aggregate->seed(), std::move(sum_two));
  keys.public_key.epoch = keys.relin_key.epoch = setup.epoch;
  keys.hashes.public_key = hash_public_key(params(), keys.public_key);
  keys.hashes.relin_key = hash_relin_key(params(), keys.relin_key);
  shares->finish_round_two();
  aggregate.reset();
}

void KeygenParty::Impl::begin_galois_key() {
  galois_common = std::make_unique<const fhe::GaloisCommon>(
      fhe::expand_galois_common(params(), record.common_seed, setup.galois_elements[galois_item]));
  shares->make_galois(*galois_common, galois_item, galois_sum);
}

void KeygenParty::Impl::finish_galois_key(KeygenStep& step) {
  fhe::GaloisKey key = fhe::finish_galois_key(std::move(galois_sum), *galois_common, setup.epoch);
  keys.hashes.galois.emplace_back(key.galois_element, fhe::hash_galois_key(params(), key));
  step.galois_keys.push_back(std::move(key));
  galois_sum = {};
  galois_common.reset();
  ++galois_item;
}

void KeygenParty::Impl::commit_keys(KeygenStep& step) {
  keys.transcript = record.transcript(inbox.ceremony());
  keys.commitment = key_commitment(keys.hashes.all(), keys.transcript);
  step.actions.push_back({ChainAction::Kind::kCommitKeys, {}, keys.commitment});
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

// One phase further, or one message or key, if everything for it is there.
Result<bool> KeygenParty::Impl::move(const ChainFacts& facts, KeygenStep& step) {
  switch (phase) {
    case Phase::kStart:
      commit_contributions(step);
      break;
    case Phase::kContributionCommits:
      if (!missing().empty()) return false;
      MC_TRY_STATUS(reveal_contributions(step));
      break;
    case Phase::kContributionReveals:
      if (!missing().empty()) return false;
      MC_TRY_STATUS(derive_seeds(step));
      break;
    case Phase::kPieceCommitments: {
      MC_TRY(const bool complete, check_piece_commitments(facts));
      if (!complete) return false;
      make_round_one(step);
      break;
    }
    case Phase::kShareCommits:
      if (!missing().empty()) return false;
      MC_TRY_STATUS(compare_round_one());
      break;
    case Phase::kRelinCommits:
      if (!missing().empty()) return false;
      MC_TRY_STATUS(compare_round_two());
      break;
    case Phase::kShareReveals:
    case Phase::kRelinReveals: {
      MC_TRY(const Exchange exchanged, exchange(step));
      if (exchanged != Exchange::kComplete) return exchanged == Exchange::kSaid;
      if (phase == Phase::kShareReveals) {
        make_round_two(step);
      } else {
        finish_relin_key();
      }
      break;
    }
    case Phase::kGaloisReveals: {
      if (galois_item == setup.galois_elements.size()) {
        commit_keys(step);
        break;
      }
      if (!galois_common) begin_galois_key();
      MC_TRY(const Exchange exchanged, exchange(step));
      if (exchanged != Exchange::kComplete) return exchanged == Exchange::kSaid;
      finish_galois_key(step);
      return true;
    }
    case Phase::kKeyCommitments: {
      MC_TRY(const bool complete, check_key_commitments(facts));
      if (!complete) return false;
      break;
    }
    case Phase::kFinished:
      return false;
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
    if (!*moved || is_large(step)) return step;
  }
}

std::vector<BoardSlot> KeygenParty::wanted() const {
  if (impl_->failed) return {};
  std::vector<BoardSlot> slots = impl_->missing();
  const bool large = impl_->shares && impl_->phase != Phase::kShareCommits && impl_->phase != Phase::kRelinCommits;
  if (large && slots.size() > kWantedMax) slots.resize(kWantedMax);
  return slots;
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
  for (const fhe::PieceSeed& seed : impl_->own_seeds()) secrets.seeds.push_back(seed.copy());
  return secrets;
}

}  // namespace mc::protocol
