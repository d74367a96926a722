// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/kernels.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "fhe/ring/error_table.hpp"
#include "fhe/ring/ntt_plain.hpp"
#include "fhe/ring/testing/kernel_tables.hpp"

namespace mc::fhe {
namespace {

using testing::all_kernels;
using testing::Limb;
using testing::prime_for;
using testing::random_limb;

class KernelsTest : public ::testing::TestWithParam<const Kernels*> {};
INSTANTIATE_TEST_SUITE_P(Tables, KernelsTest, ::testing::ValuesIn(all_kernels()),
                         [](const auto& table) { return std::string(table.param->name); });

TEST_P(KernelsTest, TransformEvaluatesAtOddPowersOfTheMinimalRootInBitReversedOrder) {
  std::mt19937_64 random(3);
  constexpr std::size_t kDegree = 16;
  const Modulus m = Modulus::of(prime_for(50, kDegree));
  const NttTables tables = NttTables::of(m, kDegree, *GetParam());
  const Limb polynomial = random_limb(kDegree, m, random);
  Limb transformed = polynomial;
  GetParam()->forward_ntt(transformed.data(), tables);
  const std::uint64_t psi = minimal_primitive_root(m, 2 * kDegree);
  for (std::size_t i = 0; i < kDegree; ++i) {
    const std::size_t reversed = (i & 1) << 3 | (i & 2) << 1 | (i & 4) >> 1 | (i & 8) >> 3;
    const std::uint64_t point = m.power(psi, 2 * reversed + 1);
    std::uint64_t value = 0;
    for (std::size_t k = kDegree; k-- > 0;) value = m.add(m.multiply(value, point), polynomial[k]);
    EXPECT_EQ(transformed[i], value) << i;
  }
}

TEST_P(KernelsTest, PointwiseProductOfTransformsIsTheNegacyclicProduct) {
  std::mt19937_64 random(4);
  constexpr std::size_t kDegree = 64;
  const Modulus m = Modulus::of(prime_for(46, kDegree));
  const NttTables tables = NttTables::of(m, kDegree, *GetParam());
  Limb a = random_limb(kDegree, m, random), b = random_limb(kDegree, m, random);
  Limb expected(kDegree);
  for (std::size_t i = 0; i < kDegree; ++i) {
    for (std::size_t j = 0; j < kDegree; ++j) {
      const std::uint64_t product = m.multiply(a[i], b[j]);
      std::uint64_t& place = expected[(i + j) % kDegree];
      place = i + j < kDegree ? m.add(place, product) : m.subtract(place, product);
    }
  }
  GetParam()->forward_ntt(a.data(), tables);
  GetParam()->forward_ntt(b.data(), tables);
  GetParam()->multiply(a.data(), a.data(), b.data(), kDegree, m);
  GetParam()->inverse_ntt(a.data(), a.data(), 0, tables);
  EXPECT_EQ(a, expected);
}

TEST_P(KernelsTest, InverseUndoesForwardAtEveryDegreeAndPrimeSize) {
  std::mt19937_64 random(5);
  for (std::size_t degree = 16; degree <= 65536; degree *= 2) {
    for (const int bits : {22, 45, 46, 48, 50}) {
      const Modulus m = Modulus::of(prime_for(bits, degree));
      const NttTables tables = NttTables::of(m, degree, *GetParam());
      for (Limb limb : {random_limb(degree, m, random), Limb(degree, m.q - 1)}) {
        const Limb before = limb;
        GetParam()->forward_ntt(limb.data(), tables);
        for (const std::uint64_t x : limb) ASSERT_LT(x, m.q);
        GetParam()->inverse_ntt(limb.data(), limb.data(), 0, tables);
        ASSERT_EQ(limb, before) << degree << " " << bits;
      }
    }
  }
}

TEST_P(KernelsTest, EveryLoopGivesTheBitsOfTheScalarReference) {
  std::mt19937_64 random(6);
  const Kernels& scalar = scalar_kernels();
  const Kernels& kernels = *GetParam();
  constexpr std::size_t kDegree = 1024;
  for (const int bits : {22, 30, 45, 46, 49, 50}) {
    const Modulus m = Modulus::of(prime_for(bits, kDegree));
    const auto same = [&](const std::function<void(const Kernels&, Limb&)>& run, const char* name) {
      Limb expected = random_limb(kDegree, m, random);
      Limb actual = expected;
      run(scalar, expected);
      run(kernels, actual);
      EXPECT_EQ(actual, expected) << name << " " << bits;
    };
    const Limb a = random_limb(kDegree, m, random), b = random_limb(kDegree, m, random);
    same([&](const Kernels& k, Limb& x) { k.forward_ntt(x.data(), NttTables::of(m, kDegree, k)); }, "forward");
    same([&](const Kernels& k, Limb& x) { k.inverse_ntt(x.data(), x.data(), 0, NttTables::of(m, kDegree, k)); },
         "inverse");
    same([&](const Kernels& k, Limb& x) { k.add(x.data(), a.data(), kDegree, m); }, "add");
    same([&](const Kernels& k, Limb& x) { k.subtract(x.data(), a.data(), kDegree, m); }, "subtract");
    same([&](const Kernels& k, Limb& x) { k.negate(x.data(), kDegree, m); }, "negate");
    same([&](const Kernels& k, Limb& x) { k.multiply(x.data(), a.data(), b.data(), kDegree, m); }, "multiply");
    same([&](const Kernels& k, Limb& x) { k.multiply_add(x.data(), a.data(), b.data(), kDegree, m); }, "multiply_add");
    for (const std::uint64_t factor : {std::uint64_t{0}, std::uint64_t{1}, m.q - 1, a[17]}) {
      same([&](const Kernels& k, Limb& x) { k.multiply_scalar(x.data(), factor, kDegree, m); }, "multiply_scalar");
      same([&](const Kernels& k, Limb& x) { k.multiply_scalar_add(x.data(), b.data(), factor, kDegree, m); },
           "multiply_scalar_add");
      same([&](const Kernels& k,
               Limb& x) { k.subtract_multiply(x.data(), x.data(), b.data(), factor, nullptr, 0, false, kDegree, m); },
           "subtract_multiply");
      same(
          [&](const Kernels& k, Limb& x) {
            k.subtract_multiply(x.data(), a.data(), b.data(), factor, x.data(), a[3], true, kDegree, m);
          },
          "subtract_multiply with a third operand");
    }
  }
}

TEST_P(KernelsTest, InnerProductGivesTheBitsOfTheScalarReference) {
  std::mt19937_64 random(61);
  for (const std::size_t count : {16, 48, 1024, 1 << 16}) {
    for (const int bits : {22, 46, 50}) {
      const Modulus m = Modulus::of(prime_for(bits, 1024));
      const Limb a = random_limb(count, m, random), b = random_limb(count, m, random);
      const Limb extreme(count, m.q - 1);
      for (const auto& [x, y] : {std::pair{&a, &b}, std::pair{&a, &extreme}, std::pair{&extreme, &extreme}}) {
        std::uint64_t expected = 0;
        for (std::size_t i = 0; i < count; ++i) expected = m.add(expected, m.multiply((*x)[i], (*y)[i]));
        EXPECT_EQ(GetParam()->inner_product(x->data(), y->data(), count, m), expected) << count << " " << bits;
      }
    }
  }
}

TEST_P(KernelsTest, TensorGivesTheBitsOfTheScalarReference) {
  std::mt19937_64 random(7);
  constexpr std::size_t kDegree = 256;
  for (const int bits : {22, 46, 47, 50}) {
    const Modulus m = Modulus::of(prime_for(bits, kDegree));
    const Limb a0 = random_limb(kDegree, m, random), a1 = random_limb(kDegree, m, random);
    const Limb b0 = random_limb(kDegree, m, random), b1(kDegree, m.q - 1);
    const std::uint64_t* const a[] = {a0.data(), a1.data()};
    const std::uint64_t* const b[] = {b0.data(), b1.data()};
    for (const bool accumulate : {false, true}) {
      std::vector<Limb> expected, actual;
      for (int part = 0; part < 3; ++part) expected.push_back(random_limb(kDegree, m, random));
      actual = expected;
      std::uint64_t* const d[] = {expected[0].data(), expected[1].data(), expected[2].data()};
      std::uint64_t* const e[] = {actual[0].data(), actual[1].data(), actual[2].data()};
      scalar_kernels().tensor(d, a, b, accumulate, kDegree, m);
      GetParam()->tensor(e, a, b, accumulate, kDegree, m);
      EXPECT_EQ(actual, expected) << bits;
    }
  }
}

TEST_P(KernelsTest, CombinationsOfDigitsGiveTheBitsOfTheScalarReference) {
  std::mt19937_64 random(8);
  constexpr std::size_t kDegree = 64;
  const Modulus from = Modulus::of(prime_for(50, kDegree));
  for (const int bits : {22, 46, 50}) {
    const Modulus m = Modulus::of(prime_for(bits, 2 * kDegree));
    std::vector<Limb> rows;
    std::vector<const std::uint64_t*> pointers;
    std::vector<std::uint64_t> weights;
    for (std::size_t k = 0; k < 8; ++k) {
      rows.push_back(k % 2 == 0 ? random_limb(kDegree, from, random) : Limb(kDegree, from.q - 1));
      weights.push_back(k % 3 == 0 ? m.q - 1 : random() % m.q);
    }
    for (const Limb& row : rows) pointers.push_back(row.data());
    for (std::size_t terms = 1; terms <= 8; ++terms) {
      Limb expected(kDegree), actual(kDegree);
      scalar_kernels().combine(expected.data(), pointers.data(), weights.data(), terms, m.q - 1, kDegree, m);
      GetParam()->combine(actual.data(), pointers.data(), weights.data(), terms, m.q - 1, kDegree, m);
      EXPECT_EQ(actual, expected) << bits << " " << terms;
    }
  }
}

// Whatever prime the numbers come from: the transform of (x - shift) equals the plain transform of those residues.
TEST_P(KernelsTest, ShiftedTransformsReadNumbersOfAnotherPrime) {
  std::mt19937_64 random(9);
  for (const std::size_t degree : {16, 32, 64, 128, 256, 512, 1024, 2048, 8192, 16384}) {
    for (const int bits : {22, 40, 45, 46, 47, 48, 49, 50}) {
      const Modulus m = Modulus::of(prime_for(bits, degree));
      const NttTables tables = NttTables::of(m, degree, *GetParam());
      for (const int from_bits : {30, 46, 47, 50}) {
        const Modulus from = Modulus::of(prime_for(from_bits, 2 * degree));
        const Shifted range{from.q, from.q / 2};
        Limb in = random_limb(degree, from, random);
        if (random() % 2 == 0) in.assign(degree, from.q - 1);
        Limb expected(degree), actual(degree), lazy(degree);
        forward_ntt_plain(expected.data(), in.data(), range, tables);
        GetParam()->forward_ntt_shifted(actual.data(), in.data(), range, tables);
        GetParam()->forward_ntt_shifted_lazy(lazy.data(), in.data(), range, tables);
        ASSERT_EQ(actual, expected) << degree << " " << bits << " from " << from_bits;
        for (std::size_t i = 0; i < degree; ++i) {
          ASSERT_LT(lazy[i], bits <= 46 ? std::uint64_t{1} << 52 : m.q) << degree << " " << bits;
          ASSERT_EQ(lazy[i] % m.q, expected[i]) << degree << " " << bits << " from " << from_bits;
        }
        GetParam()->forward_ntt_shifted(in.data(), in.data(), range, tables);
        ASSERT_EQ(in, expected) << degree << " " << bits << " in place";
      }
    }
  }
}

// A prime of 48 bits goes four times into the numbers that are read: the first stage's differences are up to six times
// the prime. Along the way to the last residue let every product that is subtracted be a fifth of the prime, so that
// little is lost of that in any stage: at the end it is there unless it was reduced at the beginning.
TEST_P(KernelsTest, ShiftedTransformsHoldDifferencesThatHardlyShrink) {
  constexpr std::uint64_t kBelow = std::uint64_t{1} << 50;
  for (const std::size_t degree : {256, 512}) {
    for (const int bits : {46, 47, 48, 49}) {
      const Modulus m = Modulus::of(prime_for(bits, degree));
      const NttTables tables = NttTables::of(m, degree, *GetParam());
      Limb limb(degree, 0), expected(degree);
      limb[0] = kBelow - 1;
      std::uint64_t factor = m.negate(1);  // of a residue, by all stages up to the one where it is subtracted
      for (std::size_t half = degree / 2, groups = 1; half >= 1; half /= 2, groups *= 2) {
        factor = m.multiply(m.negate(factor), tables.roots[2 * groups - 1]);
        limb[degree - half] = m.multiply(m.q / 5, m.inverse(factor));
      }
      forward_ntt_plain(expected.data(), limb.data(), {kBelow, 0}, tables);
      GetParam()->forward_ntt_shifted(limb.data(), limb.data(), {kBelow, 0}, tables);
      ASSERT_EQ(limb, expected) << degree << " " << bits;
    }
  }
}

TEST_P(KernelsTest, TransformsInTwoStepsAreTheSameTransform) {
  std::mt19937_64 random(14);
  for (const std::size_t degree : {16, 1024, 2048, 4096, 8192, 16384, 32768, 65536}) {
    const std::size_t part = ntt_part_size(degree);
    ASSERT_EQ(degree % part, 0u);
    for (const int bits : {45, 46, 50}) {
      const Modulus m = Modulus::of(prime_for(bits, degree));
      const NttTables tables = NttTables::of(m, degree, *GetParam());
      for (const int from_bits : {46, 50}) {
        const Modulus from = Modulus::of(prime_for(from_bits, 2 * degree));
        const Shifted range{from.q, from.q / 2};
        const Limb in = random_limb(degree, from, random);
        Limb expected(degree), actual(degree);
        forward_ntt_plain(expected.data(), in.data(), range, tables);
        GetParam()->begin_ntt_shifted(actual.data(), in.data(), range, tables);
        for (std::size_t index = degree / part; index-- > 0;) {
          GetParam()->end_ntt_lazy(actual.data() + index * part, index, range, tables, {in.data(), in.size()});
        }
        for (std::size_t i = 0; i < degree; ++i) ASSERT_EQ(actual[i] % m.q, expected[i]) << degree << " " << bits;
        GetParam()->begin_ntt_shifted(actual.data(), in.data(), range, tables);
        for (std::size_t index = 0; index < degree / part; ++index) {
          GetParam()->end_ntt(actual.data() + index * part, index, range, tables, {in.data(), in.size()});
        }
        ASSERT_EQ(actual, expected) << degree << " " << bits;
      }
    }
  }
}

// Half the prime is what a centred product is at most. Let every product that is added to the first `leaning` residues
// be that, always with the same sign: nothing grows faster than their sums, which a transform without corrections has
// to keep within its words.
TEST_P(KernelsTest, ForwardTransformsHoldSumsThatAllLeanToOneSide) {
  for (const std::size_t degree : {64, 1024, 16384, 65536}) {
    for (const int bits : {45, 46, 47, 48, 49, 50}) {
      const Modulus m = Modulus::of(prime_for(bits, degree));
      const NttTables tables = NttTables::of(m, degree, *GetParam());
      for (const std::uint64_t side : {m.q / 2, m.q / 2 + 1}) {
        for (const std::size_t leaning : {1, 2, 32}) {
          Limb in(degree);
          for (std::size_t i = 0; i < leaning; ++i) in[i] = side;
          for (std::size_t half = degree / 2, groups = 1; half >= leaning; half /= 2, groups *= 2) {
            for (std::size_t i = 0; i < leaning; ++i) in[half + i] = m.multiply(side, m.inverse(tables.roots[groups]));
          }
          Limb expected(degree), actual(degree), lazy(degree);
          for (const Shifted range : {Shifted{m.q, 0}, Shifted{m.q, m.q / 2}, Shifted{std::uint64_t{1} << 50, 0}}) {
            forward_ntt_plain(expected.data(), in.data(), range, tables);
            GetParam()->forward_ntt_shifted(actual.data(), in.data(), range, tables);
            GetParam()->forward_ntt_shifted_lazy(lazy.data(), in.data(), range, tables);
            ASSERT_EQ(actual, expected) << degree << " " << bits << " " << leaning;
            for (std::size_t i = 0; i < degree; ++i) {
              ASSERT_LT(lazy[i], bits <= 46 ? std::uint64_t{1} << 52 : m.q) << degree << " " << bits;
              ASSERT_EQ(lazy[i] % m.q, expected[i]) << degree << " " << bits << " " << leaning;
            }
            GetParam()->begin_ntt_shifted(lazy.data(), in.data(), range, tables);
            const std::size_t part = ntt_part_size(degree);
            for (std::size_t k = 0; k < degree / part; ++k) {
              GetParam()->end_ntt_lazy(lazy.data() + k * part, k, range, tables, {});
            }
            for (std::size_t i = 0; i < degree; ++i) {
              ASSERT_LT(lazy[i], bits <= 46 ? std::uint64_t{1} << 52 : m.q) << degree << " " << bits;
              ASSERT_EQ(lazy[i] % m.q, expected[i]) << degree << " " << bits << " " << leaning << " in two steps";
            }
          }
        }
      }
    }
  }
}

// The sum of every `count` neighbours is half the prime: of equal signs, so that the sums of the next stages grow most,
// or of alternating ones, so that its differences do.
TEST_P(KernelsTest, InverseTransformsHoldSumsThatAllLeanToOneSide) {
  for (const std::size_t degree : {64, 128, 256, 8192, 16384}) {
    for (const int bits : {45, 46, 47, 48, 49, 50}) {
      const Modulus m = Modulus::of(prime_for(bits, degree));
      const NttTables tables = NttTables::of(m, degree, *GetParam());
      for (std::size_t count = 1; count <= degree; count *= 2) {
        const std::uint64_t side = m.multiply(m.q / 2, m.inverse(count));
        Limb in(degree, side), expected(degree), actual(degree);
        for (const bool alternating : {false, true}) {
          if (alternating) {
            for (std::size_t i = count; i < degree; i += 2 * count) {
              for (std::size_t k = 0; k < count && i + k < degree; ++k) in[i + k] = m.q - side;
            }
          }
          inverse_ntt_plain(expected.data(), in.data(), 0, tables);
          GetParam()->inverse_ntt(actual.data(), in.data(), 0, tables);
          ASSERT_EQ(actual, expected) << degree << " " << bits << " " << count;
        }
      }
    }
  }
}

// Quotients are estimates: results next to zero, to the prime and to half of it are where a bad one shows.
TEST_P(KernelsTest, ProductsNextToZeroAndToHalfThePrimeAreExact) {
  std::mt19937_64 random(15);
  constexpr std::size_t kCount = 4096;
  for (const int bits : {22, 30, 46, 49, 50}) {
    const Modulus m = Modulus::of(prime_for(bits, 16));
    const std::uint64_t factor = m.q - 2 - random() % 1000;
    Limb a(kCount), b(kCount), c(kCount), product(kCount), multiple(kCount);
    for (std::size_t i = 0; i < kCount; ++i) {
      const std::uint64_t near[] = {0, m.q - 3, m.q / 2 - 2};
      product[i] = (near[random() % 3] + random() % 6) % m.q;
      a[i] = 1 + random() % (m.q - 1);
      b[i] = m.multiply(product[i], m.inverse(a[i]));
      c[i] = m.multiply(product[i], m.inverse(factor));
    }
    GetParam()->multiply(multiple.data(), a.data(), b.data(), kCount, m);
    EXPECT_EQ(multiple, product) << bits;
    std::fill(multiple.begin(), multiple.end(), 0);
    GetParam()->multiply_add(multiple.data(), a.data(), b.data(), kCount, m);
    EXPECT_EQ(multiple, product) << bits;
    multiple = c;
    GetParam()->multiply_scalar(multiple.data(), factor, kCount, m);
    EXPECT_EQ(multiple, product) << bits;
    const std::uint64_t* const rows[] = {c.data()};
    GetParam()->combine(multiple.data(), rows, &factor, 1, 0, kCount, m);
    EXPECT_EQ(multiple, product) << bits;
  }
}

TEST_P(KernelsTest, InverseTransformAddsTheShift) {
  std::mt19937_64 random(10);
  for (const std::size_t degree : {16, 32, 64, 128, 1024, 4096, 32768, 65536}) {
    for (const int bits : {22, 45, 46, 47, 48, 49, 50}) {
      const Modulus m = Modulus::of(prime_for(bits, degree));
      const NttTables tables = NttTables::of(m, degree, *GetParam());
      for (const Limb& in : {random_limb(degree, m, random), Limb(degree, m.q - 1)}) {
        Limb expected(degree), actual(degree);
        inverse_ntt_plain(expected.data(), in.data(), m.q / 2, tables);
        GetParam()->inverse_ntt(actual.data(), in.data(), m.q / 2, tables);
        ASSERT_EQ(actual, expected) << degree << " " << bits;
      }
    }
  }
}

// X -> X^g: the coefficient of X^k goes to X^(g k), with X^N = -1.
TEST_P(KernelsTest, AutomorphismsPermuteNttFormsAsTheyMapCoefficients) {
  std::mt19937_64 random(12);
  for (const std::size_t degree : {16, 64, 1024}) {
    const Modulus m = Modulus::of(prime_for(46, degree));
    const NttTables tables = NttTables::of(m, degree, *GetParam());
    for (const std::uint64_t g : {std::uint64_t{1}, std::uint64_t{5}, std::uint64_t{25}, std::uint64_t{2 * degree - 1},
                                  std::uint64_t{3}, std::uint64_t{2 * degree - 5}}) {
      const AutomorphismTable table = AutomorphismTable::of(g, degree);
      Limb polynomial = random_limb(degree, m, random), expected(degree), image(degree);
      for (std::size_t k = 0; k < degree; ++k) {
        const std::size_t exponent = g * k % (2 * degree);
        expected[exponent % degree] = exponent < degree ? polynomial[k] : m.negate(polynomial[k]);
      }
      GetParam()->forward_ntt(expected.data(), tables);
      GetParam()->forward_ntt(polynomial.data(), tables);
      GetParam()->permute(image.data(), polynomial.data(), table, false, {0, degree}, m);
      ASSERT_EQ(image, expected) << degree << " " << g;
      GetParam()->permute(image.data(), polynomial.data(), table, true, {0, degree}, m);
      for (std::size_t i = 0; i < degree; ++i) ASSERT_EQ(image[i], m.add(expected[i], expected[i]));
      for (std::size_t at = 0; at < degree; at += 16) {
        GetParam()->permute(image.data() + at, polynomial.data(), table, false, {at, 16}, m);
      }
      ASSERT_EQ(image, expected) << degree << " " << g;
    }
  }
}

TEST_P(KernelsTest, SmallIntegersBecomeResidues) {
  const Modulus m = Modulus::of(prime_for(46, 16));
  const std::vector<std::int64_t> in{0,
                                     1,
                                     -1,
                                     41,
                                     -41,
                                     2,
                                     -2,
                                     3,
                                     -3,
                                     7,
                                     static_cast<std::int64_t>(m.q) - 1,
                                     11,
                                     12,
                                     13,
                                     -static_cast<std::int64_t>(m.q) + 1,
                                     5};
  Limb out(16);
  GetParam()->from_small(out.data(), in.data(), 16, m);
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(out[i], in[i] < 0 ? m.q - static_cast<std::uint64_t>(-in[i]) : static_cast<std::uint64_t>(in[i]));
  }
}

TEST_P(KernelsTest, ErrorsAreSelectedAsByTheScalarReferenceAtEveryThreshold) {
  std::mt19937_64 random(13);
  std::vector<std::uint64_t> words;
  for (const ErrorThreshold& threshold : kErrorThresholds) {
    for (const std::uint64_t sign : {std::uint64_t{0}, std::uint64_t{1} << 63}) {
      for (const int step : {-1, 0, 1}) {
        words.push_back(threshold.low + static_cast<std::uint64_t>(step));
        words.push_back(threshold.high | sign);
        words.push_back(random());
        words.push_back((threshold.high + static_cast<std::uint64_t>(step)) | sign);
      }
    }
  }
  while (words.size() % 32 != 0 || words.size() < 4096) words.push_back(random());
  std::vector<std::int64_t> expected(words.size() / 2), actual(words.size() / 2);
  scalar_kernels().select_errors(expected.data(), words.data(), expected.size());
  GetParam()->select_errors(actual.data(), words.data(), actual.size());
  EXPECT_EQ(actual, expected);
}

TEST(FindKernels, UnknownNamesAreRefusedWithTheNamesThereAre) {
  const auto found = find_kernels("gpu");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, Code::kUnsupported);
  EXPECT_EQ(found.error().message, "there are no kernels called \"gpu\"; there are scalar, avx2, avx512 and wasm_simd");
  EXPECT_EQ((*find_kernels("scalar"))->name, "scalar");
}

}  // namespace
}  // namespace mc::fhe
