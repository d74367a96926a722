// SPDX-License-Identifier: Apache-2.0
#include "query/plan/node_words.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "query/plan/explain.hpp"

namespace mc::query {
namespace {

/// A feature's handle in its parts: "age", "ge", "60".
struct HandleParts {
  std::string column, kind, value;
};

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view code = text.substr(i, 3);
    if (code == "%2F" || code == "%25") {
      result += code == "%2F" ? '/' : '%';
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

HandleParts parts_of(std::string_view handle) {
  const std::size_t first = handle.find('/');
  if (first == std::string_view::npos) return {"", std::string(handle), ""};
  const std::string_view rest = handle.substr(first + 1);
  const std::size_t second = rest.find('/');
  HandleParts parts{unescaped(handle.substr(0, first)), std::string(rest.substr(0, second)), ""};
  if (second != std::string_view::npos) parts.value = rest.substr(second + 1);
  return parts;
}

bool is_everybody(const HandleParts& parts) {
  return parts.kind == "present" || parts.kind == "valid";
}

/// Where an ordered column is cut: at the value, or above it.
bool is_cut(const HandleParts& parts) {
  return parts.kind == "ge" || parts.kind == "gt" || parts.kind == "after" || parts.kind == "above";
}

/// As SQL writes a category: numbers without quotes.
std::string literal(const std::string& category) {
  const bool is_number = !category.empty() && category.find_first_not_of("0123456789.-") == std::string::npos;
  return is_number ? category : "'" + category + "'";
}

std::optional<std::string> words_of(const HandleParts& parts) {
  if (parts.kind == "present") return "everybody";
  if (parts.kind == "valid") return parts.column + " IS NOT NULL";
  if (parts.kind == "value") return parts.column + " = 1";
  if (parts.kind == "is") return parts.column + " = " + literal(parts.value);
  if (is_cut(parts)) return parts.column + (parts.kind == "ge" ? " >= " : " > ") + parts.value;
  return std::nullopt;
}

/// What is left of those of `from` without those of `less`.
std::optional<std::string> words_of(const HandleParts& from, const HandleParts& less) {
  if (from.kind != "present" && from.column != less.column) return std::nullopt;
  if (is_everybody(from)) {
    if (less.kind == "valid") return less.column + " IS NULL";
    if (less.kind == "value") return less.column + " = 0";
    if (less.kind == "is") return less.column + " <> " + literal(less.value);
    if (is_cut(less)) return less.column + (less.kind == "ge" ? " < " : " <= ") + less.value;
    return std::nullopt;
  }
  if (!is_cut(from) || !is_cut(less)) return std::nullopt;
  return from.value + (from.kind == "ge" ? " <= " : " < ") + from.column + (less.kind == "ge" ? " < " : " <= ") +
         less.value;
}

/// Of a sum of features of one column.
std::optional<std::string> words_of(const Plan& plan, const Node& linear) {
  std::vector<HandleParts> added, taken;
  for (const Term& term : linear.terms) {
    const Node& feature = plan.node(term.node);
    if (feature.kind != NodeKind::kFeature || std::abs(term.coefficient) != 1) return std::nullopt;
    (term.coefficient > 0 ? added : taken).push_back(parts_of(feature.handle));
  }
  if (added.size() == 1 && taken.size() == 1) return words_of(added[0], taken[0]);
  const auto is_category = [&](const HandleParts& parts) {
    return parts.kind == "is" && parts.column == added.front().column;
  };
  if (!taken.empty() || added.empty() || !std::ranges::all_of(added, is_category)) return std::nullopt;
  std::string categories;
  for (const HandleParts& parts : added) categories += (categories.empty() ? "" : ", ") + literal(parts.value);
  return added.front().column + " IN (" + categories + ")";
}

/// The conditions of a product, each once; false where one has no words.
bool add_conditions(const Plan& plan, NodeId id, std::vector<std::string>& conditions) {
  const Node& node = plan.node(id);
  if (node.kind == NodeKind::kAlign) return add_conditions(plan, node.left, conditions);
  if (node.kind == NodeKind::kProduct) {
    return add_conditions(plan, node.left, conditions) && add_conditions(plan, node.right, conditions);
  }
  if (node.kind == NodeKind::kFeature && node.is_signed) return false;
  const auto words = node.kind == NodeKind::kFeature ? words_of(parts_of(node.handle)) : words_of(plan, node);
  if (!words) return false;
  if (std::ranges::find(conditions, *words) == conditions.end()) conditions.push_back(*words);
  return true;
}

}  // namespace

std::string node_words(const Plan& plan, NodeId node) {
  std::vector<std::string> conditions;
  if (!add_conditions(plan, node, conditions)) return node_text(plan, node);
  std::string text;
  for (const std::string& condition : conditions) text += (text.empty() ? "" : " AND ") + condition;
  return text;
}

}  // namespace mc::query
