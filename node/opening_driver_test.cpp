// SPDX-License-Identifier: Apache-2.0
#include "node/opening_driver.hpp"

#include "node/testing/opening_desks.hpp"
#include "protocol/refusal.hpp"

namespace mc::node {
namespace {

using client::OpeningStand;
using testing::Commons;

class OpeningDriverTest : public testing::OpeningDesks {
 protected:
  explicit OpeningDriverTest(std::uint32_t custodians = 3) : OpeningDesks(custodians) {}

  /// A line to one desk, as its routes answer.
  class Line final : public client::Transport {
   public:
    Line(OpeningDriverTest& of, std::size_t custodian) : of_(of), custodian_(custodian) {}
    Result<Bytes> get(const std::string& path, std::size_t) override {
      if (of_.silent == custodian_) return fail(Code::kUnavailable, "nobody answers");
      MC_TRY(const Hash256 manifest, hash_from_hex(path.substr(path.rfind('/') + 1)));
      MC_TRY(const OpeningStand stand, of_.desks[custodian_]->stand(manifest));
      return client::encode_opening_stand(stand);
    }
    Result<Bytes> post(const std::string& path, ByteView body, std::string_view, std::size_t) override {
      ++of_.posted;
      if (of_.dies == custodian_ && of_.lives_for-- <= 0) return fail(Code::kUnavailable, "nobody answers any more");
      if (of_.busy == custodian_ && of_.turns_away-- > 0) {
        return protocol::refuse(protocol::Refusal::kRateLimited, Code::kUnavailable, "somebody waits for the next");
      }
      MC_TRY(const client::OpeningCall call, client::decode_opening_call(of_.document.epoch, body));
      if (path.ends_with("/judge")) {
        MC_TRY(const OpeningStand stand, of_.desks[custodian_]->judge(call));
        return client::encode_opening_stand(stand);
      }
      MC_TRY(client::RunMessage said, of_.desks[custodian_]->share(call));
      if (of_.liar == custodian_) said.statement.hashes[0].hash.bytes[0] ^= 1;
      return client::encode_opening_share(said);
    }
    Result<Bytes> put(const std::string&, ByteView, std::string_view, std::size_t) override { return Bytes(); }
    [[nodiscard]] std::string url() const override { return ""; }

   private:
    OpeningDriverTest& of_;
    std::size_t custodian_;
  };

  void SetUp() override {
    OpeningDesks::SetUp();
    document.epoch = commons.committee.epoch;
    for (std::size_t c = 0; c < count(); ++c) document.custodians.push_back({std::to_string(c), {}});
  }
  Status drive() {
    return drive_opening(document, commons.committee.shape, name,
                         [this](const std::string& url, const std::string&) -> std::unique_ptr<client::Transport> {
                           return std::make_unique<Line>(*this, std::stoul(url));
                         });
  }

  client::CommonsDocument document;
  static constexpr std::size_t kNobody = 9;
  std::size_t silent = kNobody, liar = kNobody, busy = kNobody, dies = kNobody;
  std::atomic<int> turns_away = 0, lives_for = 0;  // calls
  std::atomic<int> posted = 0;
};

TEST_F(OpeningDriverTest, CarriesUntilAllHaveAVerdictAndThenNothing) {
  EXPECT_TRUE(drive());
  for (const auto& desk : desks) EXPECT_TRUE(desk->check(view()));
  EXPECT_EQ(posted, 18) << "three columns, three shares and three verdicts each";
  EXPECT_TRUE(drive());
  EXPECT_EQ(posted, 18);
}

TEST_F(OpeningDriverTest, GoesOnWhereItWasBrokenOff) {
  (void)carry(0);
  EXPECT_TRUE(drive());
  EXPECT_EQ(posted, 12);
}

// One whose verdicts are lost hears everything again, with the same noise.
TEST_F(OpeningDriverTest, ACustodianThatForgotIsToldAgain) {
  EXPECT_TRUE(drive());
  const client::RunMessage before = desks[0]->share(call(2, 0)).value_or_stop();
  desks[2].reset();
  std::filesystem::remove(folder / "openings-2");
  desks[2] = open(2);
  begin(2);
  const int posted_before = posted;
  EXPECT_TRUE(drive());
  EXPECT_EQ(posted - posted_before, 12) << "all say their shares, and who has its verdict need not judge again";
  EXPECT_TRUE(desks[2]->check(view()));
  EXPECT_EQ(desks[0]->share(call(2, 0)).value_or_stop(), before);
}

// Who keeps a custodian busy with columns that nobody waits for does not put it out of the opening.
TEST_F(OpeningDriverTest, ACustodianThatIsBusyIsAskedAgain) {
  busy = 1;
  turns_away = 3;
  EXPECT_TRUE(drive());
  EXPECT_EQ(posted, 18 + 3);
  for (const auto& desk : desks) EXPECT_TRUE(desk->check(view()));
}

TEST_F(OpeningDriverTest, WithTooFewCustodiansThereIsNoVerdict) {
  silent = 1;
  const Status stuck = drive();
  EXPECT_EQ(stuck.error().code, Code::kUnavailable);
  EXPECT_NE(stuck.error().message.find("of 3 custodians that are needed to open a column 2 answer: custodian 1"),
            std::string::npos)
      << stuck.error().message;
}

TEST_F(OpeningDriverTest, WhatIsChangedOnTheWayIsNotBelieved) {
  liar = 1;
  EXPECT_FALSE(drive());
  EXPECT_EQ(desks[0]->check(view()).error().code, Code::kUnavailable);
}

/// Of four, any three of whom are enough.
class OpeningDriverOfFour : public OpeningDriverTest {
 protected:
  OpeningDriverOfFour() : OpeningDriverTest(4) {}
};

TEST_F(OpeningDriverOfFour, WhoDropsOutOnTheWayLeavesTheOthersToIt) {
  dies = 2;
  for (const int calls : {0, 1, 2, 3}) {
    lives_for = calls;
    for (std::uint32_t c = 0; c < count(); ++c) {
      desks[c].reset();
      std::filesystem::remove(folder / ("openings-" + std::to_string(c)));
      desks[c] = open(c);
      begin(c);
    }
    const Status driven = drive();
    // One that dies when it should judge says nothing of what the others found.
    if (!driven) {
      EXPECT_EQ(calls % 2, 1) << driven.error().message;
      EXPECT_TRUE(drive()) << "the next time it is left out";
    }
    for (std::uint32_t c = 0; c < count(); ++c) EXPECT_EQ(desks[c]->check(view()).has_value(), c != 2) << calls;
  }
}

TEST_F(OpeningDriverOfFour, WhoIsNotThereFromTheBeginningIsNotMissed) {
  silent = 3;
  EXPECT_TRUE(drive());
  for (std::uint32_t c = 0; c < count(); ++c) EXPECT_EQ(desks[c]->check(view()).has_value(), c != 3);
  EXPECT_EQ(posted, 18);
}

TEST_F(OpeningDriverTest, ARefusedUploadEndsIt) {
  columns[2] = sealed(0x1p15);
  EXPECT_TRUE(drive());
  for (const auto& desk : desks) EXPECT_EQ(desk->check(view()).error().code, Code::kRefused);
}

}  // namespace
}  // namespace mc::node
