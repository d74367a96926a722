// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/share_header.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

std::string refusal_of_header(std::string_view magic, Epoch epoch, PieceId piece) {
  const ParamsPtr params = testing::small_params();
  Writer writer;
  write_share_header(writer, "MCXX", *params, Epoch(1), PieceId(2));
  Reader reader(writer.bytes(), "share");
  const Status status = read_share_header(reader, magic, *params, epoch, piece);
  return status ? "" : status.error().message;
}

TEST(ShareHeader, SaysWhatDoesNotFit) {
  EXPECT_EQ(refusal_of_header("MCXX", Epoch(1), PieceId(2)), "");
  EXPECT_EQ(refusal_of_header("MCYY", Epoch(1), PieceId(2)), "share: not a share of this kind at byte 4");
  EXPECT_EQ(refusal_of_header("MCXX", Epoch(7), PieceId(2)), "share is of key epoch 1, expected epoch 7");
  EXPECT_EQ(refusal_of_header("MCXX", Epoch(1), PieceId(4)),
            "share belongs to the piece without custodian 1, expected the piece without custodian 2");
}

TEST(ShareHeader, AnotherParameterSetIsRefused) {
  const ParamsPtr params = testing::small_params();
  const ParamsPtr other = Params::create({"other", LogN(4), {50, 50}, {50}, true}).value_or_stop();
  Writer writer;
  write_share_header(writer, "MCXX", *params, Epoch(1), PieceId(2));
  Reader reader(writer.bytes(), "share");
  EXPECT_FALSE(read_share_header(reader, "MCXX", *other, Epoch(1), PieceId(2)).has_value());
}

}  // namespace
}  // namespace mc::fhe
