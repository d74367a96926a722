// SPDX-License-Identifier: Apache-2.0
#include "query/parse/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace mc::query {
namespace {

constexpr std::size_t kWordBytesMax = 128;  // longer words are not typing mistakes of anything

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string> known) {
  std::string_view best;
  std::size_t best_distance = 0;
  for (const std::string& candidate : known) {
    if (word.size() > kWordBytesMax || candidate.size() > kWordBytesMax) continue;
    const std::size_t longest = std::max(word.size(), candidate.size());
    const std::size_t allowed = std::min(std::max<std::size_t>(2, longest / 3), longest - 1);
    const std::size_t distance = edit_distance(word, candidate);
    if (longest > 0 && distance <= allowed && (best.empty() || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> known) {
  const std::string_view guess = nearest(word, known);
  return guess.empty() ? std::string() : " (did you mean " + std::string(guess) + "?)";
}

std::string listed(std::span<const std::string> names, std::size_t names_max) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == names_max) return text + " and " + std::to_string(names.size() - i) + " more";
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return text;
}

}  // namespace mc::query
