// SPDX-License-Identifier: Apache-2.0
#include "protocol/authorisation.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::protocol {
namespace {

using fhe::testing::numbered_hash;

Authorisation some_authorisation() {
  Authorisation a;
  a.chain_id = 31337;
  a.study = numbered_hash(1);
  a.release_number = 2;
  a.epoch = Epoch(3);
  a.plan = numbered_hash(4);
  a.data_root = numbered_hash(5);
  a.consent_root = numbered_hash(6);
  a.mask = numbered_hash(7);
  a.result = numbered_hash(8);
  a.requester_key = numbered_hash(9);
  a.sigma_log2 = {60, 61};
  a.rho_nano = 10;
  a.opens_counts = true;
  a.counts = numbered_hash(21);
  a.parameters = numbered_hash(22);
  return a;
}

TEST(Authorisation, HashIsPlainSha256OfItsBytesAndCoversEveryField) {
  const Authorisation a = some_authorisation();
  const Bytes bytes = encode_authorisation(a);
  EXPECT_EQ(hash_authorisation(a), sha256(bytes));
  EXPECT_EQ(decode_authorisation(bytes).value_or_stop(), a);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 1;
    const auto read = decode_authorisation(changed);
    EXPECT_FALSE(read.has_value() && *read == a) << "byte " << i;
    EXPECT_FALSE(decode_authorisation(ByteView(bytes).first(i)).has_value()) << "size " << i;
  }
}

TEST(Authorisation, BytesArePinned) {
  // Contracts and other programs hash the same bytes; the digest was computed by a Python script with struct and
  // hashlib.
  EXPECT_EQ(encode_authorisation(some_authorisation()).size(), 4u + 8 + 32 + 4 + 4 + 6 * 32 + 4 + 2 + 8 + 1 + 2 * 32);
  EXPECT_EQ(hash_authorisation(some_authorisation()).hex(),
            "37d4f142e8691d30e7a9eb30e9fdb5be72cf07accade9ada17b55fc31b1c55c7");
}

}  // namespace
}  // namespace mc::protocol
