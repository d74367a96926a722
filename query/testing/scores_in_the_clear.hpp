// SPDX-License-Identifier: Apache-2.0
// For tests: what an equation says of one patient of the clinic, straight from R's words for coefficients.
#pragma once

#include <cmath>
#include <functional>
#include <optional>
#include <vector>

#include "query/testing/clinic.hpp"

namespace mc::query::testing {

/// The clinic with steps, so that its measurements can be compared and scored.
inline data::Schema clinic_with_steps() {
  data::Schema schema = clinic_schema();
  for (data::Column& column : schema.columns) {
    if (column.name == "bmi" || column.name == "Blood pressure") column.step = 0.125;
  }
  return schema;
}

/// Places of the clinic's columns.
enum ClinicColumn : std::size_t { kAge, kBmi, kSex, kSmoker, kNyha, kDiabetes, kDeath, kBloodPressure };

inline std::optional<double> number_in(const Patient& patient, std::size_t column) {
  const auto* number = std::get_if<double>(&patient[column]);
  return number == nullptr ? std::nullopt : std::optional(*number);
}
inline bool is_text(const Patient& patient, ClinicColumn column, const std::string& text) {
  const auto* held = std::get_if<std::string>(&patient[column]);
  return held != nullptr && *held == text;
}
inline bool has(const Patient& patient, ClinicColumn column) {
  return !std::holds_alternative<std::monostate>(patient[column]);
}

/// An equation, and what it means.
struct KnownScore {
  const char* equation;
  std::function<std::optional<double>(const Patient&)> of;
};

inline std::vector<KnownScore> known_scores() {
  const auto age = [](const Patient& p) { return *number_in(p, kAge); };
  return {
      {"-4 + 0.05 * age", [=](const Patient& p) { return std::optional(-4 + 0.05 * age(p)); }},
      {"-6.5 + 0.0613 * age + 0.4 * sexM - 0.0127 * age:sexM",
       [=](const Patient& p) {
         const double male = is_text(p, kSex, "M") ? 1 : 0;
         return std::optional(-6.5 + 0.0613 * age(p) + 0.4 * male - 0.0127 * age(p) * male);
       }},
      {"1.25 - 0.08 * bmi + 0.6 * smokerformer + 1.1 * smokercurrent",
       [](const Patient& p) -> std::optional<double> {
         if (!has(p, kBmi) || !has(p, kSmoker)) return std::nullopt;
         return 1.25 - 0.08 * *number_in(p, kBmi) + (is_text(p, kSmoker, "former") ? 0.6 : 0) +
                (is_text(p, kSmoker, "current") ? 1.1 : 0);
       }},
      {"-3.3 + 0.7 * nyha + 0.9 * diabetes + 0.0003 * I(age^2) + 0.002 * age:diabetes",
       [=](const Patient& p) -> std::optional<double> {
         if (!has(p, kNyha) || !has(p, kDiabetes)) return std::nullopt;
         const double d = *number_in(p, kDiabetes);
         return -3.3 + 0.7 * *number_in(p, kNyha) + 0.9 * d + 0.0003 * age(p) * age(p) + 0.002 * age(p) * d;
       }},
      {"0.2 - 0.03 * bmi + 0.5 * missing(bmi) + 0.3 * factor(nyha)4 + 0.1 * missing(nyha)",
       [](const Patient& p) {
         const double bmi = has(p, kBmi) ? *number_in(p, kBmi) : 35;
         return std::optional(0.2 - 0.03 * bmi + (has(p, kBmi) ? 0 : 0.5) + (number_in(p, kNyha) == 4.0 ? 0.3 : 0) +
                              (has(p, kNyha) ? 0 : 0.1));
       }},
      {"0.1 * bmi:age:diabetes - 60",
       [=](const Patient& p) -> std::optional<double> {
         if (!has(p, kBmi) || !has(p, kDiabetes)) return std::nullopt;
         return 0.1 * *number_in(p, kBmi) * age(p) * *number_in(p, kDiabetes) - 60;
       }},
      {"0.01 * age + 0.01 * bmi + 0.005 * \"`Blood pressure`\" + 0.1 * nyha + 0.2 * diabetes + 0.3 * smokercurrent - 4",
       [=](const Patient& p) -> std::optional<double> {
         for (const ClinicColumn column : {kBmi, kBloodPressure, kNyha, kDiabetes, kSmoker}) {
           if (!has(p, column)) return std::nullopt;
         }
         return 0.01 * age(p) + 0.01 * *number_in(p, kBmi) + 0.005 * *number_in(p, kBloodPressure) +
                0.1 * *number_in(p, kNyha) + 0.2 * *number_in(p, kDiabetes) +
                (is_text(p, kSmoker, "current") ? 0.3 : 0) - 4;
       }},
      {"-0.123456789 + 0.0987654321 * age - 0.31415926 * diabetes + 0.2718281828 * sexF",
       [=](const Patient& p) -> std::optional<double> {
         if (!has(p, kDiabetes)) return std::nullopt;
         return -0.123456789 + 0.0987654321 * age(p) - 0.31415926 * *number_in(p, kDiabetes) +
                (is_text(p, kSex, "F") ? 0.2718281828 : 0);
       }},
  };
}

}  // namespace mc::query::testing
