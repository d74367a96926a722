// SPDX-License-Identifier: Apache-2.0
#include "governance/transaction.hpp"

#include <gtest/gtest.h>

#include "governance/keccak.hpp"

namespace mc::governance {
namespace {

Wallet example_wallet() {
  SecretKey256 secret;
  std::fill(secret.expose_mutable().begin(), secret.expose_mutable().end(), std::uint8_t{0x46});
  return Wallet::create(std::move(secret)).value_or_stop();
}

// The worked example of EIP-155: RLP, Keccak and deterministic signature together.
TEST(Transaction, ExampleOfEip155Holds) {
  const Bytes receiver(20, 0x35);
  RlpList fields;
  fields.integer(9)
      .integer(20'000'000'000)
      .integer(21'000)
      .bytes(receiver)
      .integer(1'000'000'000'000'000'000)
      .bytes({});
  fields.integer(1).integer(0).integer(0);
  EXPECT_EQ(to_hex(fields.encode()),
            "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080");
  const Hash256 digest = keccak256(fields.encode());
  EXPECT_EQ(digest.hex(), "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
  const Signature signature = example_wallet().sign(digest);
  EXPECT_EQ(to_hex(signature.r), "28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276");
  EXPECT_EQ(to_hex(signature.s), "67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
  EXPECT_EQ(signature.parity, 0);
}

// Made with Foundry's `cast mktx` 1.7.1 from the same secret and fields.
TEST(Transaction, FeeMarketTransferEqualsAnotherImplementations) {
  Transaction transaction{.chain_id = 1,
                          .nonce = 9,
                          .max_priority_fee_per_gas = 1'000'000'000,
                          .max_fee_per_gas = 20'000'000'000,
                          .gas_limit = 21'000,
                          .to = Address{},
                          .value = 1'000'000'000'000'000'000,
                          .data = {}};
  transaction.to->bytes.fill(0x35);
  const SignedTransaction made = sign_transaction(transaction, example_wallet());
  EXPECT_EQ(
      to_hex(made.raw),
      "02f8730109843b9aca008504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080c080a04e87"
      "ced8b47d801c979c6baa52bbd78b42c9db2515c9d1f473e06f65d49aaa90a02357671517c59544ebd95012d1988c102292eb570cc840ac"
      "9af72bb4c52e5edd");
  EXPECT_EQ(made.hash, keccak256(made.raw));
}

TEST(Transaction, CreationEqualsAnotherImplementations) {
  const Transaction transaction{.chain_id = 31337,
                                .nonce = 0,
                                .max_priority_fee_per_gas = 0,
                                .max_fee_per_gas = 0,
                                .gas_limit = 1'000'000,
                                .to = std::nullopt,
                                .value = 0,
                                .data = {0x60, 0x01, 0x60, 0x02, 0x55}};
  EXPECT_EQ(
      to_hex(sign_transaction(transaction, example_wallet()).raw),
      "02f856827a69808080830f42408080856001600255c001a088fb56eb6af4372e276193c66466bf99dbddb934b112320182ef0f66d89a22"
      "55a04f1c83a9b1b74bd0c6f36badceb4f37f0d1b243bb1e9d7c4fd3ae95e07145711");
}

}  // namespace
}  // namespace mc::governance
