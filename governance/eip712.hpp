// SPDX-License-Identifier: Apache-2.0
// Typed structured data that wallets show before they sign (EIP-712).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "governance/address.hpp"
#include "governance/commons_chain.hpp"

namespace mc::governance {

/// Says where a signature is valid: it cannot be replayed on another chain or another commons.
struct Eip712Domain {
  std::string name;
  std::string version;
  std::uint64_t chain_id = 0;
  Address verifying_contract;
};

/// The domain of consent statements: "MedicalCommons", version "1", the commons' chain and ledger.
Eip712Domain consent_domain(const Deployment& deployment);

/// hashStruct of the domain.
Hash256 domain_separator(const Eip712Domain& domain);

/// Collects hashStruct's words for a struct whose encodeType is `type`.
class Eip712Struct {
 public:
  explicit Eip712Struct(std::string_view type);
  Eip712Struct& uint(std::uint64_t value);
  Eip712Struct& address(const Address& value);
  Eip712Struct& hash(const Hash256& value);  // bytes32, or a nested struct's hash
  Eip712Struct& text(std::string_view value);
  Eip712Struct& hashes(std::span<const Hash256> values);     // bytes32[]
  Eip712Struct& addresses(std::span<const Address> values);  // address[]
  [[nodiscard]] Hash256 hash() const;

 private:
  Bytes words_;
};

/// What is signed: keccak256(0x19 0x01, domain separator, struct hash).
Hash256 eip712_digest(const Eip712Domain& domain, const Hash256& struct_hash);

}  // namespace mc::governance
