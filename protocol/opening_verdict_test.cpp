// SPDX-License-Identifier: Apache-2.0
#include "protocol/opening_verdict.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "protocol/testing/commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;
using testing::numbered_hash;
using testing::numbered_key;

/// A committee that has judged an upload, without keys: nothing here is encrypted.
class OpeningVerdictTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kCustodians = 5, kThreshold = 3;

  void SetUp() override {
    for (std::uint32_t c = 0; c < kCustodians; ++c) {
      committee.identities.push_back(Commons::identity(c).public_identity());
    }
  }
  [[nodiscard]] OpeningVerdict unsigned_verdict(std::uint32_t custodian, bool passed) const {
    return {committee.commons, committee.epoch, Commons::id(custodian), manifest, passed, {}};
  }
  static OpeningVerdict sign(OpeningVerdict verdict, std::uint32_t as) {
    sign_opening_verdict(Commons::identity(as), verdict);
    return verdict;
  }
  [[nodiscard]] OpeningVerdict says(std::uint32_t custodian, bool passed = true) const {
    return sign(unsigned_verdict(custodian, passed), custodian);
  }
  [[nodiscard]] JointVerdict joint(const std::vector<OpeningVerdict>& said) const {
    return joint_opening_verdict(committee, manifest, said);
  }

  KeygenSetup committee{numbered_hash(1),
                        fhe::CommitteeShape::create(kCustodians, kThreshold).value_or_stop(),
                        Epoch(4),
                        fhe::testing::small_params(),
                        {},
                        {}};
  Hash256 manifest = numbered_hash(7);
};

TEST_F(OpeningVerdictTest, IsWhatSoManySayAlikeOfWhomOneIsHonest) {
  EXPECT_EQ(joint({}), JointVerdict::kNone);
  EXPECT_EQ(joint({says(0), says(4)}), JointVerdict::kNone);
  EXPECT_EQ(joint({says(0), says(4), says(2)}), JointVerdict::kPassed);
  EXPECT_EQ(joint({says(0), says(4), says(2, false)}), JointVerdict::kNone);
  EXPECT_EQ(joint({says(0, false), says(4, false), says(2, false)}), JointVerdict::kRefused);
  EXPECT_EQ(joint({says(0), says(1), says(2), says(3, false), says(4, false)}), JointVerdict::kPassed)
      << "two who lie cannot refuse her records";
}

TEST_F(OpeningVerdictTest, OneWhoSpeaksOftenIsOne) {
  EXPECT_EQ(joint({says(0), says(0), says(0), says(4)}), JointVerdict::kNone);
  EXPECT_EQ(joint({says(0), says(1), says(2), says(2, false)}), JointVerdict::kNone) << "who says both says nothing";
}

// Two of three-of-five, and whatever they can write.
TEST_F(OpeningVerdictTest, FewerThanSoManyForgeNone) {
  std::vector<OpeningVerdict> forged = {says(0), says(1)};
  for (std::uint32_t other = 2; other < kCustodians; ++other) {
    forged.push_back(sign(unsigned_verdict(other, true), 0));  // in another's name
    OpeningVerdict renamed = says(1);
    renamed.custodian = Commons::id(other);
    forged.push_back(renamed);
    OpeningVerdict turned = says(other, false);  // and what others did say, the other way round
    turned.passed = true;
    forged.push_back(turned);
  }
  forged.push_back(sign(unsigned_verdict(kCustodians, true), 1));  // in nobody's
  forged.push_back(sign(unsigned_verdict(255, true), 1));
  EXPECT_EQ(joint(forged), JointVerdict::kNone);
}

TEST_F(OpeningVerdictTest, CountsForNoOtherUploadEpochOrCommons) {
  const std::vector<std::function<void(OpeningVerdict&)>> elsewhere = {
      [](OpeningVerdict& v) { v.manifest = numbered_hash(8); },
      [](OpeningVerdict& v) { v.epoch = Epoch(3); },
      [](OpeningVerdict& v) { v.commons = numbered_hash(2); },
  };
  for (std::size_t i = 0; i < elsewhere.size(); ++i) {
    std::vector<OpeningVerdict> as_they_are, relabelled;
    for (std::uint32_t c = 0; c < kCustodians; ++c) {
      OpeningVerdict verdict = unsigned_verdict(c, true);
      elsewhere[i](verdict);
      as_they_are.push_back(sign(verdict, c));
      relabelled.push_back(says(c));
      relabelled.back().signature = as_they_are.back().signature;
    }
    EXPECT_EQ(joint(as_they_are), JointVerdict::kNone) << i;
    EXPECT_EQ(joint(relabelled), JointVerdict::kNone) << i << ": a signature covers it";
  }
}

TEST_F(OpeningVerdictTest, OfAnotherFormOrAThirdKindIsNotRead) {
  const Bytes bytes = encode_opening_verdict(says(3));
  Bytes form = bytes;
  form[4] ^= 1;
  EXPECT_EQ(decode_opening_verdict(form).error().code, Code::kCorrupt);
  Bytes third = bytes;
  third[bytes.size() - says(3).signature.size() - 1] = 2;
  EXPECT_EQ(decode_opening_verdict(third).error().code, Code::kCorrupt);
}

TEST_F(OpeningVerdictTest, IsReadAsItWasWrittenOrNotAtAll) {
  for (const bool passed : {true, false}) {
    const OpeningVerdict verdict = says(3, passed);
    const Bytes bytes = encode_opening_verdict(verdict);
    EXPECT_LE(bytes.size(), kOpeningVerdictBytesMax);
    EXPECT_EQ(decode_opening_verdict(bytes).value_or_stop(), verdict);
    EXPECT_EQ(encode_opening_verdict(says(3, passed)), bytes) << "said again";
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_opening_verdict(ByteView(bytes).first(size))) << size;
    }
    Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(decode_opening_verdict(longer));
  }
}

}  // namespace
}  // namespace mc::protocol
