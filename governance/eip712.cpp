// SPDX-License-Identifier: Apache-2.0
#include "governance/eip712.hpp"

#include "governance/abi.hpp"
#include "governance/keccak.hpp"

namespace mc::governance {
namespace {

void append_word(Bytes& out, ByteView word) {
  MC_CHECK(word.size() == 32);
  out.insert(out.end(), word.begin(), word.end());
}

}  // namespace

Eip712Struct::Eip712Struct(std::string_view type) {
  hash(keccak256(type));
}

Eip712Struct& Eip712Struct::uint(std::uint64_t value) {
  append_word(words_, AbiWriter().uint(value).encode());
  return *this;
}

Eip712Struct& Eip712Struct::address(const Address& value) {
  append_word(words_, AbiWriter().address(value).encode());
  return *this;
}

Eip712Struct& Eip712Struct::hash(const Hash256& value) {
  append_word(words_, value.view());
  return *this;
}

Eip712Struct& Eip712Struct::text(std::string_view value) {
  return hash(keccak256(value));
}

Eip712Struct& Eip712Struct::hashes(std::span<const Hash256> values) {
  Bytes words;
  for (const Hash256& value : values) append_word(words, value.view());
  return hash(keccak256(words));
}

Eip712Struct& Eip712Struct::addresses(std::span<const Address> values) {
  Bytes words;
  for (const Address& value : values) append_word(words, AbiWriter().address(value).encode());
  return hash(keccak256(words));
}

Hash256 Eip712Struct::hash() const {
  return keccak256(words_);
}

Eip712Domain consent_domain(const Deployment& deployment) {
  return {"MedicalCommons", "1", deployment.chain_id, deployment.ledger};
}

Hash256 domain_separator(const Eip712Domain& domain) {
  return Eip712Struct("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
      .text(domain.name)
      .text(domain.version)
      .uint(domain.chain_id)
      .address(domain.verifying_contract)
      .hash();
}

Hash256 eip712_digest(const Eip712Domain& domain, const Hash256& struct_hash) {
  Bytes message = {0x19, 0x01};
  append_word(message, domain_separator(domain).view());
  append_word(message, struct_hash.view());
  return keccak256(message);
}

}  // namespace mc::governance
