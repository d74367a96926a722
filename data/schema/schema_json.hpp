// SPDX-License-Identifier: Apache-2.0
// Reading one property of a schema's JSON: what is wrong names its path ("fields[3].bins"). Used by schema_*.cpp only.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/schema/schema.hpp"

namespace mc::data {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

tl::unexpected<Error> wrong(const std::string& path, const std::string& reason);

/// Integers without a decimal point, so that 120 stays 120.
OrderedJson number_json(double value);

/// The property, or nullptr when it is absent.
const Json* property(const Json& object, const char* key);
/// Empty when it is absent.
Result<std::string> text_property(const Json& object, const char* key, const std::string& path);
/// False when it is absent.
Result<bool> flag_property(const Json& object, const char* key, const std::string& path);
/// A finite number; -0 is 0.
Result<double> number_value(const Json& value, const std::string& path);
/// nullptr when it is absent.
Result<const Json*> array_property(const Json& object, const char* key, const std::string& path, std::size_t size_max);
Result<std::vector<std::string>> texts_property(const Json& object, const char* key, const std::string& path,
                                                std::size_t size_max, bool may_be_numbers);
Result<std::vector<double>> numbers_property(const Json& object, const char* key, const std::string& path,
                                             std::size_t size_max);

/// One of "fields", or a series' time or value.
OrderedJson column_json(const Column& column);
Result<Column> read_column(const Json& field, const std::string& where);

/// One of "series".
OrderedJson series_json(const Series& series);
Result<Series> read_series(const Json& json, const std::string& where);

}  // namespace mc::data
