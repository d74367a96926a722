// SPDX-License-Identifier: Apache-2.0
// Fee-market transactions (EIP-1559, envelope type 2 of EIP-2718) and their signature.
#pragma once

#include <optional>

#include "governance/rlp.hpp"
#include "governance/wallet.hpp"

namespace mc::governance {

/// What a wallet asks the chain to do. Without `to` the data is the code of a new contract.
struct Transaction {
  std::uint64_t chain_id = 0;
  std::uint64_t nonce = 0;
  Wei max_priority_fee_per_gas = 0;
  Wei max_fee_per_gas = 0;
  std::uint64_t gas_limit = 0;
  std::optional<Address> to;
  Wei value = 0;
  Bytes data;
};

/// A signed transaction, ready for eth_sendRawTransaction, and the hash it will be known by.
struct SignedTransaction {
  Bytes raw;
  Hash256 hash;
};

/// The digest that is signed: Keccak-256 of 0x02 and the nine unsigned fields; the access list is empty.
Hash256 signing_hash(const Transaction& transaction);

SignedTransaction sign_transaction(const Transaction& transaction, const Wallet& wallet);

}  // namespace mc::governance
