// SPDX-License-Identifier: Apache-2.0
// For tests: an owner who calculates (docs/design/0037, 0039). She seals, and proves, what is as large as R21 lets it
// be, and is one with the researcher; everybody else runs the custodians' own code, from the proof to the release.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "fhe/threshold/monomial_challenge.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "fhe/threshold/release.hpp"
#include "fhe/threshold/testing/committee.hpp"
#include "query/execute/execute.hpp"
#include "query/plan/compile.hpp"
#include "query/release/noise.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query::testing {

using fhe::i128;
using fhe::testing::numbered_hash;
using fhe::testing::TestCommittee;

inline constexpr std::uint32_t kBatch = 128;  // ciphertexts of one proof, as a manifest has them

/// (u p_0 + f, u p_1 + e): not hidden from her, and proven like any other.
struct Forged {
  std::vector<i128> u, e, f;
  explicit Forged(std::size_t degree) : u(degree), e(degree), f(degree) {}
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
    for (const char* name : {"x", "y", "z"}) {
      schema.columns.push_back(testing::numeric(name, data::ColumnType::kNumber, true, -1, 1, {}));
    }
    return schema;
  }

  [[nodiscard]] fhe::Ciphertext sealed(const Forged& forged) const {
    const fhe::Ring& ring = params->ring();
    const fhe::Basis basis = committee.public_key.p0.basis();
    fhe::Ciphertext ct;
    const fhe::NttPoly u = ring.to_ntt(ring.from_wide(forged.u, basis));
    for (const auto& [key, rest] :
         {std::pair{&committee.public_key.p0, &forged.f}, {&committee.public_key.p1, &forged.e}}) {
      fhe::NttPoly part = *key;
      ring.multiply(part, u);
      ring.add(part, ring.to_ntt(ring.from_wide(*rest, basis)));
      ct.parts.push_back(std::move(part));
    }
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
        fhe::add_monomial_product(of(proof.u), challenges[v * kBatch + i], std::span<const i128>(all[i].u));
        fhe::add_monomial_product(of(proof.e), challenges[v * kBatch + i], std::span<const i128>(all[i].e));
        fhe::add_monomial_product(of(proof.f), challenges[v * kBatch + i], std::span<const i128>(all[i].f));
      }
    }
    return proof;
  }

  /// As much as the limits allow, in so many slots from slot 100 on: random phases, the same for the same number.
  [[nodiscard]] std::vector<i128> band(const fhe::ResponseKind& kind, std::size_t slots, std::uint64_t number) const {
    const fhe::ResponseLimits limits(degree);
    const double all = limits.length_square() * static_cast<double>(degree) / 2;  // of the squares of the slots
    const double square = std::min(limits.slot_square(), all / static_cast<double>(slots));
    const double slot = 0.999 * std::ldexp(std::sqrt(8 * square), static_cast<int>(kind.spread_log2));
    std::vector<double> cosine(2 * degree);
    for (std::size_t k = 0; k < cosine.size(); ++k) {
      cosine[k] = std::cos(std::numbers::pi * static_cast<double>(k) / static_cast<double>(degree));
    }
    KeyStream stream(fhe::testing::numbered_key(number));
    std::vector<double> sum(degree);
    for (std::size_t j = 100; j < 100 + slots; ++j) {
      const std::uint64_t phase = stream.next_below(2 * degree);
      for (std::size_t k = 0; k < degree; ++k) sum[k] += cosine[((4 * j + 1) * k + phase) % (2 * degree)];
    }
    std::vector<i128> result;
    for (const double x : sum) result.push_back(static_cast<i128>(x * slot * 2 / static_cast<double>(degree)));
    return result;
  }
  /// The largest band that needs no luck: more slots would be smaller.
  [[nodiscard]] std::size_t band_slots() const {
    return static_cast<std::size_t>(fhe::hidden_reach(*params, kBatch).slots);
  }
  [[nodiscard]] std::vector<Forged> strongest() const {
    std::vector<Forged> all(3, Forged(degree));
    all[0].u = band(shape.u, band_slots(), 1);
    all[0].e = band(shape.e, band_slots(), 2);
    all[1].f = band(shape.f, band_slots(), 3);
    all[2].f = band(shape.f, band_slots(), 4);
    return all;
  }

  /// Of one piece, one standard deviation in the sum of x and as many columns of values, at the answer's scale.
  [[nodiscard]] double of_piece(const AnswerBound& of, std::size_t columns) const {
    const fhe::HiddenReach reach = fhe::hidden_reach(*params, kBatch);
    const auto n = static_cast<double>(degree);
    // Slots of s have mean square 2 N / 3, of u times the key's errors 0.96 of that.
    const double slot = std::sqrt((2.0 / 3 + 10.24 / 16) * n) * std::pow(0.999, static_cast<double>(columns) + 1);
    return std::sqrt(reach.slots / 2) * 2 / n * slot * reach.error_slot *
           std::pow(reach.message_slot * std::exp2(-fhe::kSealScaleLog2), static_cast<double>(columns)) *
           std::exp2(of.scale_log2 - fhe::kSealScaleLog2);
  }

  /// What owners sealed: hers, and who is there.
  [[nodiscard]] std::map<std::string, fhe::Ciphertext> sealed_columns(const std::vector<Forged>& hers) const {
    Forged present(degree);
    present.f[0] = i128{1} << fhe::kSealScaleLog2;
    return {{"present", sealed(present)},
            {"x/value", sealed(hers[0])},
            {"y/value", sealed(hers[1])},
            {"z/value", sealed(hers[2])}};
  }
  [[nodiscard]] Workbench bench() const { return {*params, encoder, evaluator, 2}; }

  /// A sum over a block of hers, as a release opens it with this noise: coefficient 0, at the answer's scale.
  [[nodiscard]] double opened(const Plan& of_plan, MomentId sum, const AnswerBound& of, const Vault& vault,
                              std::uint8_t sigma_log2) const {
    const auto answers = execute(of_plan, owners, vault, bench()).value_or_stop();
    const fhe::Ciphertext& answer = answers[sum.value];
    const Hash256 multiplicand = fhe::multiplicand_digest(*params, answer);
    std::vector<std::uint64_t> residues = fhe::answer_head(*params, answer).constant;
    for (const fhe::PieceSeed& seed : committee.seeds) {
      const fhe::SecretPoly piece = fhe::piece_secret(*params, seed, fhe::kReleaseBasis);
      const auto share = fhe::open_coefficient(*params, seed, piece, answer, multiplicand, sigma_log2);
      for (std::size_t limb = 0; limb < residues.size(); ++limb) {
        residues[limb] = (residues[limb] + share.residues[limb]) % params->q()[limb];
      }
    }
    return encoder.decode_mean(residues, answer.scale).value_or_stop() * std::exp2(of.scale_log2);
  }
  [[nodiscard]] double opened(const Plan& of_plan, MomentId sum, const AnswerBound& of, const std::vector<Forged>& hers,
                              std::uint8_t sigma_log2) const {
    return opened(of_plan, sum, of, ForgedVault(sealed_columns(hers)), sigma_log2);
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
};

}  // namespace mc::query::testing
