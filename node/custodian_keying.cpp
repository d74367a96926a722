// SPDX-License-Identifier: Apache-2.0
#include "node/custodian_keying.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>

#include "base/file.hpp"
#include "client/collective_keys.hpp"
#include "node/keygen_setup.hpp"
#include "node/logging.hpp"
#include "node/role.hpp"

namespace mc::node {
namespace {

constexpr std::size_t kGaloisKeyBytesMax = std::size_t{256} << 20;
constexpr std::chrono::milliseconds kPollPause{25};

Result<protocol::ReleaseState> load_state(const KeyingJob& job) {
  MC_TRY(const SecretBytes content, job.secrets.read(std::string(kReleaseKeysSecret)));
  auto state = protocol::decode_release_state(content);
  if (!state) return fail(state.error().within((job.secrets.path() / kReleaseKeysSecret).string()));
  return state;
}

std::filesystem::path galois_file(const KeyingJob& job, std::uint64_t element) {
  return job.secrets.path() / ("galois-" + std::to_string(element) + ".key");
}

/// Gives the store every Galois key that is still here; everybody does, and one is enough. A key's file stays until the
/// store has it, whatever interrupts.
Status hand_over_galois_keys(const KeyingJob& job, client::StoreClient& store,
                             std::span<const std::uint64_t> elements) {
  for (const std::uint64_t element : elements) {
    const std::filesystem::path file = galois_file(job, element);
    const auto bytes = read_file(file, kGaloisKeyBytesMax);
    if (!bytes && bytes.error().code == Code::kNotFound) continue;
    if (!bytes) return fail(bytes.error());
    MC_TRY_STATUS(store.put_galois_key(job.document.epoch.value, element, *bytes));
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
  return {};
}

/// One custodian's ceremony, from first message to keys on chain.
class Keying {
 public:
  Keying(const KeyingJob& job, protocol::KeygenSetup setup, protocol::KeygenParty party, governance::Wallet wallet,
         const SecretKey256& ceremony_secret)
      : job_(job),
        setup_(std::move(setup)),
        ceremony_(setup_.ceremony()),
        party_(std::move(party)),
        wallet_(std::move(wallet)),
        ceremony_secret_(ceremony_secret),
        transport_(job.connect(job.document.store_url, "the store")),
        store_(*transport_) {}

  /// `existing`: the release keys if they are stored already and only the store lacks the public keys.
  Result<protocol::ReleaseState> run(Result<protocol::ReleaseState> existing, const std::stop_token& stop) {
    while (true) {
      if (stop.stop_requested()) return fail(Code::kUnavailable, "key generation was interrupted");
      MC_TRY(const protocol::ChainFacts facts, read_chain());
      MC_TRY(const protocol::KeygenStep step, party_.advance(facts));
      for (const protocol::BoardMessage& message : step.messages) {
        MC_TRY_STATUS(
            store_.put_board_message(ceremony_, message.slot.name(), protocol::encode_board_message(message)));
      }
      for (const protocol::ChainAction& action : step.actions) MC_TRY_STATUS(act(action, facts));
      for (const fhe::GaloisKey& key : step.galois_keys) MC_TRY_STATUS(keep(key));
      if (party_.finished()) break;
      MC_TRY(const std::size_t received, fetch_wanted());
      job_.on_state("key generation: " + party_.waiting_for());
      if (received == 0 && step.messages.empty() && step.actions.empty() && step.galois_keys.empty())
        std::this_thread::sleep_for(kPollPause);
    }
    return finish(std::move(existing));
  }

 private:
  Result<protocol::ChainFacts> read_chain() {
    MC_TRY(const FinalChain final, final_chain(job_.document, job_.chain));
    return keygen_facts(final.commons, setup_.epoch);
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

  /// On disk until the chain has the keys' commitments: before that the store takes none.
  Status keep(const fhe::GaloisKey& key) const {
    Writer writer;
    fhe::write_galois_key(writer, key, *setup_.params);
    return write_file_atomically(galois_file(job_, key.galois_element), writer.bytes());
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

  Result<protocol::ReleaseState> finish(Result<protocol::ReleaseState> existing) {
    auto state = std::move(existing);
    if (!state) {
      MC_TRY(const FinalChain final, final_chain(job_.document, job_.chain));
      MC_TRY(const fhe::Window window, fhe::window_of(final.block.time_s));
      MC_TRY_STATUS(job_.believe_time(final.block.time_s));
      if (window.value == 0) return fail(Code::kUnavailable, "the final chain tells no time yet");
      state = protocol::make_release_state(*setup_.params, party_.secrets(), ceremony_secret_, window);
      MC_TRY_STATUS(job_.secrets.write(std::string(kReleaseKeysSecret), protocol::encode_release_state(*state)));
    }
    // The store takes keys only when the chain agrees, so this succeeds for whoever is last, and again for everybody.
    const protocol::KeySet& keys = party_.keys();
    const client::CollectiveKeys collective{keys.public_key, keys.relin_key, keys.transcript, keys.hashes.galois};
    MC_TRY_STATUS(
        store_.put_collective_keys(setup_.epoch.value, client::encode_collective_keys(collective, *setup_.params)));
    MC_TRY_STATUS(hand_over_galois_keys(job_, store_, setup_.galois_elements));
    log_info("key generation finished: " + keys.commitment.hex());
    return state;
  }

  const KeyingJob& job_;
  protocol::KeygenSetup setup_;
  Hash256 ceremony_;
  protocol::KeygenParty party_;
  governance::Wallet wallet_;
  const SecretKey256& ceremony_secret_;
  std::unique_ptr<client::Transport> transport_;
  client::StoreClient store_;
};

/// Release keys belong to the keys on chain, or they are of no use.
Status check_state(const KeyingJob& job, const protocol::ReleaseState& state) {
  if (state.epoch != job.document.epoch || state.custodian != job.custodian) {
    return fail(Code::kConflict, "release-keys.sealed belongs to custodian " + std::to_string(state.custodian.value) +
                                     " in key epoch " + std::to_string(state.epoch.value));
  }
  const auto on_chain = job.chain.epoch_key(job.document.epoch);
  if (on_chain && *on_chain != state.key_commitment) {
    return fail(Code::kConflict, "release-keys.sealed belongs to other keys than the chain's epoch " +
                                     std::to_string(state.epoch.value));
  }
  return {};
}

/// The ceremony from its first message; a custodian that said something before says it again.
Result<protocol::ReleaseState> walk_ceremony(const KeyingJob& job, Result<protocol::ReleaseState> existing,
                                             const std::stop_token& stop) {
  MC_TRY(protocol::KeygenSetup setup, keygen_setup(job.document, job.chain));
  MC_TRY(const SecretKey256 identity, job.secrets.secret(std::string(kIdentitySecret)));
  const auto ceremony = job.secrets.secret(ceremony_secret_name(setup.epoch));
  if (!ceremony && ceremony.error().code == Code::kNotFound) {
    return fail(Code::kConflict, "the store has lost the collective keys of key epoch " +
                                     std::to_string(setup.epoch.value) +
                                     ", and the secret of their ceremony is erased: give the store its data back");
  }
  if (!ceremony) return fail(ceremony.error());
  MC_TRY(governance::Wallet wallet, job.secrets.wallet(std::string(kWalletSecret)));
  MC_TRY(
      protocol::KeygenParty party,
      protocol::KeygenParty::create(setup, job.custodian, protocol::CustodianIdentity(identity, *ceremony), *ceremony));
  return Keying(job, std::move(setup), std::move(party), std::move(wallet), *ceremony).run(std::move(existing), stop);
}

}  // namespace

std::string ceremony_secret_name(Epoch epoch) {
  return "ceremony-" + std::to_string(epoch.value);
}

Result<protocol::ReleaseState> obtain_release_state(const KeyingJob& job, const std::stop_token& stop) {
  // A chain node of another chain, or of other contracts, is named as such before anything it says is read.
  MC_TRY_STATUS(job.chain.verify_deployment());
  auto state = load_state(job);
  if (!state && state.error().code != Code::kNotFound) return state;
  bool published = false;
  if (state) {
    MC_TRY_STATUS(check_state(job, *state));
    // With the file written but the keys not yet at the store, the ceremony is walked once more; it repeats itself.
    const std::unique_ptr<client::Transport> transport = job.connect(job.document.store_url, "the store");
    client::StoreClient store(*transport);
    const auto keys = store.collective_keys(job.document.epoch.value);
    if (!keys && keys.error().code == Code::kUnavailable) return fail(keys.error());
    published = keys.has_value();
    if (published) {
      MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(job.document.profile));
      MC_TRY(const std::vector<std::uint64_t> elements, galois_elements(job.document, *params));
      MC_TRY_STATUS(hand_over_galois_keys(job, store, elements));
    }
  }
  if (!published) {
    state = walk_ceremony(job, std::move(state), stop);
    if (!state) return state;
  }
  // All n custodians have committed to the keys, and the store has them: nobody needs to hear us again. Who seizes this
  // custodian from now on cannot open what was sealed for it on the public board, nor recompute a seed (R11).
  MC_TRY_STATUS(job.secrets.erase(ceremony_secret_name(job.document.epoch)));
  return state;
}

}  // namespace mc::node
