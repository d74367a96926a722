// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_transcript.hpp"

#include <algorithm>
#include <utility>

#include "protocol/keygen_bodies.hpp"
#include "protocol/keygen_inbox.hpp"

namespace mc::protocol {
namespace {

class Verification {
 public:
  Verification(const KeygenSetup& setup, const ChainFacts& facts, const BoardReader& read)
      : setup_(setup), facts_(facts), read_(read), ceremony_(setup.ceremony()) {}

  Result<VerifiedKeygen> run() {
    MC_TRY_STATUS(setup_.check());
    MC_TRY(record_.contribution_commits, hash_lists(Round::kContributionCommit, 0, 1));
    MC_TRY_STATUS(check_boxes());
    MC_TRY_STATUS(check_piece_commitments());
    MC_TRY(record_.share_commits, hash_lists(Round::kShareCommit, 0, shares_per_piece(setup_)));
    MC_TRY_STATUS(record_.agree_on_shares(setup_));
    MC_TRY_STATUS(sum_relin_key());
    MC_TRY_STATUS(sum_galois_keys());
    found_.transcript = record_.transcript(ceremony_);
    found_.commitment = key_commitment(found_.hashes.all(), found_.transcript);
    MC_TRY_STATUS(check_key_commitments());
    return std::move(found_);
  }

 private:
  [[nodiscard]] const fhe::Params& params() const { return *setup_.params; }

  struct Checked {
    Bytes body;
    Hash256 hash;
  };
  /// The message of a slot, signed by its sender for this slot and ceremony.
  Result<Checked> message(const BoardSlot& slot) {
    auto read = read_(slot);
    if (!read) return fail(read.error().within("board message " + slot.name()));
    BoardMessage message = std::move(*read);
    if (message.slot != slot) {
      return fail(Code::kRefused,
                  "the board has the message " + message.slot.name() + " in the place of " + slot.name());
    }
    const Hash256 hash = sha256(message.body);
    MC_TRY_STATUS(check_board_message(setup_, ceremony_, message, hash));
    ++found_.messages;
    found_.body_bytes += message.body.size();
    return Checked{std::move(message.body), hash};
  }

  Result<std::vector<std::vector<Hash256>>> hash_lists(Round round, std::size_t fixed, std::size_t per_piece) {
    std::vector<std::vector<Hash256>> lists;
    for (const BoardSlot& slot : keygen_slots(setup_, round)) {
      MC_TRY(const Checked checked, message(slot));
      const std::size_t count = fixed + per_piece * setup_.shape.pieces_of(slot.sender).size();
      MC_TRY(std::vector<Hash256> list, decode_hash_list(checked.body, count, "board message " + slot.name()));
      lists.push_back(std::move(list));
    }
    return lists;
  }

  /// Sealed contributions: there, signed, and of the size that the shared pieces need.
  Status check_boxes() {
    for (const BoardSlot& slot : keygen_slots(setup_, Round::kContributionReveal)) {
      MC_TRY(const Checked checked, message(slot));
      const CustodianId recipient(static_cast<std::uint8_t>(slot.subject));
      const std::size_t wanted = kSealBytes + 32 * setup_.shared_pieces(slot.sender, recipient).size();
      if (checked.body.size() != wanted) {
        return fail(Code::kRefused, "board message " + slot.name() + ": a box of " +
                                        std::to_string(checked.body.size()) + " bytes where the contributions of " +
                                        custodian_text(slot.sender) + " take " + std::to_string(wanted));
      }
    }
    return {};
  }

  Status check_piece_commitments() {
    MC_TRY(std::optional<std::vector<Hash256>> agreed, agreed_piece_commitments(setup_, facts_));
    if (!agreed) return fail(Code::kUnavailable, "not every holder of every piece has committed to it on chain yet");
    record_.piece_commitments = std::move(*agreed);
    record_.common_seed = fhe::common_random_seed(params(), setup_.shape, setup_.epoch, record_.piece_commitments);
    return {};
  }

  /// One revealed share that all holders of its piece had committed to.
  Result<Checked> share(const BoardSlot& slot) {
    MC_TRY(Checked checked, message(slot));
    const std::vector<fhe::PieceId>& pieces = setup_.shape.pieces();
    const auto index = std::ranges::find(pieces, fhe::PieceId(slot.subject)) - pieces.begin();
    MC_TRY_STATUS(record_.check_reveal(setup_, slot, static_cast<std::size_t>(index), checked.hash));
    return checked;
  }

  Status sum_relin_key() {
    fhe::PublicKeyShare public_sum;
    fhe::RelinShareOne sum_one;
    for (const BoardSlot& slot : keygen_slots(setup_, Round::kShareReveal)) {
      MC_TRY(const Checked checked, share(slot));
      const fhe::PieceId piece(slot.subject);
      MC_TRY_STATUS(slot.item == kPublicKeyItem
                        ? fhe::add_encoded_share(params(), setup_.epoch, piece, checked.body, public_sum)
                        : fhe::add_encoded_share(params(), setup_.epoch, piece, checked.body, sum_one));
    }
    const Hash256 aggregate = fhe::hash_aggregate(params(), std::exchange(sum_one, {}));
    MC_TRY(record_.relin_commits, hash_lists(Round::kRelinCommit, 1, 1));
    for (const CustodianId c : setup_.everyone()) {
      const Hash256& said = record_.relin_commits[c.value][0];
      if (said == aggregate) continue;
      return fail(Code::kRefused, custodian_text(c) + " computed the round-1 aggregate " + said.hex() +
                                      ", the shares on the board add up to " + aggregate.hex());
    }
    MC_TRY_STATUS(record_.agree_on_round_two(setup_));
    fhe::RelinShareTwo sum_two;
    for (const BoardSlot& slot : keygen_slots(setup_, Round::kRelinReveal)) {
      MC_TRY(const Checked checked, share(slot));
      MC_TRY_STATUS(fhe::add_encoded_share(params(), setup_.epoch, fhe::PieceId(slot.subject), checked.body, sum_two));
    }
    found_.public_key = {record_.common_seed, std::move(public_sum.b), setup_.epoch};
    found_.hashes.public_key = hash_public_key(params(), found_.public_key);
    const Hash256 seed = fhe::relin_key_seed(record_.common_seed, aggregate);
    found_.hashes.relin_key = hash_relin_key(params(), fhe::finish_relin_key(seed, std::move(sum_two)));
    return {};
  }

  Status sum_galois_keys() {
    const std::vector<BoardSlot> slots = keygen_slots(setup_, Round::kGaloisReveal);
    for (std::uint32_t item = 0; item < setup_.galois_elements.size(); ++item) {
      const std::uint64_t element = setup_.galois_elements[item];
      const fhe::GaloisCommon common = fhe::expand_galois_common(params(), record_.common_seed, element);
      fhe::GaloisShare sum;
      for (const BoardSlot& slot : slots) {
        if (slot.item != item) continue;
        MC_TRY(const Checked checked, share(slot));
        MC_TRY(fhe::GaloisShare next,
               fhe::decode_galois_share(params(), setup_.epoch, fhe::PieceId(slot.subject), element, checked.body));
        fhe::add_share(params(), sum, std::move(next));
      }
      const fhe::GaloisKey key = fhe::finish_galois_key(std::move(sum), common, setup_.epoch);
      found_.hashes.galois.emplace_back(element, fhe::hash_galois_key(params(), key));
    }
    return {};
  }

  Status check_key_commitments() const {
    for (const CustodianId c : setup_.everyone()) {
      const auto fact = facts_.key_commitments.find(c);
      if (fact == facts_.key_commitments.end()) {
        return fail(Code::kUnavailable, custodian_text(c) + " has not committed to the keys on chain yet");
      }
      if (fact->second != found_.commitment) {
        return fail(Code::kRefused, "keys differ: " + custodian_text(c) + " committed on chain to " +
                                        fact->second.hex() + ", the board adds up to " + found_.commitment.hex());
      }
    }
    return {};
  }

  const KeygenSetup& setup_;
  const ChainFacts& facts_;
  const BoardReader& read_;
  Hash256 ceremony_;
  KeygenRecord record_;
  VerifiedKeygen found_;
};

}  // namespace

Result<VerifiedKeygen> verify_keygen_transcript(const KeygenSetup& setup, const ChainFacts& facts,
                                                const BoardReader& read) {
  auto verified = Verification(setup, facts, read).run();
  if (!verified) return fail(verified.error().within("key generation, epoch " + std::to_string(setup.epoch.value)));
  return verified;
}

}  // namespace mc::protocol
