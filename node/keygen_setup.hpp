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

}  // namespace mc::node
