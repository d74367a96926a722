// SPDX-License-Identifier: Apache-2.0
#include "data/schema/schema_json.hpp"

namespace mc::data {
namespace {

/// A name of a column, where it is given.
struct LayoutName {
  const char* key;
  std::string EventLayout::*name;
};
constexpr LayoutName kLayoutNames[] = {
    {"person", &EventLayout::person}, {"what", &EventLayout::what},   {"unitColumn", &EventLayout::unit},
    {"origin", &EventLayout::origin}, {"until", &EventLayout::until},
};

Result<std::uint32_t> most_property(const Json& json, const std::string& path) {
  const Json* value = property(json, "most");
  if (value == nullptr) return wrong(path + "most", "is missing: up to how many events are counted");
  MC_TRY(const double most, number_value(*value, path + "most"));
  if (!is_exact_integer(most) || most < 1 || most > kSeriesMostMax) {
    return wrong(path + "most", "must be an integer from 1 to " + std::to_string(kSeriesMostMax));
  }
  return static_cast<std::uint32_t>(most);
}

}  // namespace

OrderedJson series_json(const Series& series) {
  OrderedJson json;
  json["name"] = series.name;
  if (!series.title.empty()) json["title"] = series.title;
  if (!series.code.empty()) json["code"] = series.code;
  json["file"] = series.file;
  for (const LayoutName& one : kLayoutNames) {
    if (!(series.layout.*one.name).empty()) json[one.key] = series.layout.*one.name;
  }
  if (!series.codes.empty()) json["codes"] = series.codes;
  json["required"] = series.required;
  json["most"] = series.most;
  json["time"] = column_json(series.time);
  if (series.value) json["value"] = column_json(*series.value);
  return json;
}

Result<Series> read_series(const Json& json, const std::string& where) {
  if (!json.is_object()) return wrong(where, "must be an object");
  const std::string path = where + ".";
  Series series;
  MC_TRY(series.name, text_property(json, "name", path));
  MC_TRY(series.title, text_property(json, "title", path));
  MC_TRY(series.code, text_property(json, "code", path));
  MC_TRY(series.file, text_property(json, "file", path));
  for (const LayoutName& one : kLayoutNames) {
    MC_TRY(series.layout.*one.name, text_property(json, one.key, path));
  }
  MC_TRY(series.codes, texts_property(json, "codes", path, kSeriesCodesMax, /*may_be_integers=*/true));
  MC_TRY(series.required, flag_property(json, "required", path));
  MC_TRY(series.most, most_property(json, path));
  const Json* time = property(json, "time");
  if (time == nullptr) return wrong(path + "time", "is missing");
  MC_TRY(series.time, read_column(*time, path + "time"));
  series.layout.time = series.time.name;
  const Json* value = property(json, "value");
  if (value == nullptr) return series;
  MC_TRY(series.value, read_column(*value, path + "value"));
  series.layout.value = series.value->name;
  return series;
}

}  // namespace mc::data
