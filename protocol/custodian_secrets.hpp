// SPDX-License-Identifier: Apache-2.0
// What a custodian keeps after key generation: the seeds of its pieces. The bytes are for a file that only the owner
// reads.
#pragma once

#include <vector>

#include "fhe/threshold/piece.hpp"

namespace mc::protocol {

struct CustodianSecrets {
  fhe::CommitteeShape shape;
  CustodianId custodian{};
  Epoch epoch{};
  Hash256 params_id;
  Hash256 key_commitment;             // of the keys these seeds belong to
  std::vector<fhe::PieceSeed> seeds;  // of shape.pieces_of(custodian), in that order
};

/// kConflict unless they are for these parameters and hold exactly the pieces of their custodian and epoch.
Status check_custodian_secrets(const fhe::Params& params, const CustodianSecrets& secrets);

SecretBytes encode_custodian_secrets(const CustodianSecrets& secrets);
/// kCorrupt with the byte when the file was cut or changed (it ends in a SHA-256 of itself), or holds the wrong pieces.
Result<CustodianSecrets> decode_custodian_secrets(ByteView bytes);

}  // namespace mc::protocol
