// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_setup.hpp"

namespace mc::protocol {

Hash256 KeygenSetup::ceremony() const {
  Sha256 hash("medcommons/keygen/ceremony/v2");
  hash.update(commons.view()).update_u64(shape.custodians()).update_u64(shape.threshold()).update_u64(epoch.value);
  hash.update(params->id().view());
  for (const PublicIdentity& identity : identities) hash.update(hash_public_identity(identity).view());
  hash.update_u64(galois_elements.size());
  for (const std::uint64_t element : galois_elements) hash.update_u64(element);
  return hash.finish();
}

Status KeygenSetup::check() const {
  if (identities.size() != shape.custodians()) {
    return fail(Code::kInvalidArgument,
                std::to_string(identities.size()) + " identities for a " + shape.text() + " committee");
  }
  for (std::size_t i = 0; i < identities.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (identities[i].sign_key == identities[j].sign_key || identities[i].box_key == identities[j].box_key) {
        return fail(Code::kInvalidArgument,
                    "custodians " + std::to_string(j) + " and " + std::to_string(i) + " have the same identity key");
      }
    }
  }
  return fhe::check_galois_elements(*params, galois_elements);
}

Status KeygenSetup::check(CustodianId self, const PublicIdentity& own) const {
  if (!shape.is_custodian(self)) {
    return fail(Code::kInvalidArgument, custodian_text(self) + " does not exist in a " + shape.text() + " committee");
  }
  MC_TRY_STATUS(check());
  if (identities[self.value] != own) {
    return fail(Code::kInvalidArgument,
                "the identity registered for " + custodian_text(self) + " is not the one of this key folder");
  }
  return {};
}

std::vector<CustodianId> KeygenSetup::everyone() const {
  std::vector<CustodianId> all;
  for (std::uint32_t c = 0; c < shape.custodians(); ++c) all.emplace_back(static_cast<std::uint8_t>(c));
  return all;
}

std::vector<fhe::PieceId> KeygenSetup::shared_pieces(CustodianId a, CustodianId b) const {
  std::vector<fhe::PieceId> shared;
  for (const fhe::PieceId piece : shape.pieces()) {
    if (shape.holds(a, piece) && shape.holds(b, piece)) shared.push_back(piece);
  }
  return shared;
}

std::string custodian_text(CustodianId custodian) {
  return "custodian " + std::to_string(custodian.value);
}

}  // namespace mc::protocol
