// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/minimax_choice.hpp"

#include <fmt/format.h>

#include <optional>

namespace mc::fhe {

Result<MinimaxTable> choose_table(MinimaxFunction function, std::string_view name, double low, double high,
                                  double max_error) {
  std::optional<MinimaxTable> narrowest, widest;
  std::string offered;
  for (const MinimaxTable& table : minimax_tables(function)) {
    widest = table;
    const bool contains = table.low <= low && table.high >= high;
    if (!contains || (narrowest && (table.low != narrowest->low || table.high != narrowest->high))) continue;
    if (table.error <= max_error) return table;
    narrowest = table;
    offered += fmt::format("{} degree {} has {:.1e}", offered.empty() ? ";" : ",", table.degree, table.error);
  }
  const std::string wanted = fmt::format("{} on [{:.4g}, {:.4g}]", name, low, high);
  if (!narrowest) {
    return fail(Code::kUnsupported, fmt::format("{} is not there; the widest interval is [{:.4g}, {:.4g}]", wanted,
                                                widest->low, widest->high));
  }
  return fail(Code::kUnsupported, fmt::format("{} to {:.1e} is not there{}", wanted, max_error, offered));
}

}  // namespace mc::fhe
