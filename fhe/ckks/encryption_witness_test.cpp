// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/encryption_witness.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

SecretKey256 witness_key(std::uint64_t number) {
  return SecretKey256(Sha256("witness test").update_u64(number).finish().bytes);
}

class Witness : public ::testing::Test {
 protected:
  Witness() {
    KeyStream stream(witness_key(1));
    const SecretPoly secret = make_secret_key(*params_, stream);
    key_ = make_public_key(*params_, secret, sample_uniform(ring_, top_, stream), stream);
  }
  [[nodiscard]] Plaintext plaintext(double value, Level level) const {
    const std::vector<double> slots(params_->slot_count(), value);
    return encoder_.encode(slots, level, Scale::power_of_two(kSealScaleLog2)).value_or_stop();
  }
  /// u p + rest.
  [[nodiscard]] NttPoly opened(const NttPoly& p, const SecretSmallIntegers& u, std::span<const i128> rest) const {
    NttPoly sum = p;
    ring_.multiply(sum, ring_.to_ntt(ring_.from_wide(std::vector<i128>(u.begin(), u.end()), top_)));
    ring_.add(sum, ring_.to_ntt(ring_.from_wide(rest, top_)));
    return sum;
  }

  ParamsPtr params_ = Params::named("test_insecure", true).value_or_stop();
  const Ring& ring_ = params_->ring();
  Basis top_{params_->top_level().value, false};
  Encoder encoder_{params_};
  PublicKey key_;
};

TEST_F(Witness, OpensTheCiphertextThatEncryptMakesOfTheSameStream) {
  for (const double value : {0.0, 0.3, -1.0}) {
    KeyStream stream(witness_key(2)), again(witness_key(2));
    const Plaintext message = plaintext(value, params_->top_level());
    const WitnessedCiphertext made = encrypt_with_witness(*params_, key_, message, stream).value_or_stop();
    EXPECT_EQ(made.ciphertext, encrypt(*params_, key_, message, again).value_or_stop());
    EXPECT_EQ(stream.next_u64(), again.next_u64());
    const EncryptionWitness& w = made.witness;
    EXPECT_EQ(opened(key_.p0, w.u, w.f), made.ciphertext.parts[0]);
    EXPECT_EQ(opened(key_.p1, w.u, std::vector<i128>(w.e.begin(), w.e.end())), made.ciphertext.parts[1]);
    EXPECT_TRUE(std::ranges::all_of(w.u, [](int u) { return u >= -1 && u <= 1; }));
    EXPECT_TRUE(std::ranges::all_of(w.e, [](int e) { return e >= -kErrorMax && e <= kErrorMax; }));
    EXPECT_GT(std::ranges::count_if(w.u, [](int u) { return u == -1; }), 250);
  }
}

TEST_F(Witness, AMessageOrALevelThatCannotBeWitnessedIsRefused) {
  KeyStream stream(witness_key(3));
  const auto large = encrypt_with_witness(*params_, key_, plaintext(2.5, params_->top_level()), stream);
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().code, Code::kLimit);
  const auto huge = encrypt_with_witness(*params_, key_, plaintext(65000, params_->top_level()), stream);
  EXPECT_EQ(huge.error().code, Code::kLimit) << "beyond the product of two primes, which would wrap";
  const auto low = encrypt_with_witness(*params_, key_, plaintext(0.25, Level(2)), stream);
  ASSERT_FALSE(low.has_value());
  EXPECT_EQ(low.error().message, "the message of a ciphertext of level 2 cannot be witnessed, level 3 and more can");
}

TEST_F(Witness, IntegersAreReadOffAtTheExtremes) {
  const i128 bound = i128{1} << kWitnessMessageLog2;
  std::vector<i128> integers(ring_.degree());
  integers[0] = bound;
  integers[1] = -bound;
  integers[2] = -1;
  const auto read = message_integers(ring_, ring_.to_ntt(ring_.from_wide(integers, top_))).value_or_stop();
  EXPECT_TRUE(std::ranges::equal(read, integers));
  for (const i128 beyond : {bound + 1, -bound - 1, (i128{1} << 120) + 5}) {
    integers[7] = beyond;
    EXPECT_EQ(message_integers(ring_, ring_.to_ntt(ring_.from_wide(integers, top_))).error().code, Code::kLimit);
  }
  std::vector<std::int64_t> small(ring_.degree());
  small[0] = 41;
  small[1] = -41;
  EXPECT_TRUE(std::ranges::equal(small_integers(ring_, ring_.from_small(small, top_)), small));
}

}  // namespace
}  // namespace mc::fhe
