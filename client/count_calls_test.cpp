// SPDX-License-Identifier: Apache-2.0
#include "client/count_calls.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/commons.hpp"

namespace mc::client {
namespace {

using protocol::testing::Commons;
using protocol::testing::numbered_key;

template <class Call, class Decode>
void expect_one_encoding(const Call& call, const Bytes& bytes, const Decode& decode) {
  EXPECT_EQ(decode(ByteView(bytes)).value_or_stop(), call);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + bytes.size() / 97) {
    EXPECT_FALSE(decode(ByteView(bytes).first(cut)));
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode(ByteView(longer)));
}

TEST(CountCalls, HaveOneEncoding) {
  const Commons commons;
  CountsCall counts;
  counts.call = {commons.authorise(commons.results(2)), "SELECT count(*) FROM commons", {}, {}};
  counts.call.authorisation.opens_counts = true;
  const protocol::CustodianIdentity identity = protocol::count_identity(numbered_key(5000));
  counts.keys.push_back(protocol::make_count_key(identity, Commons::id(0), commons.committee.epoch));
  expect_one_encoding(counts, encode_counts_call(counts), [](ByteView bytes) { return decode_counts_call(bytes); });

  VerdictCall verdict{protocol::hash_authorisation(counts.call.authorisation), {}};
  protocol::CountMessage message;
  message.epoch = commons.committee.epoch;
  verdict.messages.push_back(message);
  expect_one_encoding(verdict, encode_verdict_call(verdict),
                      [&](ByteView bytes) { return decode_verdict_call(*commons.params, bytes); });

  const QueryCall query{
      "SELECT count(*) FROM commons", counts.call.authorisation.study, {query::PlanPart::Kind::kGroups, {1, 0, 1}}};
  expect_one_encoding(query, encode_query_call(query), [](ByteView bytes) { return decode_query_call(bytes); });
}

TEST(CountCalls, TheQuestionForSigmasHasOneEncoding) {
  const std::vector<Hash256> multiplicands{sha256(Bytes{1}), sha256(Bytes{2})};
  expect_one_encoding(multiplicands, encode_sigmas_call(multiplicands),
                      [](ByteView bytes) { return decode_sigmas_call(bytes); });
  EXPECT_LE(encode_sigmas_call(std::vector<Hash256>(query::kAnswersMax)).size(), kSigmasCallBytesMax);
}

TEST(CountCalls, AVerdictShowsSomethingOrSaysWhyNot) {
  query::GuardedVerdict shown{false, "", {1, 0, 1}};
  shown.left_out = {query::MomentId(3), query::MomentId(8)};
  shown.steps = 2;
  shown.ended_by = "arm=B";
  const query::GuardedVerdict refused{true, "too few", {}, query::DisclosureRule::kLargestShare};
  EXPECT_EQ(decode_verdict(encode_verdict(shown)).value_or_stop(), shown);
  EXPECT_EQ(decode_verdict(encode_verdict(refused)).value_or_stop(), refused);
  for (const query::GuardedVerdict& wrong :
       {query::GuardedVerdict{true, "", {}}, query::GuardedVerdict{false, "", {}},
        query::GuardedVerdict{false, "", {0}}, query::GuardedVerdict{true, "too few", {1}},
        query::GuardedVerdict{false, "", {2}},
        query::GuardedVerdict{false, "", {1}, query::DisclosureRule::kSuppressBelow},
        query::GuardedVerdict{true, "too few", {}, query::DisclosureRule::kSuppressBelow, 0, {}, "arm=B"},
        query::GuardedVerdict{true, "too few", {}, static_cast<query::DisclosureRule>(3)}}) {
    EXPECT_FALSE(decode_verdict(encode_verdict(wrong)));
  }
}

TEST(CountCalls, APartIsWhatTheAuthorisationAndTheGroupsSay) {
  ReleaseCall call;
  EXPECT_EQ(part_of(call).kind, query::PlanPart::Kind::kWhole);
  call.shown = {1};
  EXPECT_EQ(part_of(call), (query::PlanPart{query::PlanPart::Kind::kGroups, {1}}));
  call.authorisation.opens_counts = true;
  EXPECT_EQ(part_of(call).kind, query::PlanPart::Kind::kCounts);
}

}  // namespace
}  // namespace mc::client
