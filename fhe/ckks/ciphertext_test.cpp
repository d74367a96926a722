// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/ciphertext.hpp"

#include <gtest/gtest.h>

#include "fhe/ckks/encryptor.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

class CiphertextBytes : public ::testing::Test {
 protected:
  KeyStream stream_ = public_stream("ciphertext test", {});
  ParamsPtr params_ = Params::named("test_insecure", true).value_or_stop();

  Ciphertext random_ciphertext(std::uint32_t level, std::size_t parts) {
    Ciphertext ct;
    for (std::size_t i = 0; i < parts; ++i)
      ct.parts.push_back(sample_uniform(params_->ring(), {level, false}, stream_));
    ct.scale = Scale::power_of_two(184) / Scale::of_top_primes(8, 2);
    return ct;
  }
  Bytes bytes_of(const Ciphertext& ct) const {
    Writer writer;
    write_ciphertext(writer, ct, *params_);
    return std::move(writer).bytes();
  }
  Result<Ciphertext> read(ByteView bytes) const {
    Reader reader(bytes, "ciphertext");
    MC_TRY(Ciphertext ct, read_ciphertext(reader, *params_));
    MC_TRY_STATUS(reader.finish());
    return ct;
  }
};

TEST_F(CiphertextBytes, AreReadBackAtEveryLevelAndPartCount) {
  for (const std::uint32_t level : {1, 2, 5, 8}) {
    for (const std::size_t parts : {2, 3}) {
      const Ciphertext ct = random_ciphertext(level, parts);
      const Bytes bytes = bytes_of(ct);
      EXPECT_EQ(bytes.size(), 32 + 1 + 1 + 4 + 1 + 4 + parts * packed_poly_bytes({level, false}, params_->ring()));
      EXPECT_EQ(read(bytes).value_or_stop(), ct);
    }
  }
}

TEST_F(CiphertextBytes, HoldEveryResidueInTheBitsOfItsPrime) {
  // 2 primes of 50 bits, 6 of 46: (100 + 276) bits per coefficient.
  EXPECT_EQ(packed_poly_bytes({8, false}, params_->ring()), 1024u * 376 / 8);
  EXPECT_EQ(packed_poly_bytes({8, true}, params_->ring()), 1024u * 426 / 8);
}

TEST_F(CiphertextBytes, ShortenedAnywhereAreRefused) {
  const Bytes bytes = bytes_of(random_ciphertext(2, 2));
  for (std::size_t size = 0; size < bytes.size(); size += size < 64 ? 1 : 997) {
    EXPECT_FALSE(read(ByteView(bytes).first(size)).has_value()) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(read(longer).has_value());
}

TEST_F(CiphertextBytes, AResidueThatIsNotBelowItsPrimeIsRefused) {
  Bytes bytes = bytes_of(random_ciphertext(2, 2));
  const std::size_t start = bytes.size() - 2 * packed_poly_bytes({2, false}, params_->ring());
  for (std::size_t i = 0; i < 7; ++i) bytes[start + i] = 0xff;  // residue 0 is 2^50 - 1
  const auto result = read(bytes);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Code::kCorrupt);
  EXPECT_EQ(result.error().message.find("ciphertext: residue 0 of limb 0 is not below its prime"), 0u);
}

TEST_F(CiphertextBytes, HeadersThatCannotBeAreRefused) {
  const Bytes good = bytes_of(random_ciphertext(2, 2));
  const auto refused_with = [&](std::size_t position, std::uint8_t value) {
    Bytes bytes = good;
    bytes[position] = value;
    return !read(bytes).has_value();
  };
  EXPECT_TRUE(refused_with(0, good[0] ^ 1));  // parameter id
  for (const std::uint8_t parts : {0, 1, 4, 255}) EXPECT_TRUE(refused_with(32, parts));
  for (const std::uint8_t level : {0, 9, 255}) EXPECT_TRUE(refused_with(33, level));
  EXPECT_TRUE(refused_with(39, 30));  // the scale's first prime would be q30, after which comes q7
  EXPECT_TRUE(refused_with(41, 8));   // q8 in a chain of 8
}

TEST_F(CiphertextBytes, TheHashCoversEveryPartLevelAndScale) {
  const Ciphertext ct = random_ciphertext(3, 2);
  const Hash256 hash = hash_ciphertext(ct, *params_);
  Ciphertext other = ct;
  other.parts[0].limb(0)[0] ^= 1;
  EXPECT_NE(hash_ciphertext(other, *params_), hash);
  other = ct;
  other.scale = Scale::power_of_two(92);
  EXPECT_NE(hash_ciphertext(other, *params_), hash);
  other = ct;
  for (NttPoly& part : other.parts) part.keep_limbs(2);
  EXPECT_NE(hash_ciphertext(other, *params_), hash);
  EXPECT_EQ(hash_ciphertext(Ciphertext(ct), *params_), hash);
}

TEST_F(CiphertextBytes, KeysAreReadBack) {
  const SecretPoly secret = make_secret_key(*params_, stream_);
  const PublicKey key =
      make_public_key(*params_, secret, sample_uniform(params_->ring(), {8, false}, stream_), stream_);
  const RelinKey relin = make_relin_key(*params_, secret, stream_);
  Writer writer;
  write_public_key(writer, key, *params_);
  write_relin_key(writer, relin, *params_);
  Reader reader(writer.bytes(), "keys");
  const PublicKey key_back = read_public_key(reader, *params_).value_or_stop();
  const RelinKey relin_back = read_relin_key(reader, *params_).value_or_stop();
  EXPECT_TRUE(reader.finish().has_value());
  EXPECT_EQ(key_back.p0, key.p0);
  EXPECT_EQ(key_back.p1, key.p1);
  EXPECT_EQ(relin_back.seed, relin.seed);
  EXPECT_EQ(relin_back.b, relin.b);
  Reader truncated(ByteView(writer.bytes()).first(writer.bytes().size() - 1), "keys");
  ASSERT_TRUE(read_public_key(truncated, *params_).has_value());
  EXPECT_FALSE(read_relin_key(truncated, *params_).has_value());
}

}  // namespace
}  // namespace mc::fhe
