// SPDX-License-Identifier: Apache-2.0
#include "node/opening_desk.hpp"

#include <future>

#include "node/testing/opening_desks.hpp"
#include "protocol/refusal.hpp"

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
  EXPECT_EQ(desks[0]->judge(call(0, 0)).error().code, Code::kRefused);
  EXPECT_EQ(desks[0]->check(view()).error().code, Code::kUnavailable);
  EXPECT_EQ(fetched, 0);
}

// docs/design/0053: whoever comes next is told, and believes what it hears.
TEST_F(OpeningDeskTest, WhatItJudgedItselfIsSaidOnceAndNothingElse) {
  for (std::uint32_t entry = 0; entry < 2; ++entry) (void)carry(entry);
  EXPECT_TRUE(desks[0]->untold().empty()) << "one column is left";
  (void)carry(2);
  const std::vector<protocol::OpeningVerdict> said = desks[0]->untold();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].manifest, name);
  EXPECT_EQ(said[0].commons, committee().commons);
  EXPECT_EQ(said[0].epoch, commons.committee.epoch);
  EXPECT_TRUE(said[0].passed);
  EXPECT_TRUE(protocol::verify_opening_verdict(commons.identities[0], said[0]));
  EXPECT_EQ(desks[0]->untold(), said) << "until the store has it";
  desks[0]->told(name);
  EXPECT_TRUE(desks[0]->untold().empty());
  desks[0].reset();
  desks[0] = open(0);
  EXPECT_TRUE(desks[0]->untold().empty()) << "without keys nothing is signed";
  begin(0);
  EXPECT_EQ(desks[0]->untold(), said) << "also after a restart, byte for byte";
}

TEST_F(OpeningDeskTest, WhatAnEarlierCommitteeFoundIsKeptAndNotSaidAsItsOwn) {
  manifest.epoch = Epoch(7);
  name = data::manifest_hash(manifest);
  ASSERT_TRUE(desks[0]->hear(name, protocol::JointVerdict::kNone, "were not vouched for"));
  EXPECT_EQ(desks[0]->check(view()).error().message, "the columns of owner mallory were not vouched for");
  EXPECT_EQ(desks[0]->check(view()).error().code, Code::kRefused);
  EXPECT_NE(progress(0).refused.find("its columns were not vouched for"), std::string::npos) << "nobody waits for it";
  EXPECT_EQ(desks[0]->stand(name).value_or_stop().verdict, OpeningStand::Verdict::kAwaited);
  ASSERT_TRUE(desks[0]->hear(name, protocol::JointVerdict::kPassed, ""));
  EXPECT_TRUE(desks[0]->check(view()));
  EXPECT_EQ(progress(0), (client::OpenedColumns{3, 3, ""}));
  ASSERT_TRUE(desks[0]->hear(name, protocol::JointVerdict::kNone, "were not vouched for"));
  EXPECT_TRUE(desks[0]->check(view())) << "a store that keeps it back later changes nothing";
  desks[0].reset();
  desks[0] = open(0);
  begin(0);
  EXPECT_TRUE(desks[0]->check(view())) << "also after a restart";
  EXPECT_TRUE(desks[0]->untold().empty());
  ASSERT_TRUE(desks[1]->hear(name, protocol::JointVerdict::kRefused, ""));
  EXPECT_EQ(desks[1]->check(view()).error().code, Code::kRefused);
  EXPECT_NE(progress(1).refused.find("the committee that it was sealed for found a value"), std::string::npos);
}

// Whoever asks to no end: what was opened before is opened again so many times a minute, and what is next always.
TEST_F(OpeningDeskTest, WhatWasOpenedBeforeIsOpenedAgainSoManyTimesAMinute) {
  for (std::uint32_t entry = 0; entry < 3; ++entry) (void)carry(entry);
  const int before = fetched;
  int refused = 0;
  for (std::uint32_t i = 0; i < kAgainPerUpload + 5; ++i) {
    const auto said = desks[0]->share(call(i % 2, 0));
    if (said) continue;
    ++refused;
    EXPECT_EQ(said.error().code, Code::kLimit);
    EXPECT_EQ(protocol::reason_of(said.error()), "rate_limited") << said.error().message;
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(fetched - before, static_cast<int>(kAgainPerUpload)) << "what was opened last is still there, and free";
  now += kProvokedWindow;
  EXPECT_TRUE(desks[0]->share(call(1, 0)));
}

TEST_F(OpeningDeskTest, WhatIsNextIsOpenedWhateverElseIsAskedFor) {
  std::uint32_t others = 0;
  while (desks[0]->share(call(1 + others % 2, 0))) ++others;
  EXPECT_EQ(others, kAgainPerUpload);
  EXPECT_TRUE(desks[0]->share(call(0, 0))) << "its turn";
  const int before = fetched;
  for (int i = 0; i < 3 * static_cast<int>(kAgainPerUpload); ++i) ASSERT_TRUE(desks[0]->share(call(0, 0)));
  EXPECT_EQ(fetched, before) << "it is kept until it is judged";
  EXPECT_TRUE(carry(0)[0]);
  EXPECT_TRUE(carry(1)[0]);
  EXPECT_TRUE(carry(2)[0]);
  EXPECT_TRUE(desks[0]->check(view()));
}

TEST_F(OpeningDeskTest, OneWaitsAndNobodyElse) {
  std::promise<void> fetching, go_on;
  desks[0] = OpeningDesk::open({commons.params, commons.committee.epoch, folder / "slow",
                                [this](const Hash256&) { return std::make_shared<const data::Manifest>(manifest); },
                                [&, begun = false](const data::Manifest&, const data::ManifestEntry& entry) mutable {
                                  if (!std::exchange(begun, true)) {
                                    fetching.set_value();
                                    go_on.get_future().wait();
                                  }
                                  return Result<fhe::Ciphertext>(columns.at(entry.block));
                                },
                                [](const Hash256&) { return Status(); }})
                 .value_or_stop();
  begin(0);
  const auto ask = [&] { return std::async(std::launch::async, [&] { return desks[0]->share(call(0, 0)); }); };
  auto first = ask();
  fetching.get_future().wait();
  // Of two that come meanwhile one is sent away, whichever is later.
  std::vector<std::future<Result<client::RunMessage>>> later;
  later.push_back(ask());
  later.push_back(ask());
  std::size_t refused = 2;
  while (refused == 2) {
    for (std::size_t i = 0; i < 2; ++i) {
      if (later[i].wait_for(std::chrono::milliseconds(1)) == std::future_status::ready) refused = i;
    }
  }
  const auto sent_away = later[refused].get();
  ASSERT_FALSE(sent_away);
  EXPECT_EQ(sent_away.error().code, Code::kUnavailable);
  EXPECT_EQ(protocol::reason_of(sent_away.error()), "rate_limited");
  go_on.set_value();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(later[1 - refused].get());
  EXPECT_TRUE(desks[0]->share(call(0, 0))) << "who comes afterwards finds the place free";
}

TEST_F(OpeningDeskTest, AKeptVerdictIsReadAsItWasWrittenOrNotAtAll) {
  for (const Status& verdict : {Status(), Status(fail(Code::kRefused, "column age/value of block 1: beyond"))}) {
    const Bytes bytes = encode_kept_verdict({name, verdict});
    const KeptVerdict kept = decode_kept_verdict(bytes).value_or_stop();
    EXPECT_EQ(kept.manifest, name);
    EXPECT_EQ(kept.verdict.has_value(), verdict.has_value());
    if (!verdict) {
      EXPECT_EQ(kept.verdict.error().message, verdict.error().message);
    }
    EXPECT_EQ(encode_kept_verdict(kept), bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_kept_verdict(ByteView(bytes).first(size))) << size;
    }
  }
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
