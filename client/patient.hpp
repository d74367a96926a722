// SPDX-License-Identifier: Apache-2.0
// A patient's side: sign a change of consent and see that it took effect.
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
  std::uint32_t purpose = 42;  // DUO code
};

/// What stands on record after a change.
struct ConsentReceipt {
  governance::ConsentLeaf leaf;
  Hash256 root;  // on chain
};

/// Signs the change with the patient's wallet (in local mode derived from her hospital's patient seed), hands it to the
/// store, and reads the chain until the new consent root contains it.
///   errors  kNotFound: the owner has no such row; kConflict: the consent already stands so; the store's refusals
Result<ConsentReceipt> change_consent(const CommonsDocument& document, const governance::CommonsChain& chain,
                                      StoreClient& store, const SecretKey256& patient_seed,
                                      const ConsentChange& change);

}  // namespace mc::client
