// SPDX-License-Identifier: Apache-2.0
// The parts of data::validate.
#pragma once

#include "data/schema/schema.hpp"

namespace mc::data {

/// Why a name, title, unit, code, category or missing value cannot be used, as a sentence's end; empty when it can.
std::string complaint_about(std::string_view text);

/// One column by itself; `where` begins its sentence: fields[3] "age".
Status check_column(const Column& column, const std::string& where, const std::vector<std::string>& missing_values);

/// Every series, and every column that is a history.
Status check_series(const Schema& schema);

}  // namespace mc::data
