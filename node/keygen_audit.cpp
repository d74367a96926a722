// SPDX-License-Identifier: Apache-2.0
#include "node/keygen_audit.hpp"

#include "client/collective_keys.hpp"
#include "node/role.hpp"

namespace mc::node {

Result<KeygenAudit> audit_key_generation(const client::CommonsDocument& document, const governance::CommonsChain& chain,
                                         const client::TransportFactory& connect) {
  MC_TRY(const FinalChain final, final_chain(document, chain));
  MC_TRY(protocol::KeygenSetup setup, keygen_setup(document, final.commons));
  MC_TRY(const protocol::ChainFacts facts, keygen_facts(final.commons, document.epoch));
  const std::unique_ptr<client::Transport> transport = connect(document.store_url, "the store");
  client::StoreClient store(*transport);
  const Hash256 ceremony = setup.ceremony();
  const std::size_t body_bytes_max = protocol::board_body_bytes_max(*setup.params, setup.shape);
  MC_TRY(protocol::VerifiedKeygen verified,
         protocol::verify_keygen_transcript(setup, facts,
                                            [&](const protocol::BoardSlot& slot) -> Result<protocol::BoardMessage> {
                                              MC_TRY(const Bytes bytes, store.board_message(ceremony, slot.name()));
                                              return protocol::decode_board_message(bytes, body_bytes_max);
                                            }));
  // The chain's commitment is the one recomputed, so that keys which pass this check are the keys of the transcript.
  MC_TRY(const client::CollectiveKeys keys,
         client::fetch_collective_keys(store, *setup.params, document.epoch, final.commons));
  for (const auto& [element, hash] : keys.galois) {
    MC_TRY([[maybe_unused]] const fhe::GaloisKey key, client::fetch_galois_key(store, *setup.params, keys, element));
  }
  return KeygenAudit{std::move(setup), std::move(verified)};
}

}  // namespace mc::node
