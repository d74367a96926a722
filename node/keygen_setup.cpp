// SPDX-License-Identifier: Apache-2.0
#include "node/keygen_setup.hpp"

#include "client/researcher.hpp"

namespace mc::node {

Result<protocol::KeygenSetup> keygen_setup(const client::CommonsDocument& document,
                                           const governance::CommonsChain& chain) {
  MC_TRY(fhe::CommitteeShape shape, client::committee_shape(document));
  MC_TRY(fhe::ParamsPtr params, fhe::Params::named(document.profile));
  MC_TRY(std::vector<protocol::PublicIdentity> identities, client::committee_identities(document, chain));
  Sha256 commons("medcommons/ceremony/1");
  commons.update_u64(document.deployment.chain_id).update(document.deployment.ledger.view());
  return protocol::KeygenSetup{commons.finish(), std::move(shape), document.epoch, std::move(params),
                               std::move(identities)};
}

}  // namespace mc::node
