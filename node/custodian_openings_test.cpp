// SPDX-License-Identifier: Apache-2.0
#include "node/custodian_openings.hpp"

#include "node/testing/opening_desks.hpp"

namespace mc::node {
namespace {

class CustodianOpenings : public testing::OpeningDesks {
 protected:
  void SetUp() override {
    OpeningDesks::SetUp();
    const auto refused = [this](const Hash256& upload, std::string_view reason) {
      journal.emplace_back(upload, reason);
      return may_write ? Status() : Status(fail(Code::kIo, "the journal is full"));
    };
    add_opening_routes(desks[0].get(), commons.committee.epoch, refused, router, [this] { return now; });
  }
  HttpResponse share(std::uint32_t entry) {
    HttpRequest request;
    request.method = "POST";
    request.segments = {"v1", "openings", "share"};
    request.body = client::encode_opening_call(call(entry, 0));
    const Router::Match match = router.match(request);
    MC_CHECK(match.route != nullptr);
    return Router::answer(*match.route, request);
  }
  /// Columns that are not next, one after the other, until this custodian has enough.
  HttpResponse share_too_often() {
    for (std::uint32_t i = 0; i <= 2 * kAgainPerUpload; ++i) {
      HttpResponse response = share(1 + i % 2);
      if (response.status != 200) return response;
    }
    return {};
  }

  Router router;
  std::vector<std::pair<Hash256, std::string>> journal;
};

// Openings that were refused for their number stood in no journal, as those of releases do.
TEST_F(CustodianOpenings, WhoAsksTooMuchStandsInTheJournalOnceAMinute) {
  const HttpResponse refused = share_too_often();
  EXPECT_EQ(refused.status, 429);
  ASSERT_EQ(journal.size(), 1U);
  EXPECT_EQ(journal[0].first, name);
  EXPECT_EQ(journal[0].second, "rate_limited");
  EXPECT_EQ(share_too_often().status, 429);
  EXPECT_EQ(journal.size(), 1U) << "nobody fills a journal from outside";
  now += kProvokedWindow;
  EXPECT_EQ(share_too_often().status, 429);
  EXPECT_EQ(journal.size(), 2U);
}

TEST_F(CustodianOpenings, ARefusalThatIsNotInTheJournalIsNotTold) {
  may_write = true;
  EXPECT_EQ(share(0).status, 200);
  may_write = false;
  EXPECT_EQ(share_too_often().status, 500);
}

TEST_F(CustodianOpenings, OtherRefusalsStandInNoJournal) {
  EXPECT_EQ(share(9).status, 404) << "no such column";
  EXPECT_TRUE(journal.empty());
}

}  // namespace
}  // namespace mc::node
