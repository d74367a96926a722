// SPDX-License-Identifier: Apache-2.0
// A patient's side, and her delegate's: sign a change of consent and see that it took effect, or say on chain, without
// any node, that she consents no more.
#pragma once

#include <string_view>

#include "client/owner.hpp"
#include "client/public_records.hpp"
#include "governance/consent.hpp"

namespace mc::client {

struct ConsentChange {
  governance::Address owner;
  std::string row_id;
  governance::ConsentAction action = governance::ConsentAction::kRevoke;
  governance::DataUse use = 42;                // granted or revoked, or the scope of a delegation
  std::uint64_t expiry_s = 0;                  // of a grant or a delegation
  governance::Address delegate{};              // kDelegate: who; zero takes it back
  const governance::Wallet* signer = nullptr;  // her delegate; she herself unless told
};

/// What stands on record after a change.
struct ConsentReceipt {
  governance::ConsentLeaf leaf;
  Hash256 root;  // on chain
};

/// Signs the change (with the patient's wallet, in local mode derived from her hospital's patient seed, unless a signer
/// is named), hands it to the store, and reads the chain until the new consent root contains it.
///   errors  kNotFound: the owner has no such row; kConflict: the consent already stands so; the store's refusals
Result<ConsentReceipt> change_consent(const CommonsDocument& document, const governance::CommonsChain& chain,
                                      StoreClient& store, const SecretKey256& patient_seed,
                                      const ConsentChange& change);

/// Revokes on chain, from the patient's own account or her delegate's: no store is asked. Custodians heed it from the
/// block it is in, until she grants again with a higher sequence. Returns that sequence: the chain's time, which lies
/// above every counted one, or further on when she has left so before.
///   errors  the chain's, which says when the account cannot pay
Result<std::uint64_t> revoke_on_chain(const CommonsDocument& document, const governance::CommonsChain& chain,
                                      const SecretKey256& patient_seed, const ConsentChange& change);

}  // namespace mc::client
