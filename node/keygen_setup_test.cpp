// SPDX-License-Identifier: Apache-2.0
#include "node/keygen_setup.hpp"

#include <gmock/gmock.h>

#include "node/testing/anvil_commons.hpp"

namespace mc::node {
namespace {

using ::testing::HasSubstr;

class KeygenFrame : public testing::AnvilCommons {};

TEST_F(KeygenFrame, EverybodyWhoReadsDocumentAndChainGetsTheSameCeremony) {
  const protocol::KeygenSetup one = keygen_setup(document_, *commons_).value();
  client::CommonsDocument moved = document_;
  moved.store_url = "http://127.0.0.1:9";
  moved.custodians[0].url = "http://127.0.0.1:8";
  EXPECT_EQ(keygen_setup(moved, *commons_).value().ceremony(), one.ceremony())
      << "addresses of processes are no part of it";
  EXPECT_EQ(one.identities.size(), 3U);
  EXPECT_EQ(one.shape.threshold(), 2U);
}

TEST_F(KeygenFrame, RotationsAndConjugationAreGaloisElementsInOrderAndChangeTheCeremony) {
  const Hash256 without = keygen_setup(document_, *commons_).value().ceremony();
  document_.rotations = {1, 2};
  document_.conjugation = true;
  const protocol::KeygenSetup setup = keygen_setup(document_, *commons_).value();
  const std::uint64_t degree = setup.params->ring().degree();
  EXPECT_EQ(setup.galois_elements, (std::vector<std::uint64_t>{5, 25, 2 * degree - 1}));
  EXPECT_NE(setup.ceremony(), without);
  document_.rotations = {static_cast<std::uint32_t>(degree / 2)};
  EXPECT_EQ(keygen_setup(document_, *commons_).error().code, Code::kInvalidArgument) << "a whole turn";
}

TEST_F(KeygenFrame, AnIdentityThatIsNotRegisteredIsRefused) {
  document_.custodians[2].identity = document_.custodians[1].identity;
  const auto refused = keygen_setup(document_, *commons_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_THAT(refused.error().message, HasSubstr("custodian 2"));
}

TEST_F(KeygenFrame, AnEpochWithoutCommitteeIsAnError) {
  document_.epoch = Epoch(2);
  EXPECT_FALSE(keygen_setup(document_, *commons_));
}

}  // namespace
}  // namespace mc::node
