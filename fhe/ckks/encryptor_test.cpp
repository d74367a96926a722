// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/encryptor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

class EncryptorTest : public ::testing::Test {
 protected:
  Ciphertext encrypt_slots(const std::vector<double>& slots, Level level = Level(8)) {
    return encrypt(*params_, key_, encoder_.encode(slots, level, Scale::power_of_two(92)).value_or_stop(), stream_)
        .value_or_stop();
  }
  std::vector<double> open(const SecretPoly& secret, const Ciphertext& ct) const {
    return encoder_.decode(decrypt(*params_, secret, ct)).value_or_stop();
  }
  /// Coefficients of a polynomial known to be small.
  std::vector<std::int64_t> small_coefficients(const NttPoly& poly) const {
    const CoeffPoly coefficients = params_->ring().to_coeff(NttPoly(poly));
    const std::uint64_t q = params_->q()[0];
    std::vector<std::int64_t> result;
    for (const std::uint64_t x : coefficients.limb(0)) {
      result.push_back(x > q / 2 ? static_cast<std::int64_t>(x) - static_cast<std::int64_t>(q)
                                 : static_cast<std::int64_t>(x));
    }
    return result;
  }

  ParamsPtr params_ = Params::named("test_insecure", true).value_or_stop();
  Encoder encoder_{params_};
  KeyStream stream_ = public_stream("encryptor test", {});
  SecretPoly secret_ = make_secret_key(*params_, stream_);
  PublicKey key_ = make_public_key(*params_, secret_, sample_uniform(params_->ring(), {8, false}, stream_), stream_);
};

TEST_F(EncryptorTest, TheSecretIsTernaryAndTheSameModuloEveryPrime) {
  const auto coefficients = small_coefficients(secret_.expose());
  for (const std::int64_t x : coefficients) EXPECT_LE(std::abs(x), 1);
  NttPoly again = params_->ring().to_ntt(params_->ring().from_signed(coefficients, {8, true}));
  EXPECT_EQ(again, secret_.expose());
}

TEST_F(EncryptorTest, ThePublicKeyIsAnEncryptionOfZero) {
  const Plaintext error = decrypt(*params_, secret_, {{key_.p0, key_.p1}, Scale{}});
  const auto coefficients = small_coefficients(error.poly);
  double square = 0;
  for (const std::int64_t x : coefficients) {
    EXPECT_LE(std::abs(x), 41);
    square += static_cast<double>(x * x) / static_cast<double>(coefficients.size());
  }
  EXPECT_NEAR(std::sqrt(square), kErrorSigma, 0.4);
  EXPECT_EQ(params_->ring().from_signed(coefficients, {8, false}), params_->ring().to_coeff(NttPoly(error.poly)));
}

TEST_F(EncryptorTest, RelinearisationDigitsHideTheSquareAtTheirOwnPrime) {
  const RelinKey relin = make_relin_key(*params_, secret_, stream_);
  const Ring& ring = params_->ring();
  const std::vector<NttPoly> uniform = expand_uniform_halves(*params_, relin.seed);
  ASSERT_EQ(relin.b.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i) {
    NttPoly rest = relin.b[i];  // b + a s - P g_i s^2 = e
    ring.multiply_add(rest, uniform[i], secret_.expose());
    NttPoly gadget = secret_.expose();
    ring.multiply(gadget, secret_.expose());
    std::vector<std::uint64_t> factor(9);
    factor[i] = params_->p()[0] % params_->q()[i];
    ring.multiply_scalar(gadget, factor);
    ring.subtract(rest, gadget);
    const auto error = small_coefficients(rest);
    for (const std::int64_t x : error) ASSERT_LE(std::abs(x), 41) << i;
    EXPECT_EQ(ring.to_ntt(ring.from_signed(error, {8, true})), rest) << i;
  }
}

TEST_F(EncryptorTest, FreshNoiseIsWhatTheErrorDistributionGives) {
  // A slot's noise is e_0 + e_1 s + e u: variance sigma^2 (4/3 N + 1) per coefficient, N times that per slot, of which
  // the real part has half.
  const std::vector<double> slots = open(secret_, encrypt_slots({0}));
  double square = 0;
  for (const double x : slots) square += x * x / static_cast<double>(slots.size());
  const double degree = 1024;
  const double expected = kErrorSigma * std::sqrt((4.0 / 3 * degree + 1) * degree / 2) * 0x1p-92;
  EXPECT_NEAR(std::log2(std::sqrt(square)), std::log2(expected), 0.5);
}

TEST_F(EncryptorTest, AnotherKeyOpensNothing) {
  double largest = 0;
  for (const double x : open(make_secret_key(*params_, stream_), encrypt_slots({0})))
    largest = std::max(largest, std::fabs(x));
  EXPECT_GT(largest, 0x1p200);  // noise of the size of Q over the scale
}

TEST_F(EncryptorTest, EncryptionsOfTheSameMessageDiffer) {
  EXPECT_NE(encrypt_slots({1}).parts[1], encrypt_slots({1}).parts[1]);
}

TEST_F(EncryptorTest, TheStreamIsAllTheRandomnessThereIs) {
  const Plaintext message = encoder_.encode_constant(1, Level(8), Scale::power_of_two(92)).value_or_stop();
  KeyStream first = public_stream("same", {}), second = public_stream("same", {});
  EXPECT_EQ(*encrypt(*params_, key_, message, first), *encrypt(*params_, key_, message, second));
}

TEST_F(EncryptorTest, EncryptsAtEveryLevelOfTheChain) {
  for (std::uint32_t level = 2; level <= 8; ++level) {
    const Ciphertext ct = encrypt_slots({0.5, -0.25}, Level(level));
    EXPECT_EQ(ct.level().value, level);
    const std::vector<double> slots = open(secret_, ct);
    EXPECT_NEAR(slots[0], 0.5, 0x1p-52);
    EXPECT_NEAR(slots[1], -0.25, 0x1p-52);
    EXPECT_NEAR(slots[2], 0, 0x1p-70);
  }
}

TEST_F(EncryptorTest, WhatDoesNotBelongTogetherIsRefused) {
  const Scale scale = Scale::power_of_two(92);
  const Plaintext none{params_->ring().make<Domain::kNtt>({0, false}), scale};
  EXPECT_EQ(encrypt(*params_, key_, none, stream_).error().message,
            "a plaintext of level 0 cannot be encrypted under a key of level 8");
  const Plaintext message = encoder_.encode_constant(1, Level(8), scale).value_or_stop();
  PublicKey low = key_;
  low.p0.keep_limbs(3);
  low.p1.keep_limbs(3);
  EXPECT_EQ(encrypt(*params_, low, message, stream_).error().message,
            "a plaintext of level 8 cannot be encrypted under a key of level 3");
  low.p1.keep_limbs(2);
  const Plaintext short_message = encoder_.encode_constant(1, Level(3), scale).value_or_stop();
  EXPECT_EQ(encrypt(*params_, low, short_message, stream_).error().code, Code::kInvalidArgument);
}

// Blocks given back are kept as they are, except under the address sanitizer: what is taken next shows what was left.
#if !defined(__SANITIZE_ADDRESS__)
TEST_F(EncryptorTest, NoSecretIsLeftInMemoryGivenBack) {
  const Ring& ring = params_->ring();
  std::vector<std::vector<std::uint64_t>> secrets;  // some residues of each are enough to know it by
  const auto remember = [&](const auto& poly) {
    const std::uint64_t* const from = poly.limb(0).data() + 100;
    secrets.emplace_back(from, from + 24);
  };
  {
    const Basis top{8, false};
    NttPoly s = restrict_to(secret_.expose(), 8), minus = s, square = s;
    ring.negate(minus);
    ring.multiply(square, s);
    KeyStream same = public_stream("encryption whose mask is known", {});
    CoeffPoly mask = sample_ternary(ring, top, same);
    remember(s);
    remember(minus);
    remember(square);
    remember(mask);
    remember(ring.to_ntt(CoeffPoly(mask)));
    remember(ring.to_coeff(NttPoly(s)));
    for (NttPoly* poly : {&s, &minus, &square}) wipe(*poly);
    wipe(mask);
  }
  const auto found_in_what_is_left = [&] {
    std::vector<AlignedWords> blocks;
    std::size_t found = 0;
    for (const std::size_t limbs : {8, 9}) {
      for (int i = 0; i < 40; ++i) {
        const AlignedWords& block = blocks.emplace_back(limbs * ring.degree());
        for (const auto& secret : secrets) found += !std::ranges::search(block, secret).empty();
      }
    }
    for (AlignedWords& block : blocks) std::ranges::fill(block, 0);
    return found;
  };
  EXPECT_GT(found_in_what_is_left(), 0u);  // the copies this test made for itself
  EXPECT_EQ(found_in_what_is_left(), 0u);
  {
    KeyStream stream = public_stream("encryption whose mask is known", {});
    const Plaintext message = encoder_.encode_constant(1, Level(8), Scale::power_of_two(92)).value_or_stop();
    const Ciphertext ct = encrypt(*params_, key_, message, stream).value_or_stop();
    const RelinKey relin = make_relin_key(*params_, secret_, stream_);
    const GaloisKey galois = make_galois_key(*params_, secret_, 5, stream_).value_or_stop();
    const PublicKey key = make_public_key(*params_, secret_, key_.p1, stream_);
    const Plaintext opened = decrypt(*params_, secret_, ct);
    const SecretPoly copy(NttPoly(secret_.expose()));
  }
  EXPECT_EQ(found_in_what_is_left(), 0u);
}
#endif

}  // namespace
}  // namespace mc::fhe
