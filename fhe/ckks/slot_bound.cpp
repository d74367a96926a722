// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/slot_bound.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/check.hpp"
#include "fhe/ckks/error_tail.hpp"

namespace mc::fhe {
namespace {

// Classes of variances a quarter of a power of two wide; the last one has whatever is smaller.
constexpr std::size_t kClasses = 40;
constexpr double kClassesPerBit = 4;

enum class Tail : std::uint8_t { kCube, kProduct, kGaussian };  // heaviest first

/// What is one random variable in a slot, whatever the number of terms: those with a polynomial of the key in common
/// are one product of it with their sum. Slots that differ by a rotation have nothing in common.
struct Part {
  Tail tail = Tail::kGaussian;
  double summands = 1;                                     // of a product
  std::vector<std::pair<const ErrorTerm*, double>> terms;  // and the share of the variance that counts here
};

std::vector<Part> parts_of(std::span<const ErrorTerm> terms) {
  enum Common : std::uint8_t { kSecret, kPublicError, kSwitching, kCubes };
  std::map<std::pair<std::uint32_t, Common>, Part> common;
  std::vector<Part> parts(1);  // all Gaussians
  const auto add = [&](const ErrorTerm& term, Common with, Tail tail, double share, double summands = 1e9) {
    Part& part = common.try_emplace({term.turn, with}, Part{tail, summands, {}}).first->second;
    part.summands = std::min(part.summands, summands);
    part.terms.emplace_back(&term, share);
  };
  for (const ErrorTerm& term : terms) {
    switch (term.kind) {
      case ErrorKind::kRounding:
        parts[0].terms.emplace_back(&term, 1);
        break;
      case ErrorKind::kEncryption:
        add(term, kSecret, Tail::kProduct, 0.5, 1);
        add(term, kPublicError, Tail::kProduct, 0.5, 1);
        break;
      case ErrorKind::kSecret:
        add(term, kSecret, Tail::kProduct, 1, 1);
        break;
      case ErrorKind::kSecretSquare:
      case ErrorKind::kCollective:
        add(term, kCubes, Tail::kCube, 1);
        break;
      case ErrorKind::kDigits:
        add(term, kSwitching, Tail::kProduct, 1, term.summands);
        break;
      case ErrorKind::kMany:
        parts.push_back({Tail::kProduct, term.summands, {{&term, 1}}});
        break;
    }
  }
  for (auto& [key, part] : common) parts.push_back(std::move(part));
  return parts;
}

bool known(const Part& part) {
  return std::ranges::any_of(part.terms, [](const auto& term) { return term.first->factors != nullptr; });
}

/// The variance of a part in every slot; in the first alone where they are all alike.
void variances(const Part& part, std::vector<double>& slots) {
  double everywhere = 0;
  for (const auto& [term, share] : part.terms) {
    if (term->factors == nullptr) everywhere += share * term->deviation_max() * term->deviation_max();
  }
  std::ranges::fill(slots, everywhere);
  for (const auto& [term, share] : part.terms) {
    if (term->factors == nullptr) continue;
    MC_CHECK(term->factors->size() == slots.size());
    const std::span<const double> factors = *term->factors;
    const std::size_t turn = term->turn % slots.size(), first = slots.size() - turn;
    for (std::size_t j = 0; j < first; ++j) slots[j] += share * factors[j + turn] * factors[j + turn];
    for (std::size_t j = first; j < slots.size(); ++j) slots[j] += share * factors[j - first] * factors[j - first];
  }
}

std::vector<double> totals(std::span<const Part> parts, std::size_t slots) {
  std::vector<double> total(slots), one(slots);
  for (const Part& part : parts) {
    variances(part, one);
    for (std::size_t j = 0; j < slots; ++j) total[j] += one[j];
  }
  return total;
}

/// The slots of one class: how many, and the largest variance of every part and of all together.
struct SlotClass {
  std::size_t slots = 0;
  double total = 0;
  std::vector<double> largest;
};

std::size_t class_of(double variance, double largest) {
  if (variance <= 0) return kClasses - 1;
  const double below = kClassesPerBit * std::log2(largest / variance);
  return below < kClasses - 1 ? static_cast<std::size_t>(below) : kClasses - 1;
}

std::vector<SlotClass> classes_of(std::span<const Part> parts, std::size_t slots) {
  const bool alike = std::ranges::none_of(parts, known);
  const std::size_t count = alike ? 1 : slots;
  const std::vector<double> total = totals(parts, count);
  const double largest = std::ranges::max(total);
  std::vector<std::uint8_t> of_slot(count);
  std::vector<SlotClass> classes(kClasses, SlotClass{0, 0, std::vector<double>(parts.size())});
  for (std::size_t j = 0; j < count; ++j) {
    of_slot[j] = static_cast<std::uint8_t>(class_of(total[j], largest));
    SlotClass& c = classes[of_slot[j]];
    c.slots += alike ? slots : 1;
    c.total = std::max(c.total, total[j]);
  }
  std::vector<double> one(count);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    variances(parts[p], one);
    for (std::size_t j = 0; j < count; ++j) {
      double& most = classes[of_slot[j]].largest[p];
      most = std::max(most, one[j]);
    }
  }
  std::erase_if(classes, [](const SlotClass& c) { return c.slots == 0 || c.total == 0; });
  return classes;
}

/// The heaviest tail that the class allows: `order` lists parts by how heavy their tails are.
ErrorTail heaviest_tail(const SlotClass& c, std::span<const Part> parts) {
  std::vector<std::size_t> order(parts.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {},
                    [&](std::size_t p) { return std::tuple(parts[p].tail, -c.largest[p] / parts[p].summands); });
  ErrorTail tail;
  double left = c.total;
  for (const std::size_t p : order) {
    const double variance = std::min(c.largest[p], left);
    left -= variance;
    if (parts[p].tail == Tail::kCube) tail.add_cube(variance);
    if (parts[p].tail == Tail::kProduct) tail.add_product(variance, parts[p].summands);
    if (parts[p].tail == Tail::kGaussian) tail.add_gaussian(variance);
  }
  return tail;
}

}  // namespace

double bound_over_slots(std::span<const ErrorTerm> terms, std::size_t slots, double odds_log2) {
  const std::vector<Part> parts = parts_of(terms);
  const std::vector<SlotClass> classes = classes_of(parts, slots);
  double bound = 0;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const double share_log2 = classes.size() == 1 ? 0 : static_cast<double>(c + 1);
    const double odds = odds_log2 + std::log2(static_cast<double>(classes[c].slots)) + share_log2;
    bound = std::max(bound, heaviest_tail(classes[c], parts).bound(odds));
  }
  return bound;
}

}  // namespace mc::fhe
