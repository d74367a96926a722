// SPDX-License-Identifier: Apache-2.0
#include "node/custodian_keying.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/file.hpp"
#include "client/collective_keys.hpp"
#include "client/key_file.hpp"
#include "node/keygen_setup.hpp"
#include "node/logging.hpp"
#include "node/role.hpp"

namespace mc::node {
namespace {

constexpr std::size_t kSecretsBytesMax = 64 * 1024;
constexpr std::chrono::milliseconds kPollPause{25};

Result<protocol::CustodianSecrets> load_secrets(const KeyingJob& job) {
  MC_TRY(Bytes file, read_file(job.folder / "pieces.secret", kSecretsBytesMax));
  auto secrets = protocol::decode_custodian_secrets(file);
  wipe(file.data(), file.size());
  if (!secrets) return fail(secrets.error().within((job.folder / "pieces.secret").string()));
  return secrets;
}

/// One custodian's ceremony, from first message to keys on chain.
class Keying {
 public:
  Keying(const KeyingJob& job, protocol::KeygenSetup setup, protocol::KeygenParty party, governance::Wallet wallet)
      : job_(job),
        setup_(std::move(setup)),
        ceremony_(setup_.ceremony()),
        party_(std::move(party)),
        wallet_(std::move(wallet)),
        transport_(job.connect(job.document.store_url, "the store")),
        store_(*transport_) {}

  Result<protocol::CustodianSecrets> run(const std::stop_token& stop) {
    while (true) {
      if (stop.stop_requested()) return fail(Code::kUnavailable, "key generation was interrupted");
      MC_TRY(const protocol::ChainFacts facts, read_chain());
      MC_TRY(const protocol::KeygenStep step, party_.advance(facts));
      for (const protocol::BoardMessage& message : step.messages) {
        MC_TRY_STATUS(
            store_.put_board_message(ceremony_, message.slot.name(), protocol::encode_board_message(message)));
      }
      for (const protocol::ChainAction& action : step.actions) MC_TRY_STATUS(act(action, facts));
      if (party_.finished()) break;
      MC_TRY(const std::size_t received, fetch_wanted());
      job_.on_state("key generation: " + party_.waiting_for());
      if (received == 0 && step.messages.empty() && step.actions.empty()) std::this_thread::sleep_for(kPollPause);
    }
    return finish();
  }

 private:
  Result<protocol::ChainFacts> read_chain() {
    protocol::ChainFacts facts;
    MC_TRY(const FinalChain final, final_chain(job_.document, job_.chain));
    MC_TRY(const std::vector<governance::PieceCommitment> pieces, final.commons.piece_commitments(setup_.epoch));
    for (const governance::PieceCommitment& piece : pieces) {
      facts.piece_commitments[{fhe::PieceId(piece.piece), piece.custodian}] = piece.hash;
    }
    MC_TRY(const auto keys, final.commons.key_commitments(setup_.epoch));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (keys[i]) facts.key_commitments[CustodianId(static_cast<std::uint8_t>(i))] = *keys[i];
    }
    return facts;
  }

  /// Sends one commitment; what stands on chain already is not sent twice. A conflict means that ours is in a block
  /// that is not final yet: the comparison with what we computed follows when it is.
  Status act(const protocol::ChainAction& action, const protocol::ChainFacts& facts) {
    const bool piece = action.kind == protocol::ChainAction::Kind::kCommitPiece;
    const bool known = piece ? facts.piece_commitments.contains({action.piece, job_.custodian})
                             : facts.key_commitments.contains(job_.custodian);
    if (known) return {};
    const auto receipt = piece ? job_.chain.commit_piece(wallet_, setup_.epoch, action.piece.value, action.commitment)
                               : job_.chain.commit_keys(wallet_, setup_.epoch, action.commitment);
    if (!receipt && receipt.error().code != Code::kConflict) return fail(receipt.error());
    return {};
  }

  Result<std::size_t> fetch_wanted() {
    const std::vector<protocol::BoardSlot> wanted = party_.wanted();
    if (wanted.empty()) return std::size_t{0};
    MC_TRY(const std::vector<std::string> present, store_.board_slots(ceremony_));
    std::size_t received = 0;
    for (const protocol::BoardSlot& slot : wanted) {
      if (std::ranges::find(present, slot.name()) == present.end()) continue;
      MC_TRY(const Bytes bytes, store_.board_message(ceremony_, slot.name()));
      MC_TRY(protocol::BoardMessage message,
             protocol::decode_board_message(bytes, protocol::board_body_bytes_max(*setup_.params, setup_.shape)));
      MC_TRY_STATUS(party_.receive(std::move(message)));
      ++received;
    }
    return received;
  }

  Result<protocol::CustodianSecrets> finish() {
    protocol::CustodianSecrets secrets = party_.secrets();
    const SecretBytes file = protocol::encode_custodian_secrets(secrets);
    MC_TRY_STATUS(write_file_atomically(job_.folder / "pieces.secret", file, FileSecrecy::kOwnerOnly));
    // The store takes keys only when the chain agrees, so this succeeds for whoever is last, and again for everybody.
    const protocol::KeySet& keys = party_.keys();
    const client::CollectiveKeys collective{keys.public_key, keys.relin_key, keys.transcript};
    MC_TRY_STATUS(
        store_.put_collective_keys(setup_.epoch.value, client::encode_collective_keys(collective, *setup_.params)));
    log_info("key generation finished: " + keys.commitment.hex());
    return secrets;
  }

  const KeyingJob& job_;
  protocol::KeygenSetup setup_;
  Hash256 ceremony_;
  protocol::KeygenParty party_;
  governance::Wallet wallet_;
  std::unique_ptr<client::Transport> transport_;
  client::StoreClient store_;
};

/// A secrets file belongs to the keys on chain, or it is of no use.
Status check_secrets(const KeyingJob& job, const protocol::CustodianSecrets& secrets) {
  if (secrets.epoch != job.document.epoch || secrets.custodian != job.custodian) {
    return fail(Code::kConflict, "pieces.secret belongs to custodian " + std::to_string(secrets.custodian.value) +
                                     " in key epoch " + std::to_string(secrets.epoch.value));
  }
  const auto on_chain = job.chain.epoch_key(job.document.epoch);
  if (on_chain && *on_chain != secrets.key_commitment) {
    return fail(Code::kConflict,
                "pieces.secret belongs to other keys than the chain's epoch " + std::to_string(secrets.epoch.value));
  }
  return {};
}

}  // namespace

Result<protocol::CustodianSecrets> obtain_secrets(const KeyingJob& job, const std::stop_token& stop) {
  auto existing = load_secrets(job);
  if (existing) {
    MC_TRY_STATUS(check_secrets(job, *existing));
    // With the file written but the keys not yet at the store, the ceremony is walked once more; it repeats itself.
    const std::unique_ptr<client::Transport> transport = job.connect(job.document.store_url, "the store");
    client::StoreClient store(*transport);
    if (store.collective_keys(job.document.epoch.value)) return existing;
  } else if (existing.error().code != Code::kNotFound) {
    return existing;
  }
  MC_TRY(protocol::KeygenSetup setup, keygen_setup(job.document, job.chain));
  MC_TRY(const SecretKey256 identity_secret, client::load_secret(job.folder / "identity.key"));
  MC_TRY(const SecretKey256 master, client::load_secret(job.folder / "master.key"));
  MC_TRY(governance::Wallet wallet, client::load_wallet(job.folder / "wallet.key"));
  MC_TRY(protocol::KeygenParty party,
         protocol::KeygenParty::create(setup, job.custodian, protocol::CustodianIdentity(identity_secret), master));
  return Keying(job, std::move(setup), std::move(party), std::move(wallet)).run(stop);
}

}  // namespace mc::node
