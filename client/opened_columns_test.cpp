// SPDX-License-Identifier: Apache-2.0
#include "client/opened_columns.hpp"

#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"

namespace mc::client {
namespace {

using namespace std::chrono_literals;

/// Custodians that say one thing after another of themselves, and then the last again.
struct Custodians {
  std::vector<OpenedColumns> says;
  std::size_t asked = 0;

  class Line final : public Transport {
   public:
    explicit Line(Custodians& of) : of_(of) {}
    Result<Bytes> get(const std::string&, std::size_t) override {
      if (of_.says.empty()) return fail(Code::kUnavailable, "nobody answers");
      const OpenedColumns& now = of_.says[std::min(of_.asked++, of_.says.size() - 1)];
      const CustodianHealth health{"ready", {}, now};
      const std::string text = custodian_health_json(health, 0);
      return Bytes(text.begin(), text.end());
    }
    Result<Bytes> post(const std::string&, ByteView, std::string_view, std::size_t) override { return Bytes(); }
    Result<Bytes> put(const std::string&, ByteView, std::string_view, std::size_t) override { return Bytes(); }
    [[nodiscard]] std::string url() const override { return ""; }

   private:
    Custodians& of_;
  };
  TransportFactory connect() {
    return [this](const std::string&, const std::string&) { return std::make_unique<Line>(*this); };
  }
};

class OpenedColumnsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    document.owners_trusted = false;
    document.custodians.resize(1);
  }
  static query::Plan plan(const std::string& where) {
    return query::compile("SELECT avg(age) FROM clinic" + where, query::testing::clinic_schema(), "clinic",
                          query::limb_budget("standard").value_or_stop())
        .value_or_stop();
  }
  Status wait(Custodians& custodians) {
    return await_opened_columns(
        document, three, custodians.connect(), [this](const std::string& text) { told.push_back(text); }, 1ms, 50ms);
  }

  CommonsDocument document;
  query::Plan two = plan(" WHERE death"), three = plan(" WHERE death AND sex = 'F'");
  std::vector<std::string> told;
};

TEST_F(OpenedColumnsTest, TwoFactorsWaitForNothingAndNobodyWaitsWhereOwnersAreTrusted) {
  EXPECT_FALSE(waits_for_opened_columns(document, two));
  EXPECT_TRUE(waits_for_opened_columns(document, three));
  document.exact = false;
  EXPECT_FALSE(waits_for_opened_columns(document, three)) << "a guarded commons opens none";
  document.exact = document.owners_trusted = true;
  EXPECT_FALSE(waits_for_opened_columns(document, three));
  EXPECT_EQ(opened_columns_text(document, three, {}), "");
}

TEST_F(OpenedColumnsTest, WaitsUntilAllAreOpenedAndSaysSoOnce) {
  Custodians custodians{{{}, {40, 2, ""}, {40, 30, ""}, {40, 40, ""}}};
  EXPECT_TRUE(wait(custodians));
  EXPECT_EQ(custodians.asked, 4u);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find("0 of 0 so far"), std::string::npos);
}

TEST_F(OpenedColumnsTest, AnUploadThatIsRefusedEndsIt) {
  Custodians custodians{{{40, 2, ""}, {40, 2, "owner a: column x"}}};
  const Status refused = wait(custodians);
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_NE(refused.error().message.find("owner a: column x"), std::string::npos);
}

TEST_F(OpenedColumnsTest, WhenNothingMovesItIsSaidWhatIsMissing) {
  Custodians custodians{{{40, 2, ""}}};
  const Status stuck = wait(custodians);
  EXPECT_EQ(stuck.error().code, Code::kUnavailable);
  EXPECT_NE(stuck.error().message.find("opened 2 of 40 columns"), std::string::npos);
  Custodians nobody;
  EXPECT_TRUE(wait(nobody)) << "that they are missing is said elsewhere";
}

// Proofs that are still being checked count as moving, and patience is of standing still, not of all of it.
TEST_F(OpenedColumnsTest, AsLongAsItMovesItWaits) {
  Custodians custodians;
  for (std::size_t i = 0; i < 40; ++i) custodians.says.push_back({40, i, ""});
  custodians.says.push_back({40, 40, ""});
  EXPECT_TRUE(await_opened_columns(document, three, custodians.connect(), {}, 5ms, 100ms)) << "40 times 5 ms";
  EXPECT_EQ(custodians.asked, 41u);
}

TEST_F(OpenedColumnsTest, ExplainSaysHowFarTheyAre) {
  EXPECT_NE(opened_columns_text(document, three, {40, 2, ""}).find("multiplies 3 conditions and values of a person"),
            std::string::npos);
  EXPECT_NE(opened_columns_text(document, three, {40, 2, ""}).find("(2 of 40 are)"), std::string::npos);
  EXPECT_NE(opened_columns_text(document, three, {40, 2, "owner a"}).find("refuse an upload: owner a"),
            std::string::npos);
}

}  // namespace
}  // namespace mc::client
