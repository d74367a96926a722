// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/committee.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <set>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::committee_shape;

TEST(CommitteeShape, OffersTheShapesOfTheRules) {
  struct Expected {
    std::uint32_t n, t;
    std::size_t pieces, pieces_each;
    bool names_liar;
  };
  for (const auto& [n, t, pieces, each, names] :
       {Expected{3, 2, 3, 2, false}, Expected{5, 3, 10, 6, false}, Expected{7, 4, 35, 20, false},
        Expected{4, 2, 4, 3, true}, Expected{7, 3, 21, 15, true}, Expected{35, 2, 35, 34, true}}) {
    const CommitteeShape s = committee_shape(n, t);
    EXPECT_EQ(s.pieces().size(), pieces) << s.text();
    EXPECT_EQ(s.pieces_of(CustodianId(0)).size(), each) << s.text();
    EXPECT_EQ(s.can_name_liar(), names) << s.text();
  }
}

TEST(CommitteeShape, FewerThanTwiceTheThresholdMinusOneIsRefusedWithBothNumbers) {
  const auto refused = CommitteeShape::create(4, 3);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_NE(refused.error().message.find("n >= 5, n is 4"), std::string::npos) << refused.error().message;
}

TEST(CommitteeShape, ImpossibleShapesAreRefused) {
  for (const auto& [n, t] : {std::pair{0u, 0u},
                             {3u, 0u},
                             {3u, 1u},
                             {2u, 2u},
                             {2u, 3u},
                             {9u, 3u},
                             {8u, 4u},
                             {36u, 2u},
                             {63u, 2u},
                             {64u, 32u},
                             {0xFFFFFFFFu, 2u},
                             {0xFFFFFFFFu, 0x80000000u},
                             {1u, 0xFFFFFFFFu}}) {
    EXPECT_FALSE(CommitteeShape::create(n, t).has_value()) << t << "-of-" << n;
  }
}

TEST(CommitteeShape, AnyThresholdOfCustodiansHoldAllPiecesAndOneFewerMissesExactlyOne) {
  for (const auto& [n, t] : {std::pair{3u, 2u}, {4u, 2u}, {5u, 3u}, {7u, 3u}, {7u, 4u}}) {
    const CommitteeShape s = committee_shape(n, t);
    for (std::uint32_t subset = 0; subset < 1u << n; ++subset) {
      std::size_t known = 0;
      for (const PieceId piece : s.pieces()) {
        bool held = false;
        for (std::uint8_t c = 0; c < n; ++c) held |= (subset >> c & 1) != 0 && s.holds(CustodianId(c), piece);
        known += held;
      }
      const auto members = static_cast<std::uint32_t>(std::popcount(subset));
      if (members + 1 < t) continue;
      EXPECT_EQ(known, s.pieces().size() - (members < t ? 1 : 0));
    }
  }
}

TEST(CommitteeShape, EveryPieceHasAnHonestHolderWhateverMinorityIsCorrupt) {
  for (const auto& [n, t] : {std::pair{3u, 2u}, {5u, 3u}, {7u, 4u}}) {
    const CommitteeShape s = committee_shape(n, t);
    for (const PieceId piece : s.pieces()) EXPECT_GE(s.holders(piece).size(), t);
  }
}

TEST(CommitteeShape, PiecesAreDistinctAscendingAndTheirLowestHolderHoldsThem) {
  const CommitteeShape s = committee_shape(7, 4);
  EXPECT_TRUE(std::ranges::is_sorted(s.pieces()));
  EXPECT_EQ(std::set<PieceId>(s.pieces().begin(), s.pieces().end()).size(), s.pieces().size());
  for (const PieceId piece : s.pieces()) {
    EXPECT_EQ(std::popcount(piece.value), 3);
    EXPECT_EQ(s.lowest_holder(piece), s.holders(piece).front());
  }
  EXPECT_FALSE(s.is_piece(PieceId(0b11)));
  EXPECT_FALSE(s.holds(CustodianId(7), s.pieces().front()));
}

TEST(CommitteeShape, ReadsBackWhatItWroteAndRefusesABadShapeInBytes) {
  Writer writer;
  write_shape(writer, committee_shape(5, 3));
  Reader reader(writer.bytes(), "shape");
  EXPECT_EQ(read_shape(reader).value_or_stop(), committee_shape(5, 3));
  Writer bad;
  bad.u32(4);
  bad.u32(3);
  Reader bad_reader(bad.bytes(), "shape");
  EXPECT_FALSE(read_shape(bad_reader).has_value());
}

TEST(CommitteeShape, PiecesAreNamedByWhoLacksThem) {
  EXPECT_EQ(piece_text(PieceId(0b100)), "piece without custodian 2");
  EXPECT_EQ(piece_text(PieceId(0b101)), "piece without custodians 0, 2");
}

}  // namespace
}  // namespace mc::fhe
