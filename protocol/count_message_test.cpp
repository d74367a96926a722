// SPDX-License-Identifier: Apache-2.0
#include "protocol/count_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/testing/commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;
using ::testing::HasSubstr;
using testing::numbered_key;

constexpr std::size_t kCounts = 3;

class CountMessages : public ::testing::Test {
 protected:
  static CustodianIdentity identity(std::uint32_t c) { return count_identity(numbered_key(5000 + c)); }

  std::vector<CountKey> keys() const {
    std::vector<CountKey> all;
    for (std::uint32_t c = 0; c < commons.identities.size(); ++c) {
      all.push_back(make_count_key(identity(c), Commons::id(c), commons.committee.epoch));
    }
    return all;
  }
  CountMessage message(std::uint32_t c) {
    const std::vector<std::uint32_t> bounds(results.size(), Commons::kNoiseBoundLog2);
    const OwnResults own(*commons.params, results);
    const std::vector<std::uint64_t> opened_s(results.size(), commons.authorised_s);
    const OpenedCounts opened =
        commons.custodians[c]
            .open_counts({authorisation, {}}, {own, bounds, &commons.requester_key, commons.authorised_s, opened_s},
                         commons.ledgers[c])
            .value_or_stop();
    return make_count_message(identity(c), opened.head, opened.pieces, keys()).value_or_stop();
  }
  std::vector<CountMessage> messages(std::initializer_list<std::uint32_t> who) {
    std::vector<CountMessage> all;
    for (const std::uint32_t c : who) all.push_back(message(c));
    return all;
  }
  CountContext context() const {
    return {*commons.params,
            commons.encoder,
            commons.committee.shape,
            commons.identities,
            commons.committee.epoch,
            hash_authorisation(authorisation),
            kCounts};
  }
  Result<std::vector<double>> read(std::uint32_t c, std::span<const CountMessage> sent) const {
    return open_counts(context(), identity(c), Commons::id(c), sent);
  }

  Commons commons;
  std::vector<fhe::Ciphertext> results = commons.results(kCounts);
  Authorisation authorisation = [this] {
    Authorisation a = commons.authorise(results);
    a.opens_counts = true;
    return a;
  }();
};

TEST_F(CountMessages, EveryCustodianReadsTheSameCounts) {
  const auto sent = messages({0, 1, 2});
  const auto first = read(0, sent).value_or_stop();
  ASSERT_EQ(first.size(), kCounts);
  for (std::size_t i = 0; i < kCounts; ++i) EXPECT_NEAR(first[i], 0.25 * static_cast<double>(i) - 0.5, 1e-9);
  for (std::uint32_t c = 1; c < 3; ++c) EXPECT_EQ(read(c, sent).value_or_stop(), first);
}

// The release that follows opens the same ciphertexts: their noise must be the same (R5).
TEST_F(CountMessages, TheReleaseThatFollowsHasTheSameNoise) {
  const auto counts = read(0, messages({0, 1, 2})).value_or_stop();
  Authorisation release = authorisation;
  release.release_number = 2;
  release.opens_counts = false;
  const auto opened = combine(commons.context(release), commons.answers(release, results, {0, 1, 2})).value_or_stop();
  ASSERT_EQ(opened.means.size(), counts.size());
  // The flooding is near 2^-46; what the encryption under the requester's key adds is far below.
  for (std::size_t i = 0; i < counts.size(); ++i) EXPECT_NEAR(opened.means[i], counts[i], 0x1p-52);
}

// Attack: hand the authorisation of the counts in as a release's, and read the small cells that nobody has judged.
TEST_F(CountMessages, AnAuthorisationOfCountsReleasesNothingToTheRequester) {
  const auto refused = commons.answer(0, authorisation, results, {});
  EXPECT_THAT(refused.error().message, HasSubstr("releases nothing to the requester"));
  EXPECT_EQ(commons.ledgers[0].size(), 0u) << "refused without a trace";
}

TEST_F(CountMessages, AskedAgainTheBytesAreTheSame) {
  EXPECT_EQ(encode_count_message(message(1)), encode_count_message(message(1)));
}

TEST_F(CountMessages, WhoeverCarriesThemReadsNothing) {
  const auto sent = messages({0, 1, 2});
  const CustodianIdentity stranger = count_identity(numbered_key(1));
  EXPECT_FALSE(open_counts(context(), stranger, Commons::id(0), sent));
  EXPECT_FALSE(open_counts(context(), identity(1), Commons::id(0), sent)) << "another custodian's box";
}

// Attack: a custodian makes the cohort look larger for a requester who pays it.
TEST_F(CountMessages, ALieIsSeen) {
  auto sent = messages({0, 1, 2});
  OpenedCounts forged;
  forged.head = sent[1];
  forged.head.hashes.clear();
  forged.head.boxes.clear();
  for (const fhe::PieceId piece : commons.committee.shape.pieces_of(Commons::id(1))) {
    OpenedPiece lie{piece, {}};
    lie.counts.resize(kCounts);
    lie.counts[0].residues = {7, 7};
    forged.pieces.push_back(std::move(lie));
  }
  sent[1] = make_count_message(identity(1), forged.head, forged.pieces, keys()).value_or_stop();
  EXPECT_THAT(read(0, sent).error().message, HasSubstr("contradict each other"));
  EXPECT_THAT(read(2, sent).error().message, HasSubstr("contradict each other"));
}

TEST_F(CountMessages, WithTooFewToSeeALieNothingIsBelieved) {
  const auto refused = read(0, messages({0, 1}));
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_THAT(refused.error().message, HasSubstr("a lie is seen with 3"));
  EXPECT_FALSE(read(0, messages({0})));
}

TEST_F(CountMessages, BoxesAreExchangedForNothing) {
  auto sent = messages({0, 1, 2});
  std::swap(sent[1].boxes, sent[2].boxes);
  EXPECT_THAT(read(0, sent).error().message, HasSubstr("other values than it signed"));
  sent = messages({0, 1, 2});
  sent[1].boxes.erase(sent[1].boxes.begin());
  EXPECT_THAT(read(0, sent).error().message, HasSubstr("no box"));
  sent = messages({0, 1, 2});
  sent[2].heads[0].constant[0] ^= 1;
  EXPECT_THAT(read(0, sent).error().message, HasSubstr("not signed"));
  sent = messages({0, 1, 2});
  authorisation.release_number = 9;
  EXPECT_THAT(read(0, sent).error().message, HasSubstr("is about authorisation"));
}

TEST_F(CountMessages, KeysAreThoseThatCustodiansSigned) {
  auto all = keys();
  EXPECT_TRUE(check_count_keys(commons.identities, commons.committee.epoch, all));
  EXPECT_FALSE(check_count_keys(commons.identities, Epoch(9), all));
  // Attack: the requester puts in her own key.
  all[1].box_key = count_identity(numbered_key(1)).public_identity().box_key;
  EXPECT_THAT(check_count_keys(commons.identities, commons.committee.epoch, all).error().message,
              HasSubstr("custodian 1"));
  all = keys();
  std::swap(all[0], all[1]);
  EXPECT_FALSE(check_count_keys(commons.identities, commons.committee.epoch, all)) << "each once, in order";
}

TEST_F(CountMessages, HaveOneEncoding) {
  const CountMessage sent = message(2);
  const Bytes bytes = encode_count_message(sent);
  EXPECT_EQ(decode_count_message(*commons.params, bytes).value_or_stop(), sent);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 7) {
    EXPECT_FALSE(decode_count_message(*commons.params, ByteView(bytes).first(cut)));
  }
  const CountKey key = keys()[1];
  const Bytes key_bytes = encode_count_key(key);
  EXPECT_EQ(decode_count_key(key_bytes).value_or_stop(), key);
  for (std::size_t cut = 0; cut < key_bytes.size(); ++cut) {
    EXPECT_FALSE(decode_count_key(ByteView(key_bytes).first(cut)));
  }
}

}  // namespace
}  // namespace mc::protocol
