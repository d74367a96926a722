// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/error_term.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace mc::fhe {
namespace {

// Factors of a value are kept up to so many numbers (32 MB); beyond it, ranges are.
constexpr std::size_t kFactorsMax = std::size_t{1} << 22;

std::pair<std::uint64_t, std::uint32_t> key_of(const ErrorTerm& term) {
  return {term.source, term.turn};
}

std::pair<double, double> max_and_rms(const std::vector<double>& slots) {
  double max = 0, squares = 0;
  for (const double x : slots) {
    max = std::max(max, std::fabs(x));
    squares += x * x;
  }
  return {max, std::sqrt(squares / static_cast<double>(slots.size()))};
}

template <class F>
SlotNumbers slot_by_slot(const std::vector<double>& a, const std::vector<double>& b, F f) {
  MC_CHECK(a.size() == b.size());
  std::vector<double> result(a.size());
  for (std::size_t j = 0; j < a.size(); ++j) result[j] = f(a[j], b[j]);
  return std::make_shared<const std::vector<double>>(std::move(result));
}

MessageRange of_known(SlotNumbers slots) {
  const auto [max, rms] = max_and_rms(*slots);
  return {max, rms, std::move(slots)};
}

void set_factors(ErrorTerm& term, std::vector<double> factors) {
  std::tie(term.peak, term.rms) = max_and_rms(factors);
  term.steady = 0;
  term.factors = std::make_shared<const std::vector<double>>(std::move(factors));
}

/// a += b, of one source and turn.
void add_term(ErrorTerm& a, const ErrorTerm& b) {
  const double steady = a.steady + b.steady;
  if (a.exact() && b.exact() && (a.factors != nullptr || b.factors != nullptr)) {
    std::vector<double> factors((a.factors ? a.factors : b.factors)->size(), steady);
    for (const SlotNumbers& some : {a.factors, b.factors}) {
      for (std::size_t i = 0; some != nullptr && i < factors.size(); ++i) factors[i] += (*some)[i];
    }
    return set_factors(a, std::move(factors));
  }
  a.steady = steady;
  a.peak += b.peak;
  a.rms += b.rms;
  a.factors = nullptr;
}

}  // namespace

MessageRange MessageRange::of_slots(std::vector<double> slots) {
  return of_known(std::make_shared<const std::vector<double>>(std::move(slots)));
}

MessageRange sum_of(const MessageRange& a, const MessageRange& b) {
  if (a.slots && b.slots) return of_known(slot_by_slot(*a.slots, *b.slots, std::plus<>()));
  return {a.max + b.max, a.rms + b.rms};
}

MessageRange product_of(const MessageRange& a, const MessageRange& b) {
  if (a.slots && b.slots) return of_known(slot_by_slot(*a.slots, *b.slots, std::multiplies<>()));
  return {a.max * b.max, std::min(a.max * b.rms, a.rms * b.max)};
}

MessageRange scaled(const MessageRange& a, double factor) {
  if (a.slots == nullptr) return {a.max * std::fabs(factor), a.rms * std::fabs(factor)};
  std::vector<double> slots = *a.slots;
  for (double& x : slots) x *= factor;
  return MessageRange::of_slots(std::move(slots));
}

MessageRange turned(const MessageRange& a, std::uint32_t turn) {
  if (a.slots == nullptr) return a;
  std::vector<double> slots = *a.slots;
  std::ranges::rotate(slots, slots.begin() + static_cast<std::ptrdiff_t>(turn % slots.size()));
  return {a.max, a.rms, std::make_shared<const std::vector<double>>(std::move(slots))};
}

void add_terms(std::vector<ErrorTerm>& sum, const std::vector<ErrorTerm>& terms) {
  std::vector<ErrorTerm> merged;
  merged.reserve(sum.size() + terms.size());
  std::ranges::merge(sum, terms, std::back_inserter(merged), {}, key_of, key_of);
  sum.clear();
  for (const ErrorTerm& term : merged) {
    if (!sum.empty() && key_of(sum.back()) == key_of(term)) {
      add_term(sum.back(), term);
    } else {
      sum.push_back(term);
    }
  }
}

std::vector<ErrorTerm> times(std::vector<ErrorTerm> terms, const MessageRange& m) {
  const bool known = m.slots != nullptr && terms.size() * m.slots->size() <= kFactorsMax;
  for (ErrorTerm& term : terms) {
    if (known && term.exact()) {
      const std::size_t slots = m.slots->size();
      std::vector<double> factors(slots, term.steady);
      for (std::size_t j = 0; j < slots; ++j) {
        double& factor = factors[(j + term.turn) % slots];
        if (term.factors) factor += (*term.factors)[(j + term.turn) % slots];
        factor *= (*m.slots)[j];
      }
      set_factors(term, std::move(factors));
      continue;
    }
    // Neither factor's large slots need be the other's.
    term.rms = std::min(m.max * term.deviation_rms(), m.rms * term.deviation_max());
    term.peak = m.max * term.deviation_max();
    term.steady = 0;
    term.factors = nullptr;
  }
  return terms;
}

std::vector<ErrorTerm> times_constant(std::vector<ErrorTerm> terms, double factor) {
  for (ErrorTerm& term : terms) {
    term.steady *= factor;
    term.peak *= std::fabs(factor);
    term.rms *= std::fabs(factor);
    if (term.factors == nullptr) continue;
    std::vector<double> factors = *term.factors;
    for (double& x : factors) x *= factor;
    term.factors = std::make_shared<const std::vector<double>>(std::move(factors));
  }
  return terms;
}

double rms_of(const std::vector<ErrorTerm>& terms) {
  double squares = 0;
  for (const ErrorTerm& term : terms) squares += term.deviation_rms() * term.deviation_rms();
  return std::sqrt(squares);
}

}  // namespace mc::fhe
