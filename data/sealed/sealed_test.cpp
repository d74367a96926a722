// SPDX-License-Identifier: Apache-2.0
#include "data/sealed/sealed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "fhe/ring/sampling.hpp"

namespace mc::data {
namespace {

using ::testing::HasSubstr;

/// A data set of one key under the small test parameters (512 slots).
class SealedBlobTest : public ::testing::Test {
 protected:
  SealedBlobTest()
      : params_(fhe::Params::named("test_insecure", true).value_or_stop()),
        encoder_(params_),
        stream_(public_stream("sealed test", Hash256{})),
        secret_(fhe::make_secret_key(*params_, stream_)),
        key_(fhe::make_public_key(*params_, secret_,
                                  fhe::sample_uniform(params_->ring(), {params_->top_level().value, false}, stream_),
                                  stream_)),
        header_(fresh_header(*params_, sha256(view_of("schema")), "commons", Epoch(3), {1, 2, 3}, {500, 20},
                             "age/value", 0)) {}

  // The owner has slots 500 to 519: twelve in block 0, eight in block 1.
  Bytes sealed(std::uint32_t block, std::span<const double> values) {
    SealedHeader header = header_;
    header.block = block;
    return seal_block(header, values, *params_, encoder_, key_, stream_).value_or_stop().bytes;
  }
  std::vector<double> opened(const fhe::Ciphertext& ciphertext) {
    return encoder_.decode(fhe::decrypt(*params_, secret_, ciphertext)).value_or_stop();
  }

  fhe::ParamsPtr params_;
  fhe::Encoder encoder_;
  KeyStream stream_;
  fhe::SecretPoly secret_;
  fhe::PublicKey key_;
  SealedHeader header_;
  const std::vector<double> twelve_ = {1, -1, 0.5, 0.25, 0, 1, 1, 1, -0.125, 0, 0, 1};
};

TEST_F(SealedBlobTest, WhatWasSealedOpensAtTheOwnersSlotsAndIsZeroElsewhere) {
  const Bytes bytes = sealed(0, twelve_);
  const SealedBlob blob = open_blob(bytes, content_hash(bytes), header_, *params_).value_or_stop();
  EXPECT_EQ(blob.header, header_);
  const auto slots = opened(blob.ciphertext);
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    EXPECT_NEAR(slots[slot], slot >= 500 ? twelve_[slot - 500] : 0.0, 1e-12) << slot;
  }
  const std::vector<double> eight(8, 1.0);
  const Bytes second = sealed(1, eight);
  const auto next = opened(decode_sealed(second, *params_).value_or_stop().ciphertext);
  for (std::size_t slot = 0; slot < next.size(); ++slot) EXPECT_NEAR(next[slot], slot < 8 ? 1.0 : 0.0, 1e-12) << slot;
}

TEST_F(SealedBlobTest, ValuesMustBeExactlyTheRowsOfTheBlock) {
  EXPECT_THAT(seal_block(header_, std::vector<double>(11, 0.0), *params_, encoder_, key_, stream_).error().message,
              HasSubstr("block 0 holds 12 rows of the owner, 11 values are given"));
  SealedHeader header = header_;
  header.block = 2;
  EXPECT_EQ(seal_block(header, twelve_, *params_, encoder_, key_, stream_).error().code, Code::kInvalidArgument);
}

TEST_F(SealedBlobTest, TheHeaderIsReadWithoutAnyParameterSet) {
  EXPECT_EQ(read_sealed_header(sealed(0, twelve_)).value_or_stop(), header_);
}

TEST_F(SealedBlobTest, EncodingIsCanonical) {
  const Bytes bytes = sealed(0, twelve_);
  EXPECT_EQ(encode_sealed(decode_sealed(bytes, *params_).value_or_stop(), *params_), bytes);
}

TEST_F(SealedBlobTest, EachMismatchIsOneSentenceWithBothValues) {
  const Bytes bytes = sealed(0, twelve_);
  const auto message = [&](auto change) {
    SealedHeader wanted = header_;
    change(wanted);
    const auto blob = open_blob(bytes, content_hash(bytes), wanted, *params_);
    EXPECT_FALSE(blob.has_value());
    EXPECT_EQ(blob.error().code, Code::kConflict);
    return blob.error().message;
  };
  EXPECT_EQ(message([](SealedHeader& h) { h.epoch = Epoch(4); }),
            "sealed blob age/value, block 0: key epoch 3, wanted 4");
  EXPECT_THAT(message([](SealedHeader& h) { h.params_id = Hash256{}; }), HasSubstr("unknown parameter set "));
  EXPECT_THAT(message([](SealedHeader& h) { h.schema = Hash256{}; }), HasSubstr("block 0: schema "));
  EXPECT_EQ(message([](SealedHeader& h) { h.dataset = "other"; }),
            "sealed blob age/value, block 0: data set \"commons\", wanted \"other\"");
  EXPECT_THAT(message([](SealedHeader& h) { h.owner = {}; }), HasSubstr("owner 0x010203"));
  EXPECT_EQ(message([](SealedHeader& h) { h.handle = "bmi/value"; }),
            "sealed blob bmi/value, block 0: feature \"age/value\", wanted \"bmi/value\"");
  EXPECT_EQ(message([](SealedHeader& h) { h.block = 1; }), "sealed blob age/value, block 1: block 0, wanted 1");
  EXPECT_EQ(message([](SealedHeader& h) { h.range.count = 30; }),
            "sealed blob age/value, block 0: slots 500 to 519, wanted 500 to 529");
  EXPECT_EQ(message([](SealedHeader& h) { h.level = fhe::Level(2); }),
            "sealed blob age/value, block 0: level 8, wanted 2");
  EXPECT_THAT(message([](SealedHeader& h) { h.scale = fhe::Scale::power_of_two(40); }),
              HasSubstr("scale 2^92, wanted 2^40"));
}

TEST_F(SealedBlobTest, AnyAlteredOrMissingByteIsNoticedByTheName) {
  const Bytes bytes = sealed(0, twelve_);
  const Hash256 name = content_hash(bytes);
  std::mt19937_64 random(3);
  for (int i = 0; i < 50; ++i) {
    Bytes altered = bytes;
    altered[random() % altered.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
    const auto blob = open_blob(altered, name, header_, *params_);
    ASSERT_FALSE(blob.has_value());
    EXPECT_EQ(blob.error().code, Code::kCorrupt);
    EXPECT_THAT(blob.error().message, HasSubstr("truncated or altered"));
  }
  EXPECT_EQ(open_blob(ByteView(bytes).first(100), name, header_, *params_).error().code, Code::kCorrupt);
}

TEST_F(SealedBlobTest, EveryTruncationIsRefusedByTheDecoderItself) {
  const Bytes bytes = sealed(0, twelve_);
  for (std::size_t size = 0; size < bytes.size(); size += size < 300 ? 1 : 997) {
    EXPECT_FALSE(decode_sealed(ByteView(bytes).first(size), *params_).has_value()) << size;
    EXPECT_FALSE(read_sealed_header(ByteView(bytes).first(size)).has_value()) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode_sealed(longer, *params_).has_value());
}

TEST_F(SealedBlobTest, ABlobOfAnotherParameterSetIsRefused) {
  const auto spec = fhe::ParamsSpec{"other_insecure", fhe::LogN(10), {50, 50, 46, 46}, {50}, true};
  const auto other = fhe::Params::create(spec).value_or_stop();
  EXPECT_THAT(decode_sealed(sealed(0, twelve_), *other).error().message, HasSubstr("unknown parameter set"));
}

TEST_F(SealedBlobTest, AHeaderThatContradictsItsCiphertextIsRefused) {
  const Bytes bytes = sealed(0, twelve_);
  SealedBlob blob = decode_sealed(bytes, *params_).value_or_stop();
  // The block number stands after magic, version, two hashes, data set, epoch, owner and handle.
  const std::size_t block_at = 4 + 2 + 64 + 4 + 7 + 4 + 20 + 4 + 9;
  Bytes moved = bytes;
  moved[block_at] = 2;
  EXPECT_THAT(decode_sealed(moved, *params_).error().message, HasSubstr("slots 500 to 519 do not touch this block"));
  Bytes other_level = bytes;
  other_level[block_at + 4 + 16] = 7;
  EXPECT_THAT(decode_sealed(other_level, *params_).error().message,
              HasSubstr("the ciphertext has level 8, its header says 7"));
}

}  // namespace
}  // namespace mc::data
