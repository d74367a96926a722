// SPDX-License-Identifier: Apache-2.0
#include "governance/transaction.hpp"

#include "governance/keccak.hpp"

namespace mc::governance {
namespace {

constexpr std::uint8_t kFeeMarketType = 2;

RlpList unsigned_fields(const Transaction& transaction) {
  RlpList fields;
  fields.integer(transaction.chain_id)
      .integer(transaction.nonce)
      .integer(transaction.max_priority_fee_per_gas)
      .integer(transaction.max_fee_per_gas)
      .integer(transaction.gas_limit)
      .bytes(transaction.to ? transaction.to->view() : ByteView{})
      .integer(transaction.value)
      .bytes(transaction.data)
      .list(RlpList());
  return fields;
}

Bytes enveloped(const RlpList& fields) {
  Bytes out = {kFeeMarketType};
  const Bytes encoded = fields.encode();
  out.insert(out.end(), encoded.begin(), encoded.end());
  return out;
}

}  // namespace

Hash256 signing_hash(const Transaction& transaction) {
  return keccak256(enveloped(unsigned_fields(transaction)));
}

SignedTransaction sign_transaction(const Transaction& transaction, const Wallet& wallet) {
  const Signature signature = wallet.sign(signing_hash(transaction));
  RlpList fields = unsigned_fields(transaction);
  fields.integer(signature.parity)
      .integer(std::span<const std::uint8_t, 32>(signature.r))
      .integer(std::span<const std::uint8_t, 32>(signature.s));
  SignedTransaction out;
  out.raw = enveloped(fields);
  out.hash = keccak256(out.raw);
  return out;
}

}  // namespace mc::governance
