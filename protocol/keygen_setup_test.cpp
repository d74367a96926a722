// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_setup.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/ceremony.hpp"

namespace mc::protocol {
namespace {

using testing::Ceremony;
using testing::custodian;
using testing::numbered_hash;
using testing::numbered_identity;
using testing::small_params;

KeygenSetup some_setup() {
  return Ceremony(small_params(), 3, 2).setup_;
}

std::string refusal(const KeygenSetup& setup, std::uint32_t self, std::uint64_t identity) {
  const Status status = setup.check(custodian(self), numbered_identity(identity).public_identity());
  return status ? "" : status.error().message;
}

TEST(KeygenSetup, WhatCannotBeMeantIsRefused) {
  EXPECT_EQ(refusal(some_setup(), 0, 0), "");
  EXPECT_EQ(refusal(some_setup(), 3, 0), "custodian 3 does not exist in a 2-of-3 committee");
  EXPECT_EQ(refusal(some_setup(), 0, 1), "the identity registered for custodian 0 is not the one of this key folder");
  KeygenSetup setup = some_setup();
  setup.identities.pop_back();
  EXPECT_EQ(refusal(setup, 0, 0), "2 identities for a 2-of-3 committee");
  setup = some_setup();
  setup.identities[2] = setup.identities[1];
  EXPECT_EQ(refusal(setup, 0, 0), "custodians 1 and 2 have the same identity key");
  setup = some_setup();
  setup.identities[2].box_key = setup.identities[0].box_key;
  EXPECT_EQ(refusal(setup, 0, 0), "custodians 0 and 2 have the same identity key");
}

TEST(KeygenSetup, EveryFactChangesTheCeremony) {
  const KeygenSetup base = some_setup();
  EXPECT_EQ(base.ceremony(), some_setup().ceremony());
  KeygenSetup changed = base;
  changed.commons = numbered_hash(99);
  EXPECT_NE(base.ceremony(), changed.ceremony());
  changed = base;
  changed.epoch = Epoch(2);
  EXPECT_NE(base.ceremony(), changed.ceremony());
  changed = base;
  std::swap(changed.identities[0], changed.identities[1]);
  EXPECT_NE(base.ceremony(), changed.ceremony());
  changed = base;
  changed.params = fhe::Params::create({"other", fhe::LogN(10), {50, 50}, {50}, true}).value_or_stop();
  EXPECT_NE(base.ceremony(), changed.ceremony());
  EXPECT_NE(base.ceremony(), Ceremony(small_params(), 4, 2).setup_.ceremony());
}

}  // namespace
}  // namespace mc::protocol
