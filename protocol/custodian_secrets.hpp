// SPDX-License-Identifier: Apache-2.0
// What key generation gives a custodian: the seeds of its pieces. They stay in memory until they are split
// (protocol/release_state.hpp) and never reach a disk (R11).
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

}  // namespace mc::protocol
