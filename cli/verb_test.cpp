// SPDX-License-Identifier: Apache-2.0
#include "cli/verb.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/file.hpp"
#include "base/testing/temporary_folder.hpp"

namespace mc::cli {
namespace {

using ::testing::HasSubstr;

/// The whole command line, parsed but not carried out.
class CommandLine : public ::testing::Test {
 protected:
  CommandLine() {
    app_.require_subcommand(1);
    for (const auto add :
         {add_local_verbs, add_ask_verb, add_explain_verb, add_model_verbs, add_check_verbs, add_schema_verbs,
          add_member_verbs, add_study_verbs, add_budget_verbs, add_consent_verbs, add_patient_verbs, add_upload_verb,
          add_committee_verbs, add_evidence_verbs, add_simulate_verb, add_run_verb, add_custodian_verbs}) {
      add(app_, invocation_);
    }
  }

  bool parse(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());
    try {
      app_.parse(words);
      return true;
    } catch (const CLI::ParseError&) {
      return false;
    }
  }
  /// On a command line of its own: options keep their values from one parse to the next.
  static Status act(std::vector<std::string> words) {
    CommandLine fresh;
    MC_CHECK(fresh.parse(std::move(words)));
    return fresh.invocation_.action();
  }
  void TestBody() override {}

  template <class Visit>
  void visit_verbs(CLI::App& app, const std::string& path, const Visit& visit) {
    for (CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; })) {
      const std::string name = path + verb->get_name();
      visit(*verb, name);
      visit_verbs(*verb, name + " ", visit);
    }
  }

  CLI::App app_;
  Invocation invocation_;
};

TEST_F(CommandLine, EveryVerbOfTheHouseIsThere) {
  std::set<std::string> verbs;
  visit_verbs(app_, "", [&](CLI::App&, const std::string& name) { verbs.insert(name); });
  for (const char* name : {"schema infer",
                           "schema show",
                           "local up",
                           "local status",
                           "local down",
                           "ask",
                           "explain",
                           "model add",
                           "model list",
                           "model show",
                           "check uploads",
                           "study propose",
                           "study vote",
                           "study execute",
                           "study show",
                           "study veto",
                           "study list",
                           "budget show",
                           "budget motions",
                           "budget propose",
                           "budget vote",
                           "budget count",
                           "budget execute",
                           "budget veto",
                           "member list",
                           "member motions",
                           "member propose-admission",
                           "member propose-removal",
                           "member propose-key",
                           "member propose-role",
                           "member vote",
                           "member execute",
                           "member rotate-key",
                           "member delegate",
                           "consent revoke",
                           "consent grant",
                           "consent show",
                           "consent delegate",
                           "consent import",
                           "consent prove",
                           "committee verify",
                           "upload",
                           "evidence check",
                           "evidence audit",
                           "simulate",
                           "run",
                           "custodian rekey",
                           "custodian journal",
                           "custodian forget",
                           "local change-committee",
                           "committee propose",
                           "committee vote",
                           "committee veto",
                           "committee activate",
                           "committee status"}) {
    EXPECT_TRUE(verbs.contains(name)) << name;
  }
}

TEST_F(CommandLine, HelpOfEveryVerbNamesAndExplainsEveryOption) {
  visit_verbs(app_, "", [&](CLI::App& verb, const std::string& name) {
    EXPECT_FALSE(verb.get_description().empty()) << name;
    const std::string help = verb.help();
    for (const CLI::Option* option : verb.get_options()) {
      EXPECT_FALSE(option->get_description().empty()) << name << " " << option->get_name();
      EXPECT_THAT(help, HasSubstr(option->get_name(option->get_positional()))) << name;
    }
  });
}

// `schema infer --times time:30 h.csv` took h.csv for a time.
TEST_F(CommandLine, NoOptionTakesTheWordsOfItsVerb) {
  visit_verbs(app_, "", [&](CLI::App& verb, const std::string& name) {
    const auto options = verb.get_options();
    if (std::none_of(options.begin(), options.end(), [](const CLI::Option* each) { return each->get_positional(); })) {
      return;
    }
    for (const CLI::Option* option : options) {
      if (option->get_positional() || option->get_items_expected_max() <= 1) continue;
      EXPECT_FALSE(option->get_allow_extra_args()) << name << " " << option->get_name();
    }
  });
}

TEST_F(CommandLine, TakesTheWordsThatOtherChecksAreBuiltOn) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"schema", "infer", "A.csv", "B.csv", "-o", "schema.json"},
           {"schema", "infer", "--id", "id", "--events", "A.csv:dx=d.csv", "--layout", "dx:person=p,time=t", "--series",
            "mi:dx=I21*,I22", "--history", "had(mi, 0, 365)", "A.csv", "B.csv"},
           {"local", "up", "--dir", "D", "--schema", "s", "--cohort", "a=b", "--events", "a:dx=d.csv", "--id", "id"},
           {"local",       "up",      "--dir",     "D",        "--schema",      "schema.json",
            "--cohort",    "a=A.csv", "--cohort",  "b=B.csv",  "--dataset",     "commons",
            "--id",        "id",      "--profile", "standard", "--custodians",  "3",
            "--threshold", "2",       "--privacy", "exact",    "--auto-approve"},
           {"local", "up", "--dir", "D", "--schema", "s", "--cohort", "a=b", "--rotations", "1,2,4096",
            "--conjugation"},
           {"committee", "verify", "--dir", "D", "--json"},
           {"local", "up", "--dir", "D", "--schema", "s", "--cohort", "a=b", "--committee-timelock", "60"},
           {"local", "change-committee", "--dir", "D", "--custodians", "5", "--threshold", "3", "--without", "0,2"},
           {"committee", "propose", "--dir", "D", "--as", "a", "--custodians", "5", "--threshold", "3"},
           {"committee", "vote", "--dir", "D", "--as", "a", "--yes"},
           {"committee", "veto", "--dir", "D", "--as", "a"},
           {"committee", "status", "--dir", "D", "--json"},
           {"local", "status", "--dir", "D", "--json"},
           {"local", "down", "--dir", "D"},
           {"ask", "--dir", "D", "SELECT count(*) FROM commons", "--json"},
           {"ask", "--dir", "D", "--study", std::string(64, 'a'), "SELECT count(*) FROM commons"},
           {"explain", "SELECT count(*) FROM commons"},
           {"model", "add", "--dir", "D", "--from", "answer.json", "--name", "heart", "--source", "a paper", "--as",
            "a"},
           {"model", "list", "--dir", "D", "--json"},
           {"model", "show", "--dir", "D", "heart", "--json"},
           {"study", "propose", "--dir", "D", "--as", "researcher", "SELECT count(*) FROM commons"},
           {"study", "vote", "--dir", "D", "--as", "a"},
           {"study", "veto", "--dir", "D", "--as", "ethics-a"},
           {"local", "up", "--dir", "D", "--schema", "s", "--cohort", "a=b", "--study-timelock", "60"},
           {"member", "propose-admission", "--dir", "D", "--as", "a", "--name", "x", "--chamber", "researchers"},
           {"member", "propose-role", "--dir", "D", "--as", "a", "--account", "0x00", "--role", "auditor", "--dismiss"},
           {"member", "vote", "--dir", "D", "--as", "a", "--motion", "3", "--no"},
           {"member", "delegate", "--dir", "D", "--as", "a", "--to", "b"},
           {"member", "rotate-key", "--dir", "D", "--as", "a"},
           {"member", "list", "--dir", "D", "--json"},
           {"budget", "propose", "--dir", "D", "--as", "a", "--rho", "2.5"},
           {"budget", "vote", "--dir", "D", "--as", "a", "--motion", "0", "--no", "--json"},
           {"budget", "execute", "--dir", "D", "--as", "a"},
           {"budget", "show", "--dir", "D", "--json"},
           {"check", "uploads", "--dir", "D", "--json"},
           {"check", "uploads", "--dir", "D", "--as", "r", "--study", "s", "--rho", "0.5", "--quiet"},
           {"study", "execute", "--dir", "D"},
           {"study", "show", "--dir", "D"},
           {"custodian", "rekey", "--folder", "F", "--key-file", "K", "--new-passphrase-file", "P"},
           {"custodian", "rekey", "--folder", "F", "--passphrase-fd", "3", "--new-passphrase-fd", "4"},
           {"custodian", "rekey", "--folder", "F"},
           {"custodian", "journal", "--folder", "F"},
           {"custodian", "forget", "--folder", "F", "--key-file", "K"},
           {"local", "up", "--dir", "D", "--schema", "s", "--cohort", "a=b", "--chain-days-ahead", "30"},
           {"local", "up", "--dir", "D", "--schema", "s", "--cohort", "a=b", "--chain-url", "http://a:1", "--chain-key",
            "payer.key", "--chain-id", "1", "--chain-confirmations", "12", "--chain-endowment", "0.05"},
           {"run", "custodian", "--folder", "F", "--commons", "C", "--key-file", "K", "--chain-days-ahead", "30"},
           {"run", "custodian", "--folder", "F", "--commons", "C", "--passphrase-file", "P"},
           {"evidence", "check", "--dir", "D", "one.evidence", "late.evidence", "--json"},
           {"evidence", "audit", "--dir", "D", "one.evidence"},
           {"study", "propose", "--dir", "D", "study.toml"},
           {"study", "propose", "--dir", "D", "--sql", "SELECT 1", "--disease", "heart failure", "--undertakes", "NPU"},
           {"consent", "revoke", "--dir", "D", "--owner", "a", "--row", "7", "--on-chain"},
           {"consent", "grant", "--dir", "D", "--owner", "a", "--row", "7", "--if", "NPU,IRB", "--expires",
            "2027-01-01"},
           {"consent", "delegate", "--dir", "D", "--owner", "a", "--row", "7", "--to", "b", "--expires", "2027-01-01"},
           {"consent", "show", "--dir", "D", "--owner", "a", "--row", "7", "--fhir", "r4"},
           {"consent", "prove", "--dir", "D", "--owner", "a", "--row", "7"},
           {"consent", "revoke", "--dir", "D", "--owner", "a", "--row", "7"},
           {"patient", "key", "--dir", "D", "--owner", "a", "--row", "7", "--out", "anna.key", "--for", "researcher"},
           {"patient", "read", "--dir", "D", "--owner", "a", "--row", "7", "anna.sealed", "--json"},
           {"ask", "--dir", "D", "--person", "anna.key", "--sealed", "anna.sealed", "SELECT avg(x) FROM c"}}) {
    EXPECT_TRUE(parse(words)) << words[0] << " " << words[1];
  }
}

TEST_F(CommandLine, RefusesWhatItDoesNotKnowOrMisses) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {},
           {"fly"},
           {"local"},
           {"local", "up", "--dir", "D"},
           {"ask", "SELECT 1"},
           {"ask", "--dir", "D"},
           {"check", "--dir", "D"},
           {"check", "uploads"},
           {"consent", "revoke", "--dir", "D"},
           {"patient", "read", "--dir", "D", "--owner", "a", "--row", "7"},
           {"consent", "delegate", "--dir", "D", "--owner", "a", "--row", "7", "--to", "b", "--none"},
           {"consent", "show", "--dir", "D", "--owner", "a", "--row", "7", "--fhir", "r6"},
           {"local", "up", "--dir", "D", "--schema", "s", "--cohort", "a=b", "--custodians", "three"},
           {"local", "up", "--dir", "D", "--schema", "s", "--cohort", "a=b", "--custodians", "-3"},
           {"local", "up", "--dir", "D", "--schema", "s", "--cohort", "a=b", "--rotations", "left"},
           {"local", "up", "--dir", "D", "--schema", "s", "--cohort", "a=b", "--chain-id", "mainnet"},
           {"local", "up", "--dir", "D", "--schema", "s", "--cohort", "a=b", "--chain-confirmations", "-1"},
           {"local", "up", "--dir", "D", "--schema", "s", "--cohort", "a=b", "--chain-endowment", "some"},
           {"committee", "verify"},
           {"committee", "vote", "--dir", "D"},
           {"member", "propose-admission", "--dir", "D", "--as", "a", "--chamber", "kings"},
           {"member", "delegate", "--dir", "D", "--as", "a", "--to", "b", "--none"},
           {"budget", "propose", "--dir", "D", "--as", "a"},
           {"budget", "vote", "--dir", "D"},
           {"local", "change-committee", "--dir", "D", "--custodians", "5"},
           {"evidence", "check", "--dir", "D"},
           {"evidence", "audit", "--dir", "D", "one.evidence", "two.evidence"},
           {"run", "king", "--folder", "F"},
           {"run", "custodian", "--folder", "F", "--passphrase", "of some length"},
           {"custodian", "rekey", "--folder", "F", "--key-file", "K", "--passphrase-file", "P"},
           {"run", "store", "--folder", "F", "--port", "70000"},
           {"local", "down", "--dir", "D", "--force"}}) {
    EXPECT_FALSE(parse(words)) << (words.empty() ? "" : words[0]);
  }
}

TEST_F(CommandLine, WordsThatCannotBeMeantAreRefusedBeforeAnythingIsFounded) {
  const mc::testing::TemporaryFolder folder;
  const std::string dir = folder / "commons", schema = folder / "schema.json";
  ASSERT_TRUE(write_file_atomically(
      schema,
      view_of(R"({"fields": [{"name": "x", "type": "integer", "constraints": {"minimum": 0, "maximum": 9}}]})")));
  const auto up = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"local", "up", "--dir", dir, "--schema", schema};
    words.insert(words.end(), more.begin(), more.end());
    return act(words);
  };
  EXPECT_THAT(up({"--cohort", "a"}).error().message, HasSubstr("NAME=FILE.csv"));
  EXPECT_THAT(up({"--cohort", "a=x.csv", "--events", "a"}).error().message, HasSubstr("OWNER:NAME=FILE.csv"));
  EXPECT_THAT(up({"--cohort", "a=x.csv", "--events", "b:dx=y.csv"}).error().message, HasSubstr("no --cohort 'b'"));
  EXPECT_EQ(up({"--cohort", "a=x.csv", "--privacy", "private"}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(up({"--cohort", "a=x.csv", "--budget", "2"}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(up({"--cohort", "a=x.csv", "--profile", "huge"}).error().code, Code::kUnsupported);
  EXPECT_EQ(up({"--cohort", "a=x.csv", "--dataset", "a\"b"}).error().code, Code::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(dir));
}

// An empty --dir once ended the process.
TEST_F(CommandLine, AnEmptyOrAbsentFolderIsASentence) {
  EXPECT_EQ(act({"local", "status", "--dir", ""}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(act({"local", "down", "--dir", ""}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(act({"ask", "--dir", "", "SELECT count(*) FROM commons"}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(act({"upload", "--dir", "", "--owner", "a"}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(act({"local", "status", "--dir", "/nowhere/at/all"}).error().code, Code::kNotFound);
}

// A committee that the rules refuse once left a folder and a chain behind.
TEST_F(CommandLine, AnImpossibleCommitteeLeavesNoRecordAndNoProcess) {
  const mc::testing::TemporaryFolder folder;
  const std::string dir = folder / "commons", schema = folder / "schema.json", csv = folder / "a.csv";
  ASSERT_TRUE(write_file_atomically(
      schema,
      view_of(R"({"fields": [{"name": "x", "type": "integer", "constraints": {"minimum": 0, "maximum": 9}}]})")));
  ASSERT_TRUE(write_file_atomically(csv, view_of("x\n1\n2\n")));
  EXPECT_FALSE(act({"local", "up", "--dir", dir, "--schema", schema, "--cohort", "a=" + csv, "--custodians", "3",
                    "--threshold", "3"}));
  EXPECT_FALSE(std::filesystem::exists(dir + "/local.json"));
  EXPECT_FALSE(std::filesystem::exists(dir + "/commons.json"));
}

TEST_F(CommandLine, JsonIsRememberedForErrorsToo) {
  EXPECT_TRUE(parse({"ask", "--dir", "D", "SELECT 1", "--json"}));
  EXPECT_TRUE(invocation_.json);
}

TEST(Print, GoesToStandardOutputAndProgressToStandardError) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  print("answer\n");
  progress("step");
  std::fflush(stdout);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "step\n");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "answer\n");
}

}  // namespace
}  // namespace mc::cli
