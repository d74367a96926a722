// SPDX-License-Identifier: Apache-2.0
#include "query/release/privacy.hpp"

#include <algorithm>
#include <cmath>

#include "fhe/threshold/flooding.hpp"
#include "query/plan/message_range.hpp"

namespace mc::query {
namespace {

// One part in 2^30 on the safe side of what doubles have rounded.
constexpr double kSlack = 1 + 0x1p-30;

// Delta^2 / (2 sigma^2).
double rho_of(double sensitivity_log2, double sigma_log2) {
  return std::exp2(2 * (sensitivity_log2 - sigma_log2) - 1) * kSlack;
}

/// log2 of the widest sigma with which an answer still fits the modulus: message, noise and kFloodingTail deviations
/// of all pieces together on either side of zero.
double widest_log2(const AnswerBound& bound, std::uint32_t pieces, double modulus_log2) {
  const double half = std::exp2(modulus_log2 - 1);
  const double message = std::max(bound.message_max, 1.0) * std::exp2(bound.scale_log2) + std::exp2(bound.noise_log2);
  if (message >= half) return -1;
  return std::log2((half - message) / (kFloodingTail * std::sqrt(static_cast<double>(pieces))));
}

}  // namespace

std::vector<double> Sensitivities::largest_log2() const {
  std::vector<double> largest = rest_log2;
  for (const std::vector<Change>& kind : kinds) {
    for (const Change& change : kind) largest[change.answer] = std::max(largest[change.answer], change.log2);
  }
  return largest;
}

std::size_t Sensitivities::most_answers() const {
  std::size_t most = 1;
  for (const std::vector<Change>& kind : kinds) most = std::max(most, kind.size());
  return most;
}

Sensitivities Sensitivities::of(std::span<const std::uint32_t> answers) const {
  constexpr std::uint32_t kAbsent = 0xffffffff;
  std::vector<std::uint32_t> place(size(), kAbsent);
  Sensitivities part;
  for (const std::uint32_t answer : answers) {
    MC_CHECK(place[answer] == kAbsent);
    place[answer] = static_cast<std::uint32_t>(part.rest_log2.size());
    part.rest_log2.push_back(rest_log2[answer]);
  }
  for (const std::vector<Change>& kind : kinds) {
    std::vector<Change> changes;
    for (const Change& change : kind) {
      if (place[change.answer] != kAbsent) changes.push_back({place[change.answer], change.log2});
    }
    std::ranges::sort(changes, {}, &Change::answer);
    if (!changes.empty()) part.kinds.push_back(std::move(changes));
  }
  return part;
}

Sensitivities sensitivities(const Plan& plan, std::span<const MomentId> released, std::span<const AnswerBound> bounds,
                            std::size_t slot_count) {
  MC_CHECK(bounds.size() == released.size() && slot_count > 0);
  Sensitivities result;
  for (const AnswerBound& bound : bounds) result.rest_log2.push_back(bound.noise_log2 + 1 + std::log2(kSlack));
  const MessageRanges ranges(plan);
  const auto change_of = [&](double magnitude, const AnswerBound& bound) {
    const double value = magnitude / static_cast<double>(slot_count);
    return std::log2((value * std::exp2(bound.scale_log2) + 2 * std::exp2(bound.noise_log2)) * kSlack);
  };
  std::vector<std::uint8_t> changed(released.size(), 0);
  for (const KnownPerson& person : person_kinds(plan)) {
    const std::vector<Interval> of_person = ranges.of(person);
    std::vector<Sensitivities::Change> changes;
    for (std::uint32_t i = 0; i < released.size(); ++i) {
      const double magnitude = of_person[plan.moments[released[i].value].value].magnitude();
      if (magnitude == 0) continue;
      changes.push_back({i, change_of(magnitude, bounds[i])});
      changed[i] = 1;
    }
    // Persons of neighbouring kinds often change the same.
    if (!changes.empty() && (result.kinds.empty() || result.kinds.back() != changes)) {
      result.kinds.push_back(std::move(changes));
    }
  }
  for (std::uint32_t i = 0; i < released.size(); ++i) {
    if (changed[i] == 0) result.kinds.push_back({{i, change_of(1, bounds[i])}});
  }
  return result;
}

namespace {

/// What a release costs while its deviations are chosen, one after another.
class Price {
 public:
  Price(const Sensitivities& sensitivities, std::span<const std::uint8_t> sigma_log2)
      : sensitivities_(sensitivities), sigma_log2_(sigma_log2.begin(), sigma_log2.end()) {
    MC_CHECK(sensitivities.size() == sigma_log2.size());
    counts_in_.resize(sensitivities.size());
    for (std::size_t k = 0; k < sensitivities.kinds.size(); ++k) {
      double rho = 0;
      for (const Sensitivities::Change& change : sensitivities.kinds[k]) {
        counts_in_[change.answer].push_back({k, change.log2});
        rho += beyond_rest(change.answer, change.log2);
      }
      of_kinds_.push_back(rho);
    }
  }

  void set(std::size_t answer, std::uint8_t sigma_log2) {
    for (const auto& [kind, log2] : counts_in_[answer]) of_kinds_[kind] -= beyond_rest(answer, log2);
    sigma_log2_[answer] = sigma_log2;
    for (const auto& [kind, log2] : counts_in_[answer]) of_kinds_[kind] += beyond_rest(answer, log2);
  }

  [[nodiscard]] const std::vector<std::uint8_t>& sigma_log2() const { return sigma_log2_; }
  /// Of the kind that costs most, beyond what those cost who count nowhere.
  [[nodiscard]] double beyond_rest() const { return of_kinds_.empty() ? 0 : *std::ranges::max_element(of_kinds_); }
  /// Of the kinds only that count in an answer: what has grown when its deviation shrank.
  [[nodiscard]] double beyond_rest_at(std::size_t answer) const {
    double most = 0;
    for (const auto& [kind, log2] : counts_in_[answer]) most = std::max(most, of_kinds_[kind]);
    return most;
  }

 private:
  struct Place {
    std::size_t kind;
    double log2;
  };
  [[nodiscard]] double beyond_rest(std::size_t answer, double log2) const {
    return rho_of(log2, sigma_log2_[answer]) - rho_of(sensitivities_.rest_log2[answer], sigma_log2_[answer]);
  }

  const Sensitivities& sensitivities_;
  std::vector<std::uint8_t> sigma_log2_;
  std::vector<std::vector<Place>> counts_in_;
  std::vector<double> of_kinds_;
};

/// Of a person who counts in no answer: the evaluation's noise.
double rho_of_rest(const Sensitivities& sensitivities, std::span<const std::uint8_t> sigma_log2) {
  double rho = 0;
  for (std::size_t i = 0; i < sigma_log2.size(); ++i) rho += rho_of(sensitivities.rest_log2[i], sigma_log2[i]);
  return rho;
}

}  // namespace

std::uint64_t rho_cost_nano(const Sensitivities& sensitivities, std::span<const std::uint8_t> sigma_log2) {
  const double rho = rho_of_rest(sensitivities, sigma_log2) + Price(sensitivities, sigma_log2).beyond_rest();
  const double nano = std::ceil(rho * kSlack * static_cast<double>(kNanoPerRho));
  // A cost that no budget has; also for NaN, which compares false.
  return nano <= 1e18 ? static_cast<std::uint64_t>(nano) : UINT64_MAX;
}

Result<PrivateNoise> private_noise(std::span<const AnswerBound> bounds, const Sensitivities& sensitivities,
                                   std::uint64_t rho_nano, std::uint32_t pieces, double modulus_log2) {
  MC_CHECK(bounds.size() == sensitivities.size() && pieces > 0);
  if (bounds.empty()) return fail(Code::kInvalidArgument, "a release without answers has no noise");
  if (rho_nano == 0 || rho_nano > kRhoNanoMax) {
    return fail(Code::kInvalidArgument, "a release asks for rho " + std::to_string(rho_nano) + " * 10^-9, from 1 to " +
                                            std::to_string(kRhoNanoMax) + " are possible");
  }
  const double most = static_cast<double>(rho_nano) / static_cast<double>(kNanoPerRho);
  const double share = most / static_cast<double>(sensitivities.most_answers());
  const std::vector<double> changes = sensitivities.largest_log2();
  std::vector<std::uint8_t> least, chosen;
  for (std::uint32_t i = 0; i < bounds.size(); ++i) {
    MC_TRY(const std::uint32_t flooding, flooding_log2_for(bounds[i]));
    // Delta^2 / (2 sigma^2) <= share; one step more where rounding was against us.
    double wanted = std::ceil(changes[i] - (std::log2(share) + 1) / 2);
    if (rho_of(changes[i], wanted) * kSlack > share) wanted += 1;
    const double sigma = std::max<double>(flooding, wanted);
    const double widest = std::min<double>(widest_log2(bounds[i], pieces, modulus_log2), fhe::kDrawLog2Max);
    if (!(sigma <= widest)) {
      return fail(Code::kLimit, "sum S" + std::to_string(i) + " needs noise of 2^" +
                                    std::to_string(static_cast<std::int64_t>(sigma)) + ", at most 2^" +
                                    std::to_string(static_cast<std::int64_t>(widest)) +
                                    " fits: ask for fewer sums or more rho");
    }
    least.push_back(static_cast<std::uint8_t>(flooding));
    chosen.push_back(static_cast<std::uint8_t>(sigma));
  }
  // Twice the slack: numbers are added up in another order in the end. The rest is a trifle, whatever is chosen.
  const double rest = rho_of_rest(sensitivities, least);
  const auto fits = [&](double beyond_rest) { return (rest + beyond_rest) * kSlack * kSlack <= most; };
  Price price(sensitivities, chosen);
  for (std::size_t i = 0; i < chosen.size() && !fits(price.beyond_rest()); ++i) {
    price.set(i, static_cast<std::uint8_t>(chosen[i] + 1));
  }
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    while (price.sigma_log2()[i] > least[i]) {
      const std::uint8_t before = price.sigma_log2()[i];
      price.set(i, static_cast<std::uint8_t>(before - 1));
      if (fits(price.beyond_rest_at(i))) continue;
      price.set(i, before);
      break;
    }
  }
  PrivateNoise noise{price.sigma_log2(), 0};
  noise.rho_nano = rho_cost_nano(sensitivities, noise.sigma_log2);
  MC_CHECK(noise.rho_nano <= rho_nano);
  return noise;
}

double epsilon_of(double rho, double delta) {
  MC_CHECK(rho > 0 && delta > 0 && delta < 1);
  const auto at = [&](double alpha) {
    return rho * alpha + std::log(1 / (alpha * delta)) / (alpha - 1) + std::log1p(-1 / alpha);
  };
  // Golden section over log(alpha - 1), on which the curve has one valley.
  double low = std::log(1e-6), high = std::log(1e9);
  const double golden = (std::sqrt(5.0) - 1) / 2;
  for (int i = 0; i < 200; ++i) {
    const double left = high - golden * (high - low), right = low + golden * (high - low);
    if (at(1 + std::exp(left)) < at(1 + std::exp(right))) {
      high = right;
    } else {
      low = left;
    }
  }
  return std::max(0.0, at(1 + std::exp((low + high) / 2)));
}

double sigma_total(const AnswerBound& bound, std::uint32_t sigma_log2, std::uint32_t pieces, std::size_t slot_count) {
  return std::sqrt(static_cast<double>(pieces)) * std::exp2(static_cast<double>(sigma_log2) - bound.scale_log2) *
         static_cast<double>(slot_count);
}

}  // namespace mc::query
