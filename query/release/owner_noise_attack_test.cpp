// SPDX-License-Identifier: Apache-2.0
// An owner who calculates (docs/design/0037): what R21 proves of her ciphertexts is that she knows short integers, and
// flooding (R15) counts with honest ones, which are shorter. A column whose error is as large as a proof lets it be,
// times a column whose values are, carries the collective secret into the opened sum. With the custodians' own code
// from the proof to the release; she and the researcher are one.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <numbers>

#include "fhe/threshold/flooding.hpp"
#include "fhe/threshold/monomial_challenge.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "fhe/threshold/release.hpp"
#include "fhe/threshold/testing/committee.hpp"
#include "query/execute/execute.hpp"
#include "query/plan/compile.hpp"
#include "query/release/noise.hpp"
#include "query/release/privacy.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

using fhe::i128;
using fhe::testing::numbered_hash;
using fhe::testing::TestCommittee;

constexpr std::uint32_t kBatch = 128;  // ciphertexts of one proof, as a manifest has them

/// (u p_0 + f, u p_1 + e) with u = 0: not hidden from anybody, and proven like any other.
struct Forged {
  std::vector<i128> e, f;
  explicit Forged(std::size_t degree) : e(degree), f(degree) {}
};

class ForgedVault : public Vault {
 public:
  explicit ForgedVault(std::map<std::string, fhe::Ciphertext> sealed) : sealed_(std::move(sealed)) {}
  Result<fhe::Ciphertext> fetch(std::size_t, const std::string& handle, std::uint32_t) const override {
    return sealed_.at(handle);
  }

 private:
  std::map<std::string, fhe::Ciphertext> sealed_;
};

class OwnerWhoCalculates : public ::testing::Test {
 protected:
  static data::Schema dictionary() {
    data::Schema schema;
    schema.name = "ward";
    schema.missing_values = {""};
    for (const char* name : {"x", "y"}) {
      schema.columns.push_back(testing::numeric(name, data::ColumnType::kNumber, true, -1, 1, {}));
    }
    return schema;
  }

  [[nodiscard]] fhe::Ciphertext sealed(const Forged& forged) const {
    const fhe::Ring& ring = params->ring();
    const fhe::Basis basis = committee.public_key.p0.basis();
    fhe::Ciphertext ct;
    ct.parts.push_back(ring.to_ntt(ring.from_wide(forged.f, basis)));
    ct.parts.push_back(ring.to_ntt(ring.from_wide(forged.e, basis)));
    ct.scale = fhe::Scale::power_of_two(fhe::kSealScaleLog2);
    ct.epoch = committee.epoch;
    return ct;
  }

  /// A proof that needs no luck: masks are zero, for she has nothing to hide.
  [[nodiscard]] fhe::PlaintextProof prove(const fhe::PlaintextStatement& statement,
                                          const std::vector<Forged>& all) const {
    const std::uint32_t repetitions = shape.repetitions;
    const fhe::PlaintextClaim claim{*params, committee.public_key,
                                    fhe::hash_plaintext_statement(*params, committee.public_key, statement), shape};
    fhe::NttPoly zero = committee.public_key.p0;
    params->ring().subtract(zero, committee.public_key.p0);
    fhe::PlaintextTranscript transcript(claim);
    for (std::uint32_t v = 0; v < repetitions; ++v) transcript.take(zero, zero);
    fhe::PlaintextProof proof{kBatch, transcript.challenge(), {}, {}, {}};
    proof.u.resize(repetitions * degree), proof.e.resize(repetitions * degree), proof.f.resize(repetitions * degree);
    const auto challenges = fhe::expand_monomials(proof.challenge, std::size_t{repetitions} * kBatch, degree);
    for (std::uint32_t v = 0; v < repetitions; ++v) {
      const auto of = [&](std::vector<i128>& responses) { return std::span(responses).subspan(v * degree, degree); };
      for (std::size_t i = 0; i < all.size(); ++i) {
        fhe::add_monomial_product(of(proof.e), challenges[v * kBatch + i], std::span<const i128>(all[i].e));
        fhe::add_monomial_product(of(proof.f), challenges[v * kBatch + i], std::span<const i128>(all[i].f));
      }
    }
    return proof;
  }

  /// Coefficients of s: every piece's is -1, 0 or 1.
  [[nodiscard]] std::vector<std::int64_t> secret_coefficients() const {
    const fhe::SecretPoly s = committee.collective_secret();
    const fhe::CoeffPoly coefficients = params->ring().to_coeff(fhe::NttPoly(s.expose()));
    const std::uint64_t q = params->q()[0];
    std::vector<std::int64_t> result;
    for (const std::uint64_t residue : coefficients.limb(0)) {
      result.push_back(residue > q / 2 ? -static_cast<std::int64_t>(q - residue) : static_cast<std::int64_t>(residue));
    }
    return result;
  }

  /// The sum of x y over a block of hers, as a release opens it with this noise: coefficient 0, at the answer's scale.
  [[nodiscard]] double opened(const Forged& x, const Forged& y, std::uint8_t sigma_log2) const {
    Forged present(degree);
    present.f[0] = i128{1} << fhe::kSealScaleLog2;
    const ForgedVault vault({{"present", sealed(present)}, {"x/value", sealed(x)}, {"y/value", sealed(y)}});
    const auto answers = execute(plan, owners, vault, {*params, encoder, evaluator, 2}).value_or_stop();
    const fhe::Ciphertext& answer = answers[xy.value];
    const Hash256 multiplicand = fhe::multiplicand_digest(*params, answer);
    std::vector<std::uint64_t> sum = fhe::answer_head(*params, answer).constant;
    for (const fhe::PieceSeed& seed : committee.seeds) {
      const fhe::SecretPoly piece = fhe::piece_secret(*params, seed, fhe::kReleaseBasis);
      const auto share = fhe::open_coefficient(*params, seed, piece, answer, multiplicand, sigma_log2);
      for (std::size_t limb = 0; limb < sum.size(); ++limb) {
        sum[limb] = (sum[limb] + share.residues[limb]) % params->q()[limb];
      }
    }
    return encoder.decode_mean(sum, answer.scale).value_or_stop() * std::exp2(bound.scale_log2);
  }

  fhe::ParamsPtr params = fhe::Params::named("standard", true).value_or_stop();
  TestCommittee committee{params, fhe::CommitteeShape::create(3, 2).value_or_stop(), 1};
  fhe::Encoder encoder{params};
  fhe::Evaluator evaluator{params, std::make_shared<fhe::RelinKey>(committee.relin_key)};
  std::size_t degree = params->ring().degree();
  Plan plan = compile("SELECT covar_pop(x, y) FROM ward", dictionary(), "ward", limb_budget("standard").value_or_stop())
                  .value_or_stop();
  MomentId xy = plan.groups[0].cells[0].xy;
  std::vector<OwnerSlots> owners = {
      {"mallory", {0, params->slot_count()}, std::vector<std::uint8_t>(params->slot_count(), 1)}};
  std::vector<AnswerBound> bounds =
      answer_bounds(plan, *params, noise_setting(3, owners, params->slot_count())).value_or_stop();
  AnswerBound bound = bounds[xy.value];
  fhe::PlaintextProofShape shape =
      fhe::PlaintextProofShape::of(degree, fhe::plaintext_proof_repetitions(params->ring().log_n()), kBatch);
  // What a response of hers may reach.
  i128 e_most = shape.e.bound() - shape.e.margin - 1, f_most = shape.f.bound() - shape.f.margin - 1;
};

// Custodians check every upload's proof before they answer: both columns pass.
TEST_F(OwnerWhoCalculates, ProvesWhatSheSealed) {
  Forged x(degree), y(degree);
  x.e[0] = e_most;
  y.f[degree - 1] = -f_most;
  const std::vector<Forged> all = {x, y};
  const std::vector<fhe::Ciphertext> hers = {sealed(x), sealed(y)};
  const fhe::Ciphertext nothing = sealed(Forged(degree));
  fhe::PlaintextStatement statement;
  statement.dataset = "ward";
  statement.epoch = committee.epoch;
  for (std::size_t i = 0; i < kBatch; ++i) statement.ciphertexts.push_back(numbered_hash(i));
  const auto verified = [&](const std::vector<Forged>& known) {
    return fhe::verify_plaintexts(
        *params, committee.public_key, statement, prove(statement, known),
        [&](std::size_t i) -> Result<fhe::Ciphertext> { return i < hers.size() ? hers[i] : nothing; });
  };
  EXPECT_TRUE(verified(all));
  std::vector<Forged> longer = all;
  longer[0].e[0] *= 2;
  EXPECT_FALSE(verified(longer)) << "there is a bound, and it is the reach of responses";
}

// Not mended: a commons founded as exact, whose records are nobody's secret, has keys that are none either.
TEST_F(OwnerWhoCalculates, ReadsTheSecretOffAnswersThatAreOnlyFlooded) {
  const std::uint32_t flooding = flooding_log2_for(bound).value_or_stop();
  const std::vector<std::int64_t> secret = secret_coefficients();
  const double one = static_cast<double>(e_most) * static_cast<double>(f_most) *
                     std::exp2(bound.scale_log2 - 2.0 * fhe::kSealScaleLog2);
  std::size_t right = 0;
  constexpr std::size_t kTried = 12;
  for (std::size_t k = 1; k <= kTried; ++k) {
    Forged x(degree), y(degree);
    x.e[0] = e_most;
    y.f[degree - k] = -f_most;  // times s_k X^k: coefficient 0
    const double read = opened(x, y, static_cast<std::uint8_t>(flooding)) / one;
    right += std::llround(read) == secret[k] ? 1 : 0;
    if (k <= 4) std::printf("s_%zu = %ld, read as %.3f\n", k, static_cast<long>(secret[k]), read);
  }
  std::printf(
      "one unit of the secret 2^%.1f, a piece's flooding 2^%u, the bound of honest noise 2^%.1f: %zu of %zu read\n",
      std::log2(one), flooding, bound.noise_log2, right, kTried);
  EXPECT_EQ(right, kTried);
}

// A sum without a product is the error alone: what it says of a piece, as often as a key epoch releases.
TEST_F(OwnerWhoCalculates, ReadsNothingOffSumsOfOneColumn) {
  const AnswerBound& of_sum = bounds[plan.groups[0].cells[0].x1.value];
  const double flooding = std::exp2(flooding_log2_for(of_sum).value_or_stop());
  const double rescaled = std::exp2(of_sum.scale_log2 - fhe::kSealScaleLog2);
  const double of_piece = static_cast<double>(e_most) * std::sqrt(static_cast<double>(degree) / 2 * 2 / 3) * rescaled;
  const double nats = std::pow(of_piece / flooding, 2) / 2 * static_cast<double>(fhe::kReleasesPerEpochMax);
  std::printf("a piece's part 2^%.1f, flooding 2^%.0f: %.2g nats of it in all\n", std::log2(of_piece),
              std::log2(flooding), nats);
  EXPECT_LT(nats, 0.1);
}

// What an answer tells her of a piece's secret, at most: one slot of it, for both columns are one wave.
TEST_F(OwnerWhoCalculates, LearnsLessThanABudgetIsWorthWherePrivacysNoiseIs) {
  Forged x(degree), y(degree);
  double norm = 0;
  for (std::size_t k = 0; k < degree; ++k) {
    const double wave = std::cos(std::numbers::pi * 2001 * static_cast<double>(k) / static_cast<double>(degree));
    x.e[k] = static_cast<i128>(static_cast<double>(e_most) * wave * 0.999);
    y.f[k] = static_cast<i128>(static_cast<double>(f_most) * wave * 0.999);
    norm += wave * wave;
  }
  // Their product is N / 2 of the same wave; a ternary secret has variance 2/3.
  const double wave_max = static_cast<double>(e_most) * static_cast<double>(f_most) * 0.998 *
                          static_cast<double>(degree) / 2 * std::exp2(bound.scale_log2 - 2.0 * fhe::kSealScaleLog2);
  const double of_piece = wave_max * std::sqrt(norm * 2 / 3);
  const double read = opened(x, y, static_cast<std::uint8_t>(flooding_log2_for(bound).value_or_stop()));
  EXPECT_LT(std::abs(read), 5 * std::sqrt(3.0) * of_piece) << "of three pieces";
  EXPECT_GT(std::abs(read), of_piece / 50);
  // One person's change is what rho is paid for: information of rho (of_piece / change)^2, in nats, however it is
  // spread over answers.
  const std::vector<MomentId> released{xy};
  const double change =
      std::exp2(sensitivities(plan, released, std::vector<AnswerBound>{bound}, params->slot_count()).largest_log2()[0]);
  const double nats_per_rho = std::pow(of_piece / change, 2);
  std::printf(
      "opened 2^%.1f, a piece's part 2^%.1f, one person 2^%.1f: at most %.2g nats of a piece for rho 1, of %.0f\n",
      std::log2(std::abs(read)), std::log2(of_piece), std::log2(change), nats_per_rho,
      static_cast<double>(degree) * std::log(3));
  // It was 21 while a proof's margins were those of the largest sum: of ten blocks a budget of 10 told everything.
  EXPECT_LT(nats_per_rho, 1e-3);
}

}  // namespace
}  // namespace mc::query
