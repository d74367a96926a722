// SPDX-License-Identifier: Apache-2.0
#include "governance/eip712.hpp"

#include <gtest/gtest.h>

#include "governance/keccak.hpp"
#include "governance/wallet.hpp"

namespace mc::governance {
namespace {

Address address_of(std::string_view text) {
  return address_from_text(text).value_or_stop();
}

// The "Ether Mail" example that comes with EIP-712.
TEST(Eip712, MailExampleHolds) {
  const Eip712Domain domain{"Ether Mail", "1", 1, address_of("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC")};
  EXPECT_EQ(domain_separator(domain).hex(), "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f");
  constexpr std::string_view kPerson = "Person(string name,address wallet)";
  const Hash256 from =
      Eip712Struct(kPerson).text("Cow").address(address_of("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826")).hash();
  const Hash256 to =
      Eip712Struct(kPerson).text("Bob").address(address_of("0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB")).hash();
  const Hash256 mail = Eip712Struct("Mail(Person from,Person to,string contents)Person(string name,address wallet)")
                           .hash(from)
                           .hash(to)
                           .text("Hello, Bob!")
                           .hash();
  EXPECT_EQ(mail.hex(), "c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e");
  const Hash256 digest = eip712_digest(domain, mail);
  EXPECT_EQ(digest.hex(), "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");

  SecretKey256 secret(std::span<const std::uint8_t, 32>(keccak256("cow").bytes));
  const Signature signature = Wallet::create(std::move(secret)).value_or_stop().sign(digest);
  EXPECT_EQ(
      to_hex(signature.bytes()),
      "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d07299936d304c153f6443dfa05f40ff007d72911b6f72307"
      "f996231605b915621c");
}

TEST(Eip712, DomainsOfDifferentCommonsDiffer) {
  const Deployment here{.chain_id = 31337,
                        .membership = {},
                        .ledger = address_of("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"),
                        .studies = {}};
  Deployment there = here;
  there.chain_id = 1;
  EXPECT_NE(domain_separator(consent_domain(here)), domain_separator(consent_domain(there)));
  there = here;
  there.ledger.bytes[0] ^= 1;
  EXPECT_NE(domain_separator(consent_domain(here)), domain_separator(consent_domain(there)));
}

}  // namespace
}  // namespace mc::governance
