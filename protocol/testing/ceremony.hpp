// SPDX-License-Identifier: Apache-2.0
// For tests only: a whole key-generation ceremony in one process, with a board and a chain in memory.
#pragma once

#include <functional>
#include <map>

#include "fhe/threshold/testing/committee.hpp"
#include "protocol/keygen_party.hpp"

namespace mc::protocol::testing {

using fhe::testing::numbered_hash;
using fhe::testing::numbered_key;
using fhe::testing::small_params;

inline CustodianId custodian(std::uint32_t c) {
  return CustodianId(static_cast<std::uint8_t>(c));
}
inline CustodianIdentity numbered_identity(std::uint64_t number) {
  return CustodianIdentity(numbered_key(5000 + number));
}
inline SecretKey256 numbered_master(std::uint64_t number) {
  return numbered_key(6000 + number);
}

class Ceremony {
 public:
  Ceremony(fhe::ParamsPtr params, std::uint32_t n, std::uint32_t t, std::vector<std::uint64_t> galois_elements = {},
           Epoch epoch = Epoch(1), std::uint64_t first_identity = 0)
      : setup_{numbered_hash(1),
               fhe::CommitteeShape::create(n, t).value_or_stop(),
               epoch,
               std::move(params),
               {},
               std::move(galois_elements)},
        first_identity_(first_identity) {
    for (std::uint32_t c = 0; c < n; ++c)
      setup_.identities.push_back(numbered_identity(first_identity_ + c).public_identity());
    for (std::uint32_t c = 0; c < n; ++c) parties_.push_back(make_party(c));
  }

  [[nodiscard]] KeygenParty make_party(std::uint32_t c) const {
    return KeygenParty::create(setup_, custodian(c), numbered_identity(first_identity_ + c),
                               numbered_master(first_identity_ + c))
        .value_or_stop();
  }

  /// A relay or a custodian that lies: sees every message before it stands on the board.
  std::function<void(BoardMessage&)> tamper;
  /// A custodian that lies to the chain.
  std::function<void(CustodianId, ChainAction&)> tamper_action;

  void post(BoardMessage message) {
    if (tamper) tamper(message);
    board_.try_emplace(message.slot, std::move(message));
  }
  void act(CustodianId from, ChainAction action) {
    if (tamper_action) tamper_action(from, action);
    if (action.kind == ChainAction::Kind::kCommitPiece) {
      facts_.piece_commitments.try_emplace({action.piece, from}, action.commitment);
    } else {
      facts_.key_commitments.try_emplace(from, action.commitment);
    }
  }

  /// One party: advance, then take what it wants from the board.
  Status turn(std::uint32_t c) {
    MC_TRY(KeygenStep step, parties_[c].advance(facts_));
    for (BoardMessage& message : step.messages) post(std::move(message));
    for (const ChainAction& action : step.actions) act(custodian(c), action);
    for (fhe::GaloisKey& key : step.galois_keys) galois_keys_[c].insert_or_assign(key.galois_element, std::move(key));
    for (const BoardSlot& slot : parties_[c].wanted()) {
      const auto found = board_.find(slot);
      if (found != board_.end()) MC_TRY_STATUS(parties_[c].receive(found->second));
    }
    return {};
  }
  /// Everybody in turn until all have finished; the first error otherwise.
  Status run() {
    for (int round = 0; round < 400; ++round) {
      bool all = true;
      for (std::uint32_t c = 0; c < parties_.size(); ++c) {
        MC_TRY_STATUS(turn(c));
        all = all && parties_[c].finished();
      }
      if (all) return {};
    }
    return fail(Code::kUnavailable, "the ceremony does not end: " + parties_[0].waiting_for());
  }

  /// A custodian signs something else than its party would.
  [[nodiscard]] BoardMessage resign(const BoardMessage& message, Bytes body) const {
    return sign_board_message(numbered_identity(first_identity_ + message.slot.sender.value), message.ceremony,
                              message.slot, std::move(body));
  }

  KeygenSetup setup_;
  std::uint64_t first_identity_;  // this committee's custodians are numbered from here
  std::vector<KeygenParty> parties_;
  std::map<BoardSlot, BoardMessage> board_;
  ChainFacts facts_;
  std::map<std::uint32_t, std::map<std::uint64_t, fhe::GaloisKey>> galois_keys_;  // by custodian
};

/// The sum of all pieces, each taken from a custodian that holds it.
inline fhe::SecretPoly collective_secret(const Ceremony& ceremony) {
  const fhe::Params& params = *ceremony.setup_.params;
  std::map<fhe::PieceId, fhe::PieceSeed> seeds;
  for (const KeygenParty& party : ceremony.parties_) {
    for (fhe::PieceSeed& seed : party.secrets().seeds) seeds.emplace(seed.piece, std::move(seed));
  }
  MC_CHECK(seeds.size() == ceremony.setup_.shape.pieces().size());
  fhe::NttPoly sum = params.ring().make<fhe::Domain::kNtt>({params.top_level().value, true});
  for (const auto& [piece, seed] : seeds) params.ring().add(sum, fhe::piece_secret(params, seed).expose());
  return fhe::SecretPoly(std::move(sum));
}

}  // namespace mc::protocol::testing
