// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/evaluation_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fhe/ckks/testing/bed.hpp"

namespace mc::fhe {
namespace {

using testing::Bed;
using testing::insecure_params;

template <class SeededKey>
std::vector<SwitchingDigit> written_out(const Params& params, const SeededKey& key) {
  std::vector<SwitchingDigit> digits;
  for (NttPoly& a : expand_uniform_halves(params, key.seed)) digits.push_back({key.b[digits.size()], std::move(a)});
  return digits;
}

template <class Key>
Bytes written(void (*write)(Writer&, const Key&, const Params&), const Key& key, const Params& params) {
  Writer writer;
  write(writer, key, params);
  return std::move(writer).bytes();
}

TEST(EvaluationKeys, RefuseKeysOfAnotherEpochAndNameBoth) {
  Bed bed(insecure_params(6, {50, 46, 46}, {50}));
  EvaluationKeys keys(bed.params, Epoch(1));
  RelinKey relin = make_relin_key(*bed.params, bed.secret, bed.stream);
  relin.epoch = Epoch(2);
  Status refused = keys.add(relin);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "a key of epoch 2 among keys of epoch 1");
  GaloisKey galois = make_galois_key(*bed.params, bed.secret, 5, bed.stream).value_or_stop();
  refused = keys.add(galois);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "a key of epoch 0 among keys of epoch 1");
  galois.epoch = relin.epoch = Epoch(1);
  EXPECT_TRUE(keys.add(relin).has_value());
  EXPECT_TRUE(keys.add(galois).has_value());
}

TEST(EvaluationKeys, RefuseWrongShapesAndSecondKeys) {
  Bed bed(insecure_params(6, {50, 46, 46}, {50}));
  EvaluationKeys keys(bed.params);
  RelinKey relin = make_relin_key(*bed.params, bed.secret, bed.stream);
  relin.b.pop_back();
  Status refused = keys.add(relin);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "a relinearisation key of 2 digits, the parameter set test has 3");
  GaloisKey galois = make_galois_key(*bed.params, bed.secret, 5, bed.stream).value_or_stop();
  ASSERT_TRUE(keys.add(galois).has_value());
  refused = keys.add(galois);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kConflict);
  galois.galois_element = 6;
  refused = keys.add(galois);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "the Galois element 6 is not odd and below 2N = 128");
  galois.galois_element = 7;
  galois.b.front().keep_limbs(2);
  refused = keys.add(galois);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "a Galois key is not over the modulus of parameter set test");
  EXPECT_FALSE(make_galois_key(*bed.params, bed.secret, 128, bed.stream).has_value());
}

TEST(EvaluationKeys, AKeyWithItsUniformHalvesGivenIsTheKeyWithTheirSeed) {
  Bed bed(insecure_params(6, {50, 46, 46}, {50}));
  const GaloisKey key = make_galois_key(*bed.params, bed.secret, 25, bed.stream).value_or_stop();
  std::vector<SwitchingDigit> digits = written_out(*bed.params, key);
  const auto seeded = std::make_shared<EvaluationKeys>(bed.params);
  const auto given = std::make_shared<EvaluationKeys>(bed.params);
  ASSERT_TRUE(seeded->add(key).has_value());
  ASSERT_TRUE(given->add_galois(25, digits, {}).has_value());
  const Ciphertext ct = bed.seal(bed.random_slots(1));
  EXPECT_EQ(Evaluator(given).rotate(ct, 2).value_or_stop(), Evaluator(seeded).rotate(ct, 2).value_or_stop());

  EXPECT_EQ(given->add_galois(25, digits, {}).error().code, Code::kConflict);
  EXPECT_EQ(given->add_galois(5, digits, Epoch(3)).error().message, "a key of epoch 3 among keys of epoch 0");
  EXPECT_EQ(given->add_galois(4, digits, {}).error().message, "the Galois element 4 is not odd and below 2N = 128");
  digits.back().a.keep_limbs(3);
  EXPECT_EQ(given->add_galois(5, digits, {}).error().message,
            "a Galois key is not over the modulus of parameter set test");
  digits.pop_back();
  EXPECT_EQ(given->add_galois(5, digits, {}).error().message, "a Galois key of 2 digits, the parameter set test has 3");
}

TEST(EvaluationKeys, ARelinearisationKeyWithItsUniformHalvesGivenIsTheKeyWithTheirSeed) {
  Bed bed(insecure_params(6, {50, 46, 46}, {50}));
  const RelinKey key = make_relin_key(*bed.params, bed.secret, bed.stream);
  std::vector<SwitchingDigit> digits = written_out(*bed.params, key);
  const auto seeded = std::make_shared<EvaluationKeys>(bed.params);
  const auto given = std::make_shared<EvaluationKeys>(bed.params);
  ASSERT_TRUE(seeded->add(key).has_value());
  ASSERT_TRUE(given->add_relin(digits, {}).has_value());
  const Ciphertext ct = bed.seal(bed.random_slots(1));
  const Ciphertext product = Evaluator(given).multiply(ct, ct).value_or_stop();
  EXPECT_EQ(Evaluator(given).relinearise(product).value_or_stop(),
            Evaluator(seeded).relinearise(product).value_or_stop());

  EXPECT_EQ(given->add_relin(digits, Epoch(3)).error().message, "a key of epoch 3 among keys of epoch 0");
  digits.back().a.keep_limbs(3);
  EXPECT_EQ(given->add_relin(digits, {}).error().message,
            "a relinearisation key is not over the modulus of parameter set test");
  digits.pop_back();
  EXPECT_EQ(given->add_relin(digits, {}).error().message,
            "a relinearisation key of 2 digits, the parameter set test has 3");
}

// Sums, several answers, parts of a limb and levels below the top, over primes that are far from a power of two for
// their size, so that residues are replaced; on one thread and on two.
TEST(EvaluationKeys, MadeUniformHalvesGiveTheBitsOfWrittenOnes) {
  for (const std::uint8_t log_n : {5, 10, 12, 13}) {
    Bed bed(insecure_params(log_n, {30, 24, 24, 24, 50}, {30, 28}));
    const auto seeded = std::make_shared<EvaluationKeys>(bed.params);
    const auto given = std::make_shared<EvaluationKeys>(bed.params);
    const std::int64_t steps[] = {1, 2, -1};
    for (const std::int64_t step : steps) {
      const std::uint64_t element = galois_element_of_rotation(step, bed.params->ring().degree());
      const GaloisKey key = make_galois_key(*bed.params, bed.secret, element, bed.stream).value_or_stop();
      ASSERT_TRUE(seeded->add(key).has_value());
      ASSERT_TRUE(given->add_galois(element, written_out(*bed.params, key), {}).has_value());
      const std::size_t halves = bed.params->ring().kernels().makes_uniform_halves ? 1 : 2;
      const KeyRows rows = seeded->galois(element)->key.rows(1);
      EXPECT_EQ(rows.bytes_per_term(), halves * KeyRows::bytes_per_half(rows.bits));
    }
    const RelinKey relin = make_relin_key(*bed.params, bed.secret, bed.stream);
    ASSERT_TRUE(seeded->add(relin).has_value());
    ASSERT_TRUE(given->add_relin(written_out(*bed.params, relin), {}).has_value());
    if (seeded->relin()->rows(0).uniform != nullptr) {
      EXPECT_LT(seeded->relin()->bytes(), given->relin()->bytes() * 11 / 20);
    }
    for (const std::size_t threads : {1, 2}) {
      const auto workers = std::make_shared<Workers>(threads);
      const Evaluator made(seeded, workers), written(given, workers);
      Ciphertext ct = bed.seal(bed.random_slots(1));
      for (std::size_t dropped = 0; dropped < 3; ++dropped) {
        EXPECT_EQ(made.rotate_each(ct, steps).value_or_stop(), written.rotate_each(ct, steps).value_or_stop());
        EXPECT_EQ(made.sum_of_rotations(ct, steps).value_or_stop(),
                  written.sum_of_rotations(ct, steps).value_or_stop());
        const Ciphertext product = made.multiply(ct, ct).value_or_stop();
        EXPECT_EQ(made.relinearise(product).value_or_stop(), written.relinearise(product).value_or_stop());
        EXPECT_EQ(made.relinearise_rescale(product, 1).value_or_stop(),
                  written.relinearise_rescale(product, 1).value_or_stop());
        made.rescale_inplace(ct, 1).value_or_stop();
      }
    }
  }
}

TEST(EvaluationKeys, RowsInterleaveEightResiduesOfEveryDigit) {
  Bed bed(insecure_params(4, {50, 46}, {50}));
  const std::vector<SwitchingDigit> digits =
      written_out(*bed.params, make_relin_key(*bed.params, bed.secret, bed.stream));
  EvaluationKeys keys(bed.params);
  ASSERT_TRUE(keys.add_relin(digits, {}).has_value());
  for (std::size_t place = 0; place < 3; ++place) {
    const KeyRows rows = keys.relin()->rows(place);
    const std::size_t bits = place == 1 ? 46 : 50;
    EXPECT_EQ(rows.bits, bed.params->ring().kernels().packs_keys ? bits : KeyRows::kPlainBits);
    for (std::size_t i = 0; i < 16; ++i) {
      for (std::size_t digit = 0; digit < 2; ++digit) {
        const std::byte* const pair = rows.at(i / 8 * 8) + digit * KeyRows::bytes_per_pair(rows.bits);
        EXPECT_EQ(read_pair(pair, 0, i % 8, rows.bits), digits[digit].b.limb(place)[i]);
        EXPECT_EQ(read_pair(pair, 1, i % 8, rows.bits), digits[digit].a.limb(place)[i]);
      }
    }
  }
}

TEST(EvaluationKeys, RotationsAreOfTheOrbitOfFive) {
  EXPECT_EQ(galois_element_of_rotation(0, 1024), 1u);
  EXPECT_EQ(galois_element_of_rotation(1, 1024), 5u);
  EXPECT_EQ(galois_element_of_rotation(2, 1024), 25u);
  EXPECT_EQ(galois_element_of_rotation(512, 1024), 1u);
  EXPECT_EQ(galois_element_of_rotation(-1, 1024) * 5 % 2048, 1u);
  EXPECT_EQ(galois_element_of_rotation(513, 1024), 5u);
  EXPECT_EQ(galois_element_of_conjugation(1024), 2047u);
}

TEST(GaloisKey, IsReadBackAsItWasWritten) {
  Bed bed(insecure_params(5, {50, 46, 46}, {50, 50}));
  GaloisKey key = make_galois_key(*bed.params, bed.secret, 25, bed.stream).value_or_stop();
  key.epoch = Epoch(7);
  Writer writer;
  write_galois_key(writer, key, *bed.params);
  Reader reader(writer.bytes(), "galois key");
  const GaloisKey back = read_galois_key(reader, *bed.params).value_or_stop();
  EXPECT_EQ(back.galois_element, 25u);
  EXPECT_EQ(back.epoch, Epoch(7));
  EXPECT_EQ(back.seed, key.seed);
  EXPECT_EQ(back.b, key.b);
  Bytes even(writer.bytes().begin(), writer.bytes().end());
  even[36] &= 0xFE;
  Reader altered(even, "galois key");
  const auto refused = read_galois_key(altered, *bed.params);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("the Galois element 24 is not odd"), std::string::npos);
}

// Such a key began with the parameters' id alone, and its seed meant other uniform halves.
TEST(GaloisKey, OfTheFirstVersionIsRefusedNotUsedWithOtherHalves) {
  Bed bed(insecure_params(5, {50, 46, 46}, {50, 50}));
  Bytes old =
      written(&write_galois_key, make_galois_key(*bed.params, bed.secret, 25, bed.stream).value_or_stop(), *bed.params);
  std::ranges::copy(bed.params->id().bytes, old.begin());
  Reader reader(old, "galois key");
  Result<GaloisKey> refused = read_galois_key(reader, *bed.params);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("a Galois key of an earlier version"), std::string::npos);
  old[0] ^= 1;
  Reader foreign(old, "galois key");
  refused = read_galois_key(foreign, *bed.params);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("not a Galois key for the parameters test"), std::string::npos);
}

// It began with the parameters' id alone, and both halves of every digit followed.
TEST(RelinKey, OfTheFirstVersionIsRefusedAndSaysWhatToDo) {
  Bed bed(insecure_params(5, {50, 46, 46}, {50, 50}));
  const RelinKey key = make_relin_key(*bed.params, bed.secret, bed.stream);
  Writer first;
  first.hash(bed.params->id());
  for (const SwitchingDigit& digit : written_out(*bed.params, key)) {
    write_poly(first, digit.b, bed.params->ring());
    write_poly(first, digit.a, bed.params->ring());
  }
  Reader reader(first.bytes(), "relinearisation key");
  Result<RelinKey> refused = read_relin_key(reader, *bed.params);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("a relinearisation key of an earlier version"), std::string::npos);
  EXPECT_NE(refused.error().message.find("the commons has to be founded anew"), std::string::npos);

  Bytes foreign = written(&write_relin_key, key, *bed.params);
  EXPECT_EQ(foreign.size(), 64 + key.b.size() * packed_poly_bytes(key.b[0].basis(), bed.params->ring()));
  foreign[0] ^= 1;
  Reader other(foreign, "relinearisation key");
  refused = read_relin_key(other, *bed.params);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("not a relinearisation key for the parameters test"), std::string::npos);
}

// A Galois key's bytes are no relinearisation key's: the first 32 say which it is.
TEST(RelinKey, IsNotReadFromAGaloisKey) {
  Bed bed(insecure_params(5, {50, 46, 46}, {50, 50}));
  const Bytes bytes =
      written(&write_galois_key, make_galois_key(*bed.params, bed.secret, 25, bed.stream).value_or_stop(), *bed.params);
  Reader reader(bytes, "key");
  EXPECT_FALSE(read_relin_key(reader, *bed.params).has_value());
}

}  // namespace
}  // namespace mc::fhe
