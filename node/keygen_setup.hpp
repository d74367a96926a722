// SPDX-License-Identifier: Apache-2.0
// The agreed frame of a commons' key generation, as document and chain state it.
#pragma once

#include "client/commons_document.hpp"
#include "protocol/keygen_party.hpp"

namespace mc::node {

/// Everybody who reads the same document and chain gets the same ceremony hash.
///   errors  kRefused when an identity in the document is not the one registered on chain
Result<protocol::KeygenSetup> keygen_setup(const client::CommonsDocument& document,
                                           const governance::CommonsChain& chain);

/// The Galois elements of the document's rotations and conjugation, ascending.
///   errors  kInvalidArgument for a rotation by as many slots as there are or more; kLimit for too many
Result<std::vector<std::uint64_t>> galois_elements(const client::CommonsDocument& document, const fhe::Params& params);

/// What the custodians have committed to on chain for this epoch.
Result<protocol::ChainFacts> keygen_facts(const governance::CommonsChain& chain, Epoch epoch);

}  // namespace mc::node
