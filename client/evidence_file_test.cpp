// SPDX-License-Identifier: Apache-2.0
#include "client/evidence_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/testing/temporary_folder.hpp"
#include "client/testing/served_commons.hpp"
#include "protocol/share_message.hpp"

namespace mc::client {
namespace {

using protocol::Evidence;
using protocol::Finding;
using protocol::Statement;
using ::testing::HasSubstr;

protocol::CustodianIdentity identity(std::uint64_t number) {
  return protocol::CustodianIdentity(testing::numbered_secret(number));
}

/// A document and a chain that agree on a committee of 2 of 3, and statements of its custodians.
class EvidenceFile : public ::testing::Test {
 protected:
  EvidenceFile() {
    ledger_.committee.threshold = 2;
    for (std::uint8_t i = 0; i < 3; ++i) {
      const protocol::PublicIdentity public_identity = identity(i).public_identity();
      document_.custodians[i].identity = protocol::encode_public_identity(public_identity);
      ledger_.committee.custodians.push_back(
          {testing::numbered_address(i), protocol::hash_public_identity(public_identity)});
    }
  }

  static Statement statement(std::uint8_t custodian, bool lies = false) {
    const auto shape = fhe::CommitteeShape::create(3, 2).value_or_stop();
    Statement said{Statement::Kind::kRelease,
                   CustodianId(custodian),
                   Epoch(1),
                   sha256(view_of("authorisation")),
                   sha256(view_of("heads")),
                   {},
                   {}};
    for (const fhe::PieceId piece : shape.pieces_of(CustodianId(custodian))) {
      said.hashes.push_back({piece, sha256(view_of(lies ? "a lie" : "share" + std::to_string(piece.value)))});
    }
    sign_statement(identity(custodian), said);
    return said;
  }
  std::filesystem::path keep(const std::string& name, std::vector<Statement> statements) const {
    return keep_evidence(folder_ / name, protocol::evidence_of(statements, {})).value_or_stop();
  }
  Result<Finding> check(std::vector<std::filesystem::path> files) const {
    MC_TRY(const Evidence evidence, read_evidence(files));
    return check_evidence(document_, commons_, evidence);
  }

  mc::testing::TemporaryFolder folder_;
  CommonsDocument document_ = testing::small_document();
  testing::ServedLedger ledger_;
  governance::Chain chain_{ledger_};
  governance::CommonsChain commons_{chain_, document_.deployment};
};

TEST_F(EvidenceFile, ADisputeIsJudgedAlikeByWhoeverIsHandedTheFile) {
  const auto file = keep("a", {statement(0), statement(1, true), statement(2)});
  EXPECT_THAT(file.string(), HasSubstr(sha256(view_of("authorisation")).hex().substr(0, 16) + ".evidence"));
  const Finding finding = check({file}).value_or_stop();
  EXPECT_EQ(finding.kind, Finding::Kind::kDispute);
  EXPECT_EQ(finding.verdict.disputes.size(), 2U);
}

TEST_F(EvidenceFile, FilesAboutOneSubjectAreJoinedAndALateStatementCompletesThem) {
  const auto early = keep("early", {statement(0), statement(1)}), late = keep("late", {statement(2)});
  EXPECT_EQ(check({early}).value_or_stop().verdict.assurance, protocol::Assurance::kUnverified);
  EXPECT_EQ(check({early, late}).value_or_stop().verdict.assurance, protocol::Assurance::kVerified);
  const auto two_faces = keep("two faces", {statement(0, true)});
  const Finding finding = check({early, two_faces}).value_or_stop();
  EXPECT_EQ(finding.equivocators, std::vector<CustodianId>{CustodianId(0)});
}

TEST_F(EvidenceFile, ForgedCutForeignAndMissingFilesAreRefused) {
  Statement forged = statement(0);
  sign_statement(identity(1), forged);
  EXPECT_THAT(check({keep("forged", {forged})}).error().message, HasSubstr("custodian 0 is not signed by it"));

  const auto file = keep("a", {statement(0), statement(1)});
  const Bytes bytes = read_file(file, 1 << 20).value_or_stop();
  ASSERT_TRUE(write_file_atomically(folder_ / "cut", ByteView(bytes).first(bytes.size() - 1)));
  EXPECT_THAT(check({folder_ / "cut"}).error().message, HasSubstr("cut"));
  EXPECT_EQ(check({folder_ / "nothing"}).error().code, Code::kNotFound);

  Statement other = statement(2);
  other.subject = sha256(view_of("another"));
  sign_statement(identity(2), other);
  EXPECT_THAT(check({file, keep("other", {other})}).error().message, HasSubstr("is about " + other.subject.hex()));

  document_.epoch = Epoch(2);
  EXPECT_THAT(check({file}).error().message, HasSubstr("key epoch 1, the commons is in epoch 2"));
}

/// A custodian that answers every call with one message.
class AnsweringCustodian final : public Transport {
 public:
  explicit AnsweringCustodian(Result<Bytes> reply) : reply_(std::move(reply)) {}
  Result<Bytes> get(const std::string&, std::size_t) override { return fail(Code::kNotFound, "nothing here"); }
  Result<Bytes> put(const std::string&, ByteView, std::string_view, std::size_t) override {
    return fail(Code::kNotFound, "nothing here");
  }
  Result<Bytes> post(const std::string& path, ByteView body, std::string_view, std::size_t) override {
    EXPECT_EQ(path, "/v1/releases");
    EXPECT_TRUE(decode_release_call(body).value_or_stop().bytes_for.empty()) << "hashes only";
    return reply_;
  }
  [[nodiscard]] std::string url() const override { return "memory:custodian"; }

 private:
  Result<Bytes> reply_;
};

class LateStatements : public EvidenceFile {
 protected:
  LateStatements() {
    call_.sql = "SELECT count(*) FROM commons";
    call_.authorisation.epoch = Epoch(1);
    call_.authorisation.sigma_log2 = {44};
  }
  [[nodiscard]] protocol::ShareMessage message(std::uint8_t custodian, bool lies = false) const {
    protocol::ShareMessage said;
    said.custodian = CustodianId(custodian);
    said.epoch = Epoch(1);
    said.authorisation = protocol::hash_authorisation(call_.authorisation);
    said.heads = {{fhe::Scale::power_of_two(90), {1, 2}}};
    said.hashes = statement(custodian, lies).hashes;
    sign_share_message(identity(custodian), said);
    return said;
  }
  [[nodiscard]] Result<LateAudit> audit(const Result<Bytes>& reply) const {
    const std::vector<Statement> early{statement_of(message(0)), statement_of(message(1))};
    return ask_absent(
        document_, commons_,
        [&](const std::string&, const std::string& peer) {
          EXPECT_EQ(peer, "custodian 2");
          return std::make_unique<AnsweringCustodian>(reply);
        },
        call_, protocol::evidence_of(early, {}));
  }

  ReleaseCall call_;
};

TEST_F(LateStatements, WhoWasAbsentVerifiesOrDisputesAnOldRelease) {
  const LateAudit good = audit(encode_share_message(message(2))).value_or_stop();
  EXPECT_EQ(good.verdict.assurance, protocol::Assurance::kVerified);
  EXPECT_EQ(good.joined.statements.size(), 3U);
  EXPECT_EQ(audit(encode_share_message(message(2, true))).value_or_stop().verdict.assurance,
            protocol::Assurance::kDisputed);
}

TEST_F(LateStatements, WhoIsStillAbsentOrAnswersForSomethingElseLeavesItUnverified) {
  const LateAudit away = audit(fail(Code::kUnavailable, "nobody answers")).value_or_stop();
  EXPECT_EQ(away.verdict.assurance, protocol::Assurance::kUnverified);
  EXPECT_THAT(away.notes.at(0), HasSubstr("custodian 2: nobody answers"));
  EXPECT_THAT(audit(encode_share_message(message(1))).value_or_stop().notes.at(0), HasSubstr("answers as custodian 1"));
  protocol::ShareMessage other = message(2);
  other.authorisation = sha256(view_of("another"));
  sign_share_message(identity(2), other);
  EXPECT_THAT(audit(encode_share_message(other)).value_or_stop().notes.at(0), HasSubstr("another authorisation"));
  call_.authorisation.release_number = 9;
  EXPECT_EQ(
      ask_absent(document_, commons_, {}, call_, protocol::evidence_of(std::vector{statement(0)}, {})).error().code,
      Code::kInvalidArgument);
}

TEST_F(LateStatements, TheCallIsKeptBesideTheEvidenceWithoutAWishForBytes) {
  ReleaseCall call = call_;
  call.bytes_for = {fhe::PieceId(2)};
  const auto file = keep("a", {statement(0)});
  ASSERT_TRUE(keep_call(file, call));
  EXPECT_EQ(read_call(file).value_or_stop(), call_);
}

}  // namespace
}  // namespace mc::client
