// SPDX-License-Identifier: Apache-2.0
#include "node/local_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/testing/temporary_folder.hpp"

namespace mc::node {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;

LocalRecord sample() {
  LocalRecord record;
  record.dataset = "herz";
  record.epoch = Epoch{2};
  record.custodians = 5;
  record.threshold = 3;
  record.id_column = "id";
  record.auto_approve = true;
  record.schema = sha256(view_of("schema"));
  record.cohorts = {{"a", "/data/a.csv", sha256(view_of("a")), "1"},
                    {"b", "/data/Grüße.csv", sha256(view_of("b")), "p-7"}};
  record.cohorts[1].events = {{"labs", "/data/b_labs.csv", sha256(view_of("labs"))}};
  record.cohorts[0].rules = {20, 10, 80};
  record.chain_port = 1001;
  record.store_port = 1002;
  record.compute_port = 1003;
  record.custodian_ports = {1, 2, 3, 4, 65535};
  record.ready = true;
  return record;
}

class Record : public ::testing::Test {
 protected:
  void put(const std::string& text) const {
    MC_CHECK(write_file_atomically(paths_.record(), view_of(text)).has_value());
  }

  mc::testing::TemporaryFolder folder_;
  LocalPaths paths_{folder_.path()};
};

TEST_F(Record, WhatIsWrittenIsRead) {
  for (LocalRecord record : {sample(), LocalRecord{}}) {
    ASSERT_TRUE(write_local_record(paths_, record));
    EXPECT_EQ(read_local_record(paths_).value(), record);
  }
}

TEST_F(Record, AForeignChainIsKeptWithItsTermsAndDamageInThemIsDamage) {
  LocalRecord record = sample();
  EXPECT_EQ(record.chain_url(), "http://127.0.0.1:1001");
  EXPECT_TRUE(record.endowment() == governance::Wei{10'000'000'000} * 1'000'000'000U) << "10 ether that cost nothing";
  record.chain = ForeignChain{"http://127.0.0.1:8545", 12, 250'000'000};
  ASSERT_TRUE(write_local_record(paths_, record));
  EXPECT_EQ(read_local_record(paths_).value(), record);
  EXPECT_EQ(record.chain_url(), "http://127.0.0.1:8545");
  EXPECT_TRUE(record.endowment() == governance::Wei{250'000'000} * 1'000'000'000U);
  const ordered_json whole = ordered_json::parse(read_text_file(paths_.record(), 1 << 20).value());
  for (const char* name : {"url", "confirmations", "endowment_gwei"}) {
    ordered_json altered = whole;
    altered["chain"].erase(name);
    put(altered.dump());
    EXPECT_EQ(read_local_record(paths_).error().code, Code::kCorrupt) << name;
  }
}

TEST_F(Record, AFolderWithoutOneSaysHowToFoundIt) {
  const auto refused = read_local_record(paths_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNotFound);
  EXPECT_THAT(refused.error().message,
              HasSubstr(folder_.path().string() + " holds no commons; found one with `medcommons local up"));
}

TEST_F(Record, AnyMemberAbsentOrOfAWrongTypeIsDamageAndNamesTheFile) {
  ASSERT_TRUE(write_local_record(paths_, sample()));
  const ordered_json whole = ordered_json::parse(read_text_file(paths_.record(), 1 << 20).value());
  for (const auto& [name, value] : whole.items()) {
    ordered_json absent = whole, wrong = whole;
    absent.erase(name);
    wrong[name] = {{"an", "object"}};
    for (const ordered_json& altered : {absent, wrong}) {
      put(altered.dump());
      const auto refused = read_local_record(paths_);
      ASSERT_FALSE(refused) << name;
      EXPECT_EQ(refused.error().code, Code::kCorrupt) << name;
      EXPECT_THAT(refused.error().message, HasSubstr("local.json"));
    }
  }
  for (const char* name : {"name", "file", "sha256", "first_person"}) {
    ordered_json altered = whole;
    altered["cohorts"][1].erase(name);
    put(altered.dump());
    EXPECT_EQ(read_local_record(paths_).error().code, Code::kCorrupt) << name;
  }
}

TEST_F(Record, OwnersWhoAreNotTrustedAreKept) {
  LocalRecord record = sample();
  record.owners_trusted = false;
  ASSERT_TRUE(write_local_record(paths_, record));
  EXPECT_EQ(read_local_record(paths_).value(), record);
  ordered_json altered = ordered_json::parse(read_text_file(paths_.record(), 1 << 20).value());
  altered["owners_trusted"] = "yes";
  put(altered.dump());
  EXPECT_EQ(read_local_record(paths_).error().code, Code::kCorrupt);
}

TEST_F(Record, ACohortOfBeforeThereWereEventsHasNone) {
  LocalRecord record = sample();
  record.cohorts[1].events.clear();
  ASSERT_TRUE(write_local_record(paths_, record));
  ordered_json altered = ordered_json::parse(read_text_file(paths_.record(), 1 << 20).value());
  for (ordered_json& cohort : altered["cohorts"]) cohort.erase("events");
  put(altered.dump());
  EXPECT_EQ(read_local_record(paths_).value(), record);
}

TEST_F(Record, HalfAFileAndNonsenseAreDamage) {
  ASSERT_TRUE(write_local_record(paths_, sample()));
  const std::string whole = read_text_file(paths_.record(), 1 << 20).value();
  for (const std::string& text :
       {std::string(), whole.substr(0, whole.size() / 2), std::string("[]"), std::string("null")}) {
    put(text);
    EXPECT_EQ(read_local_record(paths_).error().code, Code::kCorrupt) << text.size();
  }
}

TEST_F(Record, AnotherVersionsFileIsUnsupported) {
  put(R"({"format": "medcommons/local/2"})");
  EXPECT_EQ(read_local_record(paths_).error().code, Code::kUnsupported);
}

// JSON holds text only; a path of other bytes once ended the process.
TEST_F(Record, APathThatIsNotUtf8IsRefusedAndNothingIsWritten) {
  LocalRecord record = sample();
  record.cohorts[1].file = "/data/\xff.csv";
  const Status refused = write_local_record(paths_, record);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("cohort 'b'"));
  EXPECT_FALSE(std::filesystem::exists(paths_.record()));
}

TEST(LocalRecord, TheSameCommonsHasNoDifferenceWhateverItsPortsAndHowFarItCame) {
  LocalRecord other = sample();
  other.chain_port = 9;
  other.custodian_ports.clear();
  other.ready = false;
  other.auto_approve = false;
  EXPECT_EQ(sample().difference(other), "");
}

TEST(LocalRecord, EveryDifferenceIsASentenceAboutTheCommonsThatIsThere) {
  const auto difference = [](const std::function<void(LocalRecord&)>& change) {
    LocalRecord other = sample();
    change(other);
    return sample().difference(other);
  };
  EXPECT_EQ(difference([](LocalRecord& r) { r.dataset = "x"; }), "its data set is 'herz', not 'x'");
  EXPECT_EQ(difference([](LocalRecord& r) { r.profile = "deep"; }), "its profile is 'standard', not 'deep'");
  EXPECT_EQ(difference([](LocalRecord& r) { r.threshold = 2; }), "its committee is 3 of 5");
  EXPECT_EQ(difference([](LocalRecord& r) { r.owners_trusted = false; }),
            "its owners are trusted with its key (--owners)");
  EXPECT_EQ(difference([](LocalRecord& r) { r.cohorts[0].rules = {}; }),
            "the rules of cohort 'a' are: cohort at least 20 persons, cells below 10 not shown, no owner above 80 %; "
            "not: none");
  EXPECT_EQ(difference([](LocalRecord& r) { r.custodians = 3; }), "its committee is 3 of 5");
  EXPECT_EQ(difference([](LocalRecord& r) {
              r.rotations = {1, 2};
            }),
            "its keys are for other rotations (--rotations, --conjugation)");
  EXPECT_EQ(difference([](LocalRecord& r) { r.conjugation = !r.conjugation; }),
            "its keys are for other rotations (--rotations, --conjugation)");
  EXPECT_EQ(difference([](LocalRecord& r) { r.schema = {}; }), "its schema is another one");
  EXPECT_EQ(difference([](LocalRecord& r) { r.id_column.reset(); }), "its --id column is another one");
  EXPECT_THAT(difference([](LocalRecord& r) { r.cohorts.pop_back(); }), HasSubstr("its cohorts are other ones"));
  EXPECT_THAT(difference([](LocalRecord& r) { r.cohorts[0].file_hash = {}; }), HasSubstr("their files have changed"));
  EXPECT_THAT(difference([](LocalRecord& r) { r.cohorts[1].events[0].file_hash = {}; }),
              HasSubstr("their files have changed"));
}

TEST(LocalPaths, AreAbsoluteAndAllInTheFolder) {
  const LocalPaths paths = local_paths("some/where").value();
  EXPECT_TRUE(paths.root.is_absolute());
  for (const std::filesystem::path& path :
       {paths.record(), paths.document(), paths.lock(), paths.log("x"), paths.pid("x"), paths.role("store"),
        paths.owner("a"), paths.researcher("r"), paths.founder()}) {
    EXPECT_TRUE(path.string().starts_with(paths.root.string() + "/")) << path;
  }
}

// An empty --dir once ended the process.
TEST(LocalPaths, NoFolderAtAllIsRefused) {
  const auto refused = local_paths("");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
}

TEST(CustodianName, CountsFromZero) {
  EXPECT_EQ(custodian_name(Epoch{1}, 2), "custodian-2");
  EXPECT_EQ(custodian_name(Epoch{3}, 0), "custodian-3-0");
}

}  // namespace
}  // namespace mc::node
