// SPDX-License-Identifier: Apache-2.0
// Half of the modulus (docs/design/0046): what is proven of an upload (R21) is short in twice the ciphertext, so a
// plaintext may be (Q + 1) / 2 in every coefficient besides. A sum does not show it; a refresh, which lifts what it
// opens to a larger modulus, would make a number of 2^191 of it, under a mask of 2^176, and multiply the next column.
#include "query/compare/computed_columns.hpp"
#include "query/testing/owner_who_calculates.hpp"
#include "query/testing/watching_refresher.hpp"

namespace mc::query {
namespace {

using fhe::i128;
using fhe::testing::numbered_hash;
using testing::Forged;
using testing::ForgedVault;
using testing::kBatch;

class OwnerOfHalfTheModulus : public testing::OwnerWhoCalculates {
 protected:
  /// (Q + 1) / 2 in every coefficient.
  [[nodiscard]] fhe::NttPoly half() const {
    const fhe::Ring& ring = params->ring();
    fhe::CoeffPoly poly = ring.make<fhe::Domain::kCoeff>(committee.public_key.p0.basis());
    for (std::size_t limb = 0; limb < poly.limb_count(); ++limb) {
      for (std::uint64_t& x : poly.limb(limb)) x = (ring.modulus(poly.basis(), limb).q + 1) / 2;
    }
    return ring.to_ntt(std::move(poly));
  }
  [[nodiscard]] fhe::Ciphertext with_half(fhe::Ciphertext ct) const {
    params->ring().add(ct.parts[0], half());
    return ct;
  }
};

// A power of X takes it to itself less 1 in some coefficients: a commitment to its negative leaves a short response.
TEST_F(OwnerOfHalfTheModulus, ProvesIt) {
  const fhe::Ciphertext nothing = sealed(Forged(degree)), hers = with_half(nothing);
  fhe::PlaintextStatement statement;
  statement.dataset = "ward";
  statement.epoch = committee.epoch;
  for (std::size_t i = 0; i < kBatch; ++i) statement.ciphertexts.push_back(numbered_hash(i));
  const fhe::PlaintextClaim claim{*params, committee.public_key,
                                  fhe::hash_plaintext_statement(*params, committee.public_key, statement), shape};
  fhe::NttPoly zero = half(), negative = half();
  params->ring().subtract(zero, half());
  params->ring().negate(negative);
  fhe::PlaintextTranscript transcript(claim);
  for (std::uint32_t v = 0; v < shape.repetitions; ++v) transcript.take(negative, zero);
  fhe::PlaintextProof proof{kBatch, transcript.challenge(), {}, {}, {}};
  const std::size_t all = shape.repetitions * degree;
  proof.u.resize(all), proof.e.resize(all), proof.f.resize(all);
  const auto challenges = fhe::expand_monomials(proof.challenge, std::size_t{shape.repetitions} * kBatch, degree);
  for (std::uint32_t v = 0; v < shape.repetitions; ++v) {
    const std::uint32_t choice = challenges[v * kBatch].choice;
    ASSERT_NE(choice, 0u);
    const std::size_t shift = (choice - 1) % degree;
    const bool is_negative = choice - 1 >= degree;
    for (std::size_t k = 0; k < degree; ++k) proof.f[v * degree + k] = (k < shift) != is_negative ? -1 : 0;
  }
  const Status verdict =
      fhe::verify_plaintexts(*params, committee.public_key, statement, proof,
                             [&](std::size_t i) -> Result<fhe::Ciphertext> { return i == 0 ? hers : nothing; });
  EXPECT_TRUE(verdict) << verdict.error().message << ": closed in the proof: change docs/design/0046";
}

TEST_F(OwnerOfHalfTheModulus, FindsItGoneInColumnsThatAreRefreshed) {
  Plan deep;
  deep.dataset = "ward";
  deep.profile = "standard";
  deep.computed = {{"product/0", {{{{1, "x/value"}}, {{1, "y/value"}}}}, {}},
                   {"product/1", {{{{1, "product/0"}}, {{1, "z/value"}}}}, {}}};
  std::vector<Forged> ones(3, Forged(degree));
  for (Forged& one : ones) one.f[0] = i128{1} << fhe::kSealScaleLog2;
  std::map<std::string, fhe::Ciphertext> columns = sealed_columns(ones);
  // Loaded at the scale of what is sealed, with a mask that would be an odd number in every slot.
  columns.at("y/value") = with_half(columns.at("y/value"));
  testing::WatchingRefresher refresher(committee);
  const ComparedColumns made =
      made_columns(deep, owners, ForgedVault(columns), params, bench(), refresher, {}, RefreshedTogether::kOwner)
          .value_or_stop();
  EXPECT_GE(refresher.left, 80);
  const auto slots = encoder.decode(fhe::decrypt(*params, committee.collective_secret(), made.at({"product/1", 0, 0})))
                         .value_or_stop();
  for (const double x : slots) EXPECT_NEAR(x, 1, 1e-12);
}

}  // namespace
}  // namespace mc::query
