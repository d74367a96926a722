// SPDX-License-Identifier: Apache-2.0
#include "node/opening_desk.hpp"

#include "node/testing/opening_desks.hpp"

namespace mc::node {
namespace {

using client::OpeningStand;
using testing::numbered_hash;

class OpeningDeskTest : public testing::OpeningDesks {};

TEST_F(OpeningDeskTest, AnUploadPassesWhenItsLastColumnHas) {
  EXPECT_EQ(desks[0]->check(view()).error().code, Code::kUnavailable);
  EXPECT_NE(desks[0]->check(view()).error().message.find("owner mallory have not all been opened"), std::string::npos);
  for (std::uint32_t entry = 0; entry < 3; ++entry) {
    EXPECT_EQ(desks[2]->stand(name).value_or_stop(), (OpeningStand{OpeningStand::Verdict::kAwaited, entry}));
    EXPECT_EQ(progress(1), (client::OpenedColumns{3, entry, ""}));
    for (const auto& stand : carry(entry)) EXPECT_TRUE(stand);
  }
  for (std::uint32_t c = 0; c < 3; ++c) {
    EXPECT_TRUE(desks[c]->check(view()));
    EXPECT_EQ(desks[c]->stand(name).value_or_stop().verdict, OpeningStand::Verdict::kPassed);
    EXPECT_EQ(progress(c), (client::OpenedColumns{3, 3, ""}));
  }
  EXPECT_EQ(written.size(), 3) << "one line in each custodian's journal";
  EXPECT_EQ(fetched, 9) << "what is judged has been fetched for the share";
}

TEST_F(OpeningDeskTest, AColumnOutOfRangeRefusesTheUploadForGood) {
  columns[1] = sealed(0x1p15);
  EXPECT_EQ(carry(1)[0].value().verdict, OpeningStand::Verdict::kRefused);
  const Status refused = desks[0]->check(view());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_NE(refused.error().message.find("owner mallory: column age/value of block 1: a value lies beyond"),
            std::string::npos)
      << refused.error().message;
  EXPECT_NE(progress(0).refused.find("age/value"), std::string::npos);
  desks.clear();
  for (std::uint32_t c = 0; c < 3; ++c) desks.push_back(open(c));
  EXPECT_EQ(desks[0]->check(view()).error().message, refused.error().message) << "also after a restart";
  columns[1] = sealed(1);
  for (std::uint32_t c = 0; c < 3; ++c) begin(c);
  for (std::uint32_t entry = 0; entry < 3; ++entry) {
    EXPECT_EQ(carry(entry)[0].value().verdict, OpeningStand::Verdict::kRefused);
  }
  EXPECT_FALSE(desks[0]->check(view()));
}

TEST_F(OpeningDeskTest, NothingIsOpenedThatHasNotBeenProven) {
  client::OpeningCall of_another = call(0, 0);
  of_another.manifest = numbered_hash(9);
  EXPECT_EQ(desks[0]->share(of_another).error().code, Code::kNotFound);
  EXPECT_EQ(desks[0]->stand(numbered_hash(9)).error().code, Code::kNotFound);
  EXPECT_EQ(desks[0]->share(call(3, 0)).error().code, Code::kNotFound);
  manifest.epoch = Epoch(7);
  name = data::manifest_hash(manifest);
  EXPECT_EQ(desks[0]->share(call(0, 0)).error().code, Code::kRefused) << "sealed for another committee";
  EXPECT_NE(desks[0]->check(view()).error().message.find("upload them again"), std::string::npos);
  EXPECT_NE(progress(0).refused.find("upload them again"), std::string::npos) << "nobody waits for it";
  EXPECT_EQ(fetched, 0);
}

TEST_F(OpeningDeskTest, NothingLeavesThatIsNotInTheJournal) {
  may_write = false;
  EXPECT_EQ(desks[0]->share(call(0, 0)).error().code, Code::kIo);
  may_write = true;
  EXPECT_TRUE(desks[0]->share(call(0, 0)));
}

TEST_F(OpeningDeskTest, WithoutKeysThereAreNoShares) {
  const auto unkeyed = open(7);
  EXPECT_EQ(unkeyed->share(call(0, 0)).error().code, Code::kUnavailable);
}

TEST_F(OpeningDeskTest, OneOfTheOthersAloneIsNotEnough) {
  const client::RunMessage theirs = desks[1]->share(call(0, 1)).value_or_stop();
  EXPECT_EQ(desks[0]->judge({name, 0, {}, {theirs}}).error().code, Code::kUnavailable);
  EXPECT_EQ(desks[0]->stand(name).value_or_stop().next, 0u);
  EXPECT_TRUE(desks[0]->share({name, 0, {}, {}}).value_or_stop().bytes.empty());
}

}  // namespace
}  // namespace mc::node
