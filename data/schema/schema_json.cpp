// SPDX-License-Identifier: Apache-2.0
// The schema's JSON form: specs.frictionlessdata.io/table-schema plus unit, code, step, bins, times, categories,
// vacant and history; and beside its fields the series.
#include "data/schema/schema_json.hpp"

namespace mc::data {
namespace {

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

Result<ColumnType> type_property(const Json& field, const std::string& path) {
  MC_TRY(const std::string name, text_property(field, "type", path));
  for (const ColumnType type : {ColumnType::kInteger, ColumnType::kNumber, ColumnType::kString}) {
    if (name == type_name(type)) return type;
  }
  if (name.empty()) return wrong(path + "type", "is missing; integer, number or string is needed");
  return fail(Code::kUnsupported,
              "schema " + path + "type: \"" + name + "\" is not offered; integer, number and string are");
}

// What may be left out of a coded numeric column.
void complete(Column& column, bool has_range) {
  if (!column.is_numeric()) return;
  const bool is_flag = column.type == ColumnType::kInteger && column.minimum == 0 && column.maximum == 1;
  if (has_range && column.categories.empty() && is_flag) column.categories = {"0", "1"};
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

  MC_TRY(column.categories, texts_property(field, "categories", path, kColumnCategoriesMax, column.is_numeric()));
  MC_TRY(const std::vector<std::string> enumeration,
         texts_property(constraints, "enum", inside, kColumnCategoriesMax, column.is_numeric()));
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

OrderedJson history_json(const History& history) {
  OrderedJson json;
  json["take"] = take_name(history.take);
  json["series"] = history.series;
  if (history.from) json["from"] = number_json(*history.from);
  if (history.to) json["to"] = number_json(*history.to);
  return json;
}

Result<History> read_history(const Json& json, const std::string& where) {
  if (!json.is_object()) return wrong(where, "must be an object");
  const std::string path = where + ".";
  History history;
  MC_TRY(const std::string take, text_property(json, "take", path));
  MC_TRY(history.series, text_property(json, "series", path));
  bool known = false;
  for (std::size_t i = 0; i < kTakeCount; ++i) {
    if (take != take_name(static_cast<Take>(i))) continue;
    history.take = static_cast<Take>(i);
    known = true;
  }
  if (!known) return wrong(path + "take", "is no function of a history");
  if (const Json* from = property(json, "from"); from != nullptr) {
    MC_TRY(history.from, number_value(*from, path + "from"));
  }
  if (const Json* to = property(json, "to"); to != nullptr) {
    MC_TRY(history.to, number_value(*to, path + "to"));
  }
  return history;
}

}  // namespace

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
  if (!column.missing_values.empty()) field["missingValues"] = column.missing_values;
  if (column.vacant) field["vacant"] = true;
  if (column.history) field["history"] = history_json(*column.history);
  return field;
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
  MC_TRY(column.missing_values, texts_property(field, "missingValues", path, kMissingValuesMax, false));
  if (const Json* history = property(field, "history"); history != nullptr) {
    MC_TRY(column.history, read_history(*history, path + "history"));
  }
  return column;
}

std::string to_json(const Schema& schema) {
  MC_CHECK(validate(schema).has_value());
  OrderedJson json;
  json["name"] = schema.name;
  json["missingValues"] = schema.missing_values;
  json["fields"] = OrderedJson::array();
  for (const Column& column : schema.columns) json["fields"].push_back(column_json(column));
  for (const Series& series : schema.series) json["series"].push_back(series_json(series));
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
  MC_TRY(const Json* series, array_property(json, "series", "", kSchemaSeriesMax));
  for (std::size_t i = 0; series != nullptr && i < series->size(); ++i) {
    MC_TRY(Series one, read_series((*series)[i], "series[" + std::to_string(i) + "]"));
    schema.series.push_back(std::move(one));
  }
  MC_TRY_STATUS(validate(schema));
  return schema;
}

}  // namespace mc::data
