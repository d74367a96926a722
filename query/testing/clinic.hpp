// SPDX-License-Identifier: Apache-2.0
// For tests: a small clinic with every kind of column, random patients with missing values, and what one sealed feature
// says about one patient, straight from the definitions in data/packing/feature.hpp.
#pragma once

#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "data/packing/feature.hpp"
#include "data/schema/schema.hpp"

namespace mc::query::testing {

/// One patient: per column a number, a text, or nothing.
using Cell = std::variant<std::monostate, double, std::string>;
using Patient = std::vector<Cell>;

inline data::Column numeric(std::string name, data::ColumnType type, bool required, double minimum, double maximum,
                            std::vector<double> edges, std::vector<std::string> categories = {}) {
  data::Column column;
  column.name = std::move(name);
  column.type = type;
  column.required = required;
  column.minimum = minimum;
  column.maximum = maximum;
  column.edges = std::move(edges);
  column.categories = std::move(categories);
  return column;
}

inline data::Column text(std::string name, bool required, std::vector<std::string> categories) {
  data::Column column;
  column.name = std::move(name);
  column.type = data::ColumnType::kString;
  column.required = required;
  column.categories = std::move(categories);
  return column;
}

inline data::Schema clinic_schema() {
  using data::ColumnType;
  data::Schema schema;
  schema.name = "clinic";
  schema.missing_values = {"", "NA"};
  schema.columns = {
      numeric("age", ColumnType::kInteger, true, 0, 120, {40, 60, 61, 80}),
      numeric("bmi", ColumnType::kNumber, false, 10, 60, {18.5, 25, 30}),
      text("sex", true, {"F", "M"}),
      text("smoker", false, {"never", "former", "current"}),
      numeric("nyha", ColumnType::kInteger, false, 1, 4, {}, {"1", "2", "3", "4"}),
      numeric("diabetes", ColumnType::kInteger, false, 0, 1, {}, {"0", "1"}),
      numeric("death", ColumnType::kInteger, true, 0, 1, {}, {"0", "1"}),
      numeric("Blood pressure", ColumnType::kNumber, false, 0, 300, {}),
      text("note", false, {}),
  };
  return schema;
}

inline Patient random_patient(const data::Schema& schema, std::mt19937_64& random, double missing = 0.25) {
  const auto chance = [&] { return std::uniform_real_distribution<double>(0, 1)(random); };
  Patient patient;
  for (const data::Column& column : schema.columns) {
    if (!column.required && chance() < missing) {
      patient.emplace_back();
    } else if (!column.categories.empty()) {
      const std::string& category = column.categories[random() % column.categories.size()];
      column.is_numeric() ? patient.emplace_back(std::stod(category)) : patient.emplace_back(category);
    } else if (column.is_numeric()) {
      // Often exactly on an edge: that is where >= and > differ.
      const bool on_edge = !column.edges.empty() && chance() < 0.3;
      const double span = column.maximum - column.minimum;
      double value =
          on_edge ? column.edges[random() % column.edges.size()] : column.minimum + std::floor(chance() * span * 8) / 8;
      if (column.type == data::ColumnType::kInteger) value = std::floor(value);
      patient.emplace_back(value);
    } else {
      patient.emplace_back(std::string("free text"));
    }
  }
  return patient;
}

inline std::vector<Patient> random_patients(const data::Schema& schema, std::size_t count, std::uint64_t seed,
                                            double missing = 0.25) {
  std::mt19937_64 random(seed);
  std::vector<Patient> patients;
  for (std::size_t i = 0; i < count; ++i) patients.push_back(random_patient(schema, random, missing));
  return patients;
}

inline double feature_value(const data::Schema& schema, const data::Feature& feature, const Patient& patient) {
  using data::FeatureKind;
  if (feature.kind == FeatureKind::kPresent) return 1;
  const data::Column& column = schema.columns[feature.column];
  const Cell& cell = patient[feature.column];
  if (std::holds_alternative<std::monostate>(cell)) return 0;
  switch (feature.kind) {
    case FeatureKind::kPresent:
      return 1;
    case FeatureKind::kValid:
      return 1;
    case FeatureKind::kValue:
      return (std::get<double>(cell) - column.centre()) / column.half_width();
    case FeatureKind::kIs:
      return column.is_numeric() ? std::get<double>(cell) == std::stod(column.categories[feature.index])
                                 : std::get<std::string>(cell) == column.categories[feature.index];
    case FeatureKind::kAtLeast:
      return std::get<double>(cell) >= column.edges[feature.index];
    case FeatureKind::kAbove:
      return std::get<double>(cell) > column.edges[feature.index];
    case FeatureKind::kAfter:
      return std::get<double>(cell) > column.times[feature.index];
    case FeatureKind::kCompared:
      break;
  }
  return 0;
}

}  // namespace mc::query::testing
