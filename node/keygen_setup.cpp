// SPDX-License-Identifier: Apache-2.0
#include "node/keygen_setup.hpp"

#include <algorithm>

#include "client/researcher.hpp"
#include "fhe/ckks/evaluation_keys.hpp"

namespace mc::node {

Result<protocol::KeygenSetup> keygen_setup(const client::CommonsDocument& document,
                                           const governance::CommonsChain& chain) {
  MC_TRY(fhe::CommitteeShape shape, client::committee_shape(document));
  MC_TRY(fhe::ParamsPtr params, fhe::Params::named(document.profile));
  MC_TRY(std::vector<protocol::PublicIdentity> identities, client::committee_identities(document, chain));
  MC_TRY(std::vector<std::uint64_t> elements, galois_elements(document, *params));
  Sha256 commons("medcommons/ceremony/1");
  commons.update_u64(document.deployment.chain_id).update(document.deployment.ledger.view());
  return protocol::KeygenSetup{commons.finish(),  std::move(shape),      document.epoch,
                               std::move(params), std::move(identities), std::move(elements)};
}

Result<std::vector<std::uint64_t>> galois_elements(const client::CommonsDocument& document, const fhe::Params& params) {
  const std::size_t degree = params.ring().degree();
  std::vector<std::uint64_t> elements;
  for (const std::uint32_t steps : document.rotations) {
    if (steps >= params.slot_count()) {
      return fail(Code::kInvalidArgument, "a key for a rotation by " + std::to_string(steps) + " of " +
                                              std::to_string(params.slot_count()) + " slots");
    }
    elements.push_back(fhe::galois_element_of_rotation(steps, degree));
  }
  if (document.conjugation) elements.push_back(fhe::galois_element_of_conjugation(degree));
  std::ranges::sort(elements);
  MC_TRY_STATUS(fhe::check_galois_elements(params, elements));
  return elements;
}

Result<protocol::ChainFacts> keygen_facts(const governance::CommonsChain& chain, Epoch epoch) {
  protocol::ChainFacts facts;
  MC_TRY(const std::vector<governance::PieceCommitment> pieces, chain.piece_commitments(epoch));
  for (const governance::PieceCommitment& piece : pieces) {
    facts.piece_commitments[{fhe::PieceId(piece.piece), piece.custodian}] = piece.hash;
  }
  MC_TRY(const auto keys, chain.key_commitments(epoch));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i]) facts.key_commitments[CustodianId(static_cast<std::uint8_t>(i))] = *keys[i];
  }
  return facts;
}

}  // namespace mc::node
