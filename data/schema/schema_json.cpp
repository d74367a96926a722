// SPDX-License-Identifier: Apache-2.0
// The schema's JSON form: specs.frictionlessdata.io/table-schema plus unit, code, step, bins, times, categories and
// vacant.
#include <cmath>
#include <nlohmann/json.hpp>

#include "data/schema/schema.hpp"

namespace mc::data {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

std::string_view type_name(ColumnType type) {
  switch (type) {
    case ColumnType::kInteger:
      return "integer";
    case ColumnType::kNumber:
      return "number";
    case ColumnType::kString:
      return "string";
  }
  MC_CHECK(false);
}

// Integers without a decimal point, so that 120 stays 120.
OrderedJson number_json(double value) {
  if (is_exact_integer(value)) return static_cast<std::int64_t>(value);
  return value;
}

OrderedJson column_json(const Column& column) {
  OrderedJson field;
  field["name"] = column.name;
  if (!column.title.empty()) field["title"] = column.title;
  field["type"] = type_name(column.type);
  if (!column.unit.empty()) field["unit"] = column.unit;
  if (!column.code.empty()) field["code"] = column.code;
  OrderedJson constraints;
  constraints["required"] = column.required;
  if (column.is_numeric()) {
    constraints["minimum"] = number_json(column.minimum);
    constraints["maximum"] = number_json(column.maximum);
  }
  field["constraints"] = std::move(constraints);
  if (column.step != 0) field["step"] = number_json(column.step);
  if (!column.categories.empty()) field["categories"] = column.categories;
  if (!column.edges.empty()) {
    field["bins"] = OrderedJson::array();
    for (const double edge : column.edges) field["bins"].push_back(number_json(edge));
  }
  if (!column.times.empty()) {
    field["times"] = OrderedJson::array();
    for (const double time : column.times) field["times"].push_back(number_json(time));
  }
  if (column.vacant) field["vacant"] = true;
  return field;
}

tl::unexpected<Error> wrong(const std::string& path, const std::string& reason) {
  return fail(Code::kParse, "schema " + path + ": " + reason);
}

// The property, or nullptr when it is absent.
const Json* property(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

Result<std::string> text_property(const Json& object, const char* key, const std::string& path) {
  const Json* value = property(object, key);
  if (value == nullptr) return std::string();
  if (!value->is_string()) return wrong(path + key, "must be a string");
  return value->get_ref<const std::string&>();
}

Result<bool> flag_property(const Json& object, const char* key, const std::string& path) {
  const Json* value = property(object, key);
  if (value == nullptr) return false;
  if (!value->is_boolean()) return wrong(path + key, "must be true or false");
  return value->get<bool>();
}

Result<double> number_value(const Json& value, const std::string& path) {
  if (!value.is_number()) return wrong(path, "must be a number");
  const double number = value.get<double>();
  if (!std::isfinite(number)) return wrong(path, "must be a finite number");
  return number == 0 ? 0.0 : number;
}

Result<const Json*> array_property(const Json& object, const char* key, const std::string& path, std::size_t size_max) {
  const Json* value = property(object, key);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) return wrong(path + key, "must be a list");
  if (value->size() > size_max) {
    return wrong(path + key,
                 std::to_string(value->size()) + " entries are over the limit of " + std::to_string(size_max));
  }
  return value;
}

Result<std::vector<std::string>> texts_property(const Json& object, const char* key, const std::string& path,
                                                std::size_t size_max, bool may_be_integers) {
  MC_TRY(const Json* list, array_property(object, key, path, size_max));
  std::vector<std::string> texts;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const Json& entry = (*list)[i];
    if (entry.is_string()) {
      texts.push_back(entry.get_ref<const std::string&>());
    } else if (may_be_integers && entry.is_number_integer()) {
      texts.push_back(number_text(entry.get<double>()));
    } else {
      return wrong(path + key + "[" + std::to_string(i) + "]",
                   may_be_integers ? "must be a string or an integer" : "must be a string");
    }
  }
  return texts;
}

Result<std::vector<double>> numbers_property(const Json& object, const char* key, const std::string& path,
                                             std::size_t size_max) {
  MC_TRY(const Json* list, array_property(object, key, path, size_max));
  std::vector<double> numbers;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    MC_TRY(const double number, number_value((*list)[i], path + key + "[" + std::to_string(i) + "]"));
    numbers.push_back(number);
  }
  return numbers;
}

Result<ColumnType> type_property(const Json& field, const std::string& path) {
  MC_TRY(const std::string name, text_property(field, "type", path));
  for (const ColumnType type : {ColumnType::kInteger, ColumnType::kNumber, ColumnType::kString}) {
    if (name == type_name(type)) return type;
  }
  if (name.empty()) return wrong(path + "type", "is missing; integer, number or string is needed");
  return fail(Code::kUnsupported,
              "schema " + path + "type: \"" + name + "\" is not offered; integer, number and string are");
}

// What may be left out of a coded integer column.
void complete(Column& column, bool has_range) {
  if (column.type != ColumnType::kInteger) return;
  if (has_range && column.categories.empty() && column.minimum == 0 && column.maximum == 1)
    column.categories = {"0", "1"};
  if (has_range || column.categories.empty()) return;
  column.minimum = parse_number(column.categories.front()).value_or(0);
  column.maximum = parse_number(column.categories.back()).value_or(0);
}

Status read_constraints(const Json& field, const std::string& path, Column& column) {
  static const Json kNone = Json::object();
  const Json* found = property(field, "constraints");
  const Json& constraints = found == nullptr ? kNone : *found;
  const std::string inside = path + "constraints.";
  if (!constraints.is_object()) return wrong(path + "constraints", "must be an object");
  MC_TRY(column.required, flag_property(constraints, "required", inside));

  const bool is_integer = column.type == ColumnType::kInteger;
  MC_TRY(column.categories, texts_property(field, "categories", path, kColumnCategoriesMax, is_integer));
  MC_TRY(const std::vector<std::string> enumeration,
         texts_property(constraints, "enum", inside, kColumnCategoriesMax, is_integer));
  if (column.categories.empty()) column.categories = enumeration;
  if (!enumeration.empty() && enumeration != column.categories)
    return wrong(inside + "enum", "is not the list of categories");

  if (!column.is_numeric()) return {};
  const Json* minimum = property(constraints, "minimum");
  const Json* maximum = property(constraints, "maximum");
  if ((minimum == nullptr) != (maximum == nullptr)) {
    return wrong(inside + (minimum == nullptr ? "minimum" : "maximum"),
                 "is missing while the other end of the range is given");
  }
  if (minimum != nullptr) {
    MC_TRY(column.minimum, number_value(*minimum, inside + "minimum"));
    MC_TRY(column.maximum, number_value(*maximum, inside + "maximum"));
  } else if (column.categories.empty()) {
    return wrong(path + "constraints", "minimum and maximum are needed for a numeric column without categories");
  }
  complete(column, minimum != nullptr);
  return {};
}

Result<Column> read_column(const Json& field, const std::string& where) {
  if (!field.is_object()) return wrong(where, "must be an object");
  const std::string path = where + ".";
  Column column;
  MC_TRY(column.name, text_property(field, "name", path));
  MC_TRY(column.title, text_property(field, "title", path));
  MC_TRY(column.type, type_property(field, path));
  MC_TRY(column.unit, text_property(field, "unit", path));
  MC_TRY(column.code, text_property(field, "code", path));
  MC_TRY(column.vacant, flag_property(field, "vacant", path));
  MC_TRY_STATUS(read_constraints(field, path, column));
  if (const Json* step = property(field, "step"); step != nullptr) {
    MC_TRY(column.step, number_value(*step, path + "step"));
    if (column.step == 0) return wrong(path + "step", "must be above 0");
  }
  MC_TRY(column.edges, numbers_property(field, "bins", path, kColumnEdgesMax));
  MC_TRY(column.times, numbers_property(field, "times", path, kColumnTimesMax));
  return column;
}

}  // namespace

std::string to_json(const Schema& schema) {
  MC_CHECK(validate(schema).has_value());
  OrderedJson json;
  json["name"] = schema.name;
  json["missingValues"] = schema.missing_values;
  json["fields"] = OrderedJson::array();
  for (const Column& column : schema.columns) json["fields"].push_back(column_json(column));
  return json.dump(2) + "\n";
}

Result<Schema> schema_from_json(std::string_view text) {
  if (text.size() > kSchemaBytesMax) {
    return fail(Code::kLimit, "schema: " + std::to_string(text.size()) + " bytes are over the limit of " +
                                  std::to_string(kSchemaBytesMax));
  }
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return fail(Code::kParse, "schema: the text is not JSON");
  if (!json.is_object()) return fail(Code::kParse, "schema: the JSON is not an object with \"fields\"");
  Schema schema;
  MC_TRY(schema.name, text_property(json, "name", ""));
  if (property(json, "missingValues") == nullptr) {
    schema.missing_values = {"", "NA"};
  } else {
    MC_TRY(schema.missing_values, texts_property(json, "missingValues", "", kMissingValuesMax, false));
  }
  MC_TRY(const Json* fields, array_property(json, "fields", "", kSchemaColumnsMax));
  if (fields == nullptr) return wrong("fields", "is missing");
  for (std::size_t i = 0; i < fields->size(); ++i) {
    MC_TRY(Column column, read_column((*fields)[i], "fields[" + std::to_string(i) + "]"));
    schema.columns.push_back(std::move(column));
  }
  MC_TRY_STATUS(validate(schema));
  return schema;
}

}  // namespace mc::data
