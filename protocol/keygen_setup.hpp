// SPDX-License-Identifier: Apache-2.0
// What all custodians agree on before key generation starts.
#pragma once

#include <vector>

#include "fhe/threshold/galois_keygen.hpp"
#include "protocol/board_message.hpp"

namespace mc::protocol {

/// The public facts of one ceremony; their hash is in every message.
struct KeygenSetup {
  Hash256 commons;  // names the commons: for example H(chain id, committee contract)
  fhe::CommitteeShape shape;
  Epoch epoch{};
  fhe::ParamsPtr params;
  std::vector<PublicIdentity> identities;      // by custodian id
  std::vector<std::uint64_t> galois_elements;  // of the rotation and conjugation keys wanted, ascending

  [[nodiscard]] Hash256 ceremony() const;
  /// kInvalidArgument when the identities are not n, two share a key, or the Galois elements are not in order.
  [[nodiscard]] Status check() const;
  /// Besides: when `self` is no custodian or `own` is not registered.
  [[nodiscard]] Status check(CustodianId self, const PublicIdentity& own) const;
  [[nodiscard]] std::vector<CustodianId> everyone() const;
  /// Pieces that both hold, in piece order.
  [[nodiscard]] std::vector<fhe::PieceId> shared_pieces(CustodianId a, CustodianId b) const;
};

/// "custodian 2", as every sentence of the ceremony calls it.
std::string custodian_text(CustodianId custodian);

}  // namespace mc::protocol
