// SPDX-License-Identifier: Apache-2.0
#include "protocol/statement.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "protocol/testing/commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;
using testing::numbered_hash;

Statement custodian_statement(std::uint32_t custodian, const fhe::CommitteeShape& shape) {
  Statement statement{
      Statement::Kind::kRefresh, Commons::id(custodian), Epoch(1), numbered_hash(1), numbered_hash(2), {}, {}};
  for (const fhe::PieceId piece : shape.pieces_of(Commons::id(custodian))) {
    statement.hashes.push_back({piece, numbered_hash(piece.value)});
  }
  sign_statement(Commons::identity(custodian), statement);
  return statement;
}

class StatementTest : public ::testing::Test {
 protected:
  fhe::CommitteeShape shape = fhe::CommitteeShape::create(3, 2).value_or_stop();
  std::vector<PublicIdentity> identities{Commons::identity(0).public_identity(), Commons::identity(1).public_identity(),
                                         Commons::identity(2).public_identity()};
  Statement statement = custodian_statement(1, shape);
};

TEST_F(StatementTest, TheSignatureCoversEveryField) {
  ASSERT_TRUE(verify_statement(identities[1], statement));
  const std::vector<std::function<void(Statement&)>> changes{
      [](Statement& s) { s.kind = Statement::Kind::kRelease; },
      [](Statement& s) { s.custodian = Commons::id(2); },
      [](Statement& s) { s.epoch = Epoch(2); },
      [](Statement& s) { s.subject.bytes[0] ^= 1; },
      [](Statement& s) { s.public_part.bytes[31] ^= 1; },
      [](Statement& s) { s.hashes[0].hash.bytes[3] ^= 1; },
      [](Statement& s) { s.hashes[1].piece = s.hashes[0].piece; },
      [](Statement& s) { s.hashes.pop_back(); },
      [](Statement& s) { s.signature[63] ^= 1; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Statement changed = statement;
    changes[i](changed);
    EXPECT_FALSE(verify_statement(identities[1], changed)) << "change " << i;
  }
}

TEST_F(StatementTest, IsCheckedAgainstTheCommittee) {
  EXPECT_TRUE(check_statement(shape, identities, statement, "message").has_value());
  Statement stranger = statement;
  stranger.custodian = Commons::id(9);
  EXPECT_EQ(check_statement(shape, identities, stranger, "message").error().message,
            "message of custodian 9: no such custodian in a 2-of-3 committee");
  Statement forged = statement;
  sign_statement(Commons::identity(2), forged);
  EXPECT_EQ(check_statement(shape, identities, forged, "message").error().message,
            "message of custodian 1 is not signed by it");
  Statement fewer = statement;
  fewer.hashes.pop_back();
  sign_statement(Commons::identity(1), fewer);
  EXPECT_EQ(check_statement(shape, identities, fewer, "message").error().code, Code::kCorrupt);
}

TEST_F(StatementTest, IsReadAsItWasWritten) {
  Writer writer;
  write_statement(writer, statement);
  Reader reader(writer.bytes(), "statement");
  EXPECT_EQ(read_statement(reader, statement.kind, statement.epoch, statement.subject).value_or_stop(), statement);
  EXPECT_TRUE(reader.finish().has_value());
}

}  // namespace
}  // namespace mc::protocol
