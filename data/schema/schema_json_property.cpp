// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "data/schema/schema_json.hpp"

namespace mc::data {

OrderedJson number_json(double value) {
  if (is_exact_integer(value)) return static_cast<std::int64_t>(value);
  return value;
}

tl::unexpected<Error> wrong(const std::string& path, const std::string& reason) {
  return fail(Code::kParse, "schema " + path + ": " + reason);
}

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
                                                std::size_t size_max, bool may_be_numbers) {
  MC_TRY(const Json* list, array_property(object, key, path, size_max));
  std::vector<std::string> texts;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const Json& entry = (*list)[i];
    if (entry.is_string()) {
      texts.push_back(entry.get_ref<const std::string&>());
    } else if (may_be_numbers && entry.is_number()) {
      texts.push_back(number_text(entry.get<double>()));
    } else {
      return wrong(path + key + "[" + std::to_string(i) + "]",
                   may_be_numbers ? "must be a string or a number" : "must be a string");
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

}  // namespace mc::data
