// SPDX-License-Identifier: Apache-2.0
// How canonical SQL writes names, texts and numbers.
#pragma once

#include <string>
#include <string_view>

#include "query/parse/identifier.hpp"

namespace mc::query {

/// `text` between quotes, those inside doubled.
std::string in_quotes(std::string_view text, char quote);
/// A data set or an alias as it is, or in double quotes where it needs them.
std::string label_sql(const std::string& label);
/// A column likewise; histories, latest(hba1c), are columns and need none.
std::string name_sql(const std::string& name);
/// A name as name_sql, or a score with all that it says: model, equation.
std::string column_sql(const Identifier& column);
/// The shortest text that reads back to the same double: the same on every machine.
std::string number_sql(double number);
std::string literal_sql(const Literal& literal);

}  // namespace mc::query
