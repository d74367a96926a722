// SPDX-License-Identifier: Apache-2.0
// Noise of everything that a training in the profile `train` opens, measured beside the bounds that its flooding rests
// on (run_flooding.hpp, docs/design/0029). The same records are trained under two committees, so under other keys,
// seals and masks. What the second opens is brought to what the first did before it goes on, so that the two never
// differ by more than the noise of the steps since the last refresh: what a bound speaks of.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <utility>

#include "fhe/ckks/recombination.hpp"
#include "fhe/ckks/scaled_integer.hpp"
#include "fhe/threshold/flooding.hpp"
#include "query/testing/training_trial.hpp"

namespace mc::query {
namespace {

using fhe::RefreshMap;
using testing::CommitteeRefresher;
using testing::TestCommittee;
using testing::TrainingTrial;

/// What was decrypted of the inputs of every refresh.
using Openings = std::vector<std::vector<fhe::CoeffPoly>>;

/// Coefficients as integers. REQUIRES all of them below 2^62.
std::vector<double> integers_of(const fhe::Ring& ring, fhe::CoeffPoly poly) {
  const fhe::Recombination recombination(ring, static_cast<std::uint32_t>(poly.limb_count()));
  std::vector<std::uint64_t> words(ring.degree() * recombination.word_count());
  recombination.combine_all(std::move(poly), words);
  std::vector<double> integers(ring.degree());
  for (std::size_t i = 0; i < integers.size(); ++i) {
    const auto number = std::span(words).subspan(i * recombination.word_count(), recombination.word_count());
    integers[i] = fhe::bit_length(number) < 63 ? static_cast<double>(static_cast<std::int64_t>(number[0])) : HUGE_VAL;
  }
  return integers;
}

/// A committee that floods nothing. Without `known` it notes what it opens; with it, it measures how far that is from
/// what is known, and goes on with the latter.
class NoiseMeter final : public Refresher {
 public:
  NoiseMeter(const TestCommittee& committee, const Openings* known)
      : committee_(committee), inner_(committee), known_(known) {
    inner_.floods = false;
  }

  Result<std::vector<fhe::Ciphertext>> refresh(RefreshStep step) override {
    const fhe::Ring& ring = committee_.params->ring();
    std::vector<fhe::CoeffPoly> values;
    for (const fhe::Ciphertext& input : step.inputs) {
      values.push_back(ring.to_coeff(fhe::decrypt(*committee_.params, committee_.collective_secret(), input).poly));
    }
    if (known_ == nullptr) {
      opened.push_back(std::move(values));
    } else if (!step.map.flooding_log2.empty()) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        fhe::CoeffPoly off = values[i];
        ring.subtract(off, (*known_)[done_][i]);
        measure(step, i, integers_of(ring, off));
        ring.subtract(step.inputs[i].parts[0], ring.to_ntt(std::move(off)));
      }
    }
    ++done_;
    return inner_.refresh(std::move(step));
  }

  Openings opened;
  /// By the bound, log2 beside the scale, and what is opened, for sums and predictors have one bound: the largest noise
  /// that was found.
  std::map<std::pair<int, RefreshMap::Extraction>, double> found;

 private:
  void measure(const RefreshStep& step, std::size_t input, const std::vector<double>& off) {
    const std::size_t middle = off.size() / 2;
    double square = 0;
    switch (step.map.extraction) {
      case RefreshMap::Extraction::kPolynomials:
        for (const double value : off) square += value * value;
        break;
      case RefreshMap::Extraction::kPairs:
        square = off[0] * off[0] + off[middle] * off[middle];
        break;
      case RefreshMap::Extraction::kConstants:
        square = off[0] * off[0];
        break;
      case RefreshMap::Extraction::kCoefficients:
        for (const RefreshMap::Coefficient& at : step.map.coefficients) {
          if (at.input == input) square += off[at.position] * off[at.position];
        }
    }
    const fhe::Params& params = *committee_.params;
    const auto above = static_cast<int>(
        fhe::flooding_log2(0, fhe::kFloodingLambda, fhe::kFloodedRefreshesMax, fhe::kDrawLog2Max).value_or_stop());
    const int bound = step.map.flooding_log2[input] - above - fhe::floor_log2(step.inputs[input].scale, params) - 1;
    // Two noises that have nothing to do with each other.
    const double noise = std::log2(square / 2) / 2 - step.inputs[input].scale.bits(params);
    const auto at = found.try_emplace({bound, step.map.extraction}, noise).first;
    at->second = std::max(at->second, noise);
  }

  const TestCommittee& committee_;
  CommitteeRefresher inner_;
  const Openings* known_;
  std::size_t done_ = 0;
};

/// `repeated`: all columns are one, everybody has its largest value and counts: noises add up, and the inverse is as
/// large as the damping leaves it.
void expect_below_bounds(const fhe::ParamsPtr& params, bool repeated) {
  Openings known;
  std::vector<TrainingAnswer> first;
  for (const std::uint64_t committee : {1u, 2u}) {
    TrainingTrial trial(params, committee);
    trial.fill(params->slot_count() * 3 / 4, 3, 10);
    if (repeated) {
      for (testing::TrainingPerson& person : trial.persons) {
        person.asked = person.complete = person.consents = true;
        person.x.assign(3, 1.0);
      }
    }
    LogisticPlan plan = trial.plan();
    plan.iterations = 4;
    if (repeated) plan.columns.assign(3, plan.columns[0]);
    NoiseMeter meter(trial.committee, known.empty() ? nullptr : &known);
    const auto answers = train_logistic(plan, trial.owners(), trial.vault, trial.bench(), meter).value_or_stop();
    if (known.empty()) {
      known = std::move(meter.opened);
      // What is compared with has no key.
      for (const TrainingAnswer& answer : answers) first.push_back(answer);
      const fhe::SecretPoly secret = trial.committee.collective_secret();
      for (TrainingAnswer& answer : first) {
        answer.ciphertext.parts = {fhe::decrypt(*params, secret, answer.ciphertext).poly};
      }
      continue;
    }
    EXPECT_GE(meter.found.size(), 6u);
    for (const auto& [kind, noise] : meter.found) {
      const int bound = kind.first;
      std::printf("  noise 2^%.1f, said to be at most 2^%d\n", noise, bound);
      EXPECT_LT(noise, bound);
    }
    const auto above = static_cast<int>(fhe::flooding_log2(0).value_or_stop());
    const fhe::SecretPoly secret = trial.committee.collective_secret();
    double closest = -1000;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const fhe::Ring& ring = params->ring();
      fhe::NttPoly off = fhe::decrypt(*params, secret, answers[i].ciphertext).poly;
      ring.subtract(off, first[i].ciphertext.parts[0]);
      const double noise = std::fabs(integers_of(ring, ring.to_coeff(std::move(off)))[0]) / std::sqrt(2.0);
      closest = std::max(closest, std::log2(noise) - static_cast<double>(answers[i].sigma_log2) + above);
    }
    std::printf("  noise of answers 2^%.1f of what they are flooded for\n", closest);
    EXPECT_LT(closest, 0);
  }
}

TEST(OpenedNoise, IsBelowWhatFloodingIsMadeFor) {
  expect_below_bounds(fhe::Params::named("test_train_insecure", true).value_or_stop(), false);
}

TEST(OpenedNoise, OfColumnsThatAreOneItIsBelowToo) {
  expect_below_bounds(fhe::Params::named("test_train_insecure", true).value_or_stop(), true);
}

TEST(OpenedNoise, AtTheTrainParameters) {
  for (const bool repeated : {false, true}) expect_below_bounds(fhe::Params::named("train").value_or_stop(), repeated);
}

}  // namespace
}  // namespace mc::query
