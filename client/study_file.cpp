// SPDX-License-Identifier: Apache-2.0
#include "client/study_file.hpp"

#include <cmath>
#include <optional>
#include <set>

#include "client/toml.hpp"
#include "governance/diseases.hpp"
#include "governance/duo.hpp"
#include "governance/fhir_consent.hpp"
#include "query/release/privacy.hpp"

namespace mc::client {
namespace {

constexpr double kRhoMax = 1000;
constexpr std::uint32_t kDaysMax = 3650;
constexpr std::uint32_t kCountMax = 1'000'000;
constexpr std::size_t kTextBytesMax = 64 * 1024;

constexpr std::string_view kWhat = "study file";

Error wrong_key(std::string_view key, std::string_view reason, Code code = Code::kInvalidArgument) {
  return {code, std::string(kWhat) + ", " + std::string(key) + ": " + std::string(reason)};
}

Status only(const toml::table& table, std::string_view where, const std::set<std::string_view>& known) {
  for (const auto& [key, value] : table) {
    if (known.contains(key.str())) continue;
    return fail(wrong_key(std::string(where) + std::string(key.str().substr(0, 40)), "there is no such key"));
  }
  return {};
}

Result<std::string> text_of_node(const toml::node& node, std::string_view key) {
  const auto text = node.value_exact<std::string>();
  if (!text) return fail(wrong_key(key, "it must be a text"));
  if (text->size() > kTextBytesMax) return fail(wrong_key(key, "it is longer than 64 KiB", Code::kLimit));
  return *text;
}

Result<std::optional<std::string>> text_at(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::optional<std::string>();
  MC_TRY(std::string text, text_of_node(*node, key));
  return std::optional<std::string>(std::move(text));
}

Status take_text(const toml::table& table, std::string_view key, std::string& out) {
  MC_TRY(std::optional<std::string> text, text_at(table, key));
  if (text) out = std::move(*text);
  return {};
}

Result<std::vector<std::string>> texts_at(const toml::table& table, std::string_view key) {
  std::vector<std::string> out;
  const toml::node* node = table.get(key);
  if (node == nullptr) return out;
  const toml::array* array = node->as_array();
  if (array == nullptr) return fail(wrong_key(key, "it must be a list of texts"));
  for (const toml::node& item : *array) {
    MC_TRY(out.emplace_back(), text_of_node(item, key));
  }
  return out;
}

Result<std::uint32_t> count_at(const toml::table& table, std::string_view key, std::uint32_t otherwise,
                               std::uint32_t most) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return otherwise;
  const auto number = node->value_exact<std::int64_t>();
  if (!number || *number < 0 || *number > most) {
    return fail(wrong_key(key, "it must be a whole number from 0 to " + std::to_string(most)));
  }
  return static_cast<std::uint32_t>(*number);
}

Result<std::uint64_t> rho_at(const toml::table& table) {
  const toml::node* node = table.get("rho");
  if (node == nullptr) return std::uint64_t{0};
  const auto rho = node->is_integer() ? std::optional<double>(static_cast<double>(*node->value<std::int64_t>()))
                                      : node->value_exact<double>();
  if (!rho || !(*rho >= 0) || *rho > kRhoMax) return fail(wrong_key("rho", "it must be a number from 0 to 1000"));
  return static_cast<std::uint64_t>(std::llround(*rho * 1e6));
}

Result<governance::DataUse> use_at(const toml::table& table, governance::DataUse use) {
  MC_TRY(const std::optional<std::string> purpose, text_at(table, "purpose"));
  MC_TRY(const std::optional<std::string> disease, text_at(table, "disease"));
  MC_TRY(const std::vector<std::string> undertakings, texts_at(table, "undertakings"));
  if (disease) {
    MC_TRY(const governance::Disease found, governance::disease_from_text(*disease));
    use = {governance::kDiseaseSpecific, found.number};
  }
  if (purpose) {
    MC_TRY(const governance::DuoPurpose found, governance::duo_purpose_from_text(*purpose));
    use.purpose = found.code;
  }
  for (const std::string& text : undertakings) {
    if (text.find('=') != std::string::npos) {
      MC_TRY_STATUS(governance::take_limit(text, use.limits));
      continue;
    }
    MC_TRY(const governance::DuoModifier modifier, governance::duo_modifier_from_text(text));
    use.modifiers |= modifier.bit;
  }
  MC_TRY_STATUS(governance::check_data_use(use));
  return use;
}

/// Every place of `name` in a template, replaced.
Result<std::string> with_value(std::string text, const std::string& name, const std::string& value) {
  const std::string place = "{" + name + "}";
  for (std::size_t at = text.find(place); at != std::string::npos; at = text.find(place, at + value.size())) {
    text.replace(at, place.size(), value);
    if (text.size() > kTextBytesMax) {
      return fail(wrong_key("template.sql", "written out it is longer than 64 KiB", Code::kLimit));
    }
  }
  return text;
}

Result<std::string> value_text(const toml::node& item, std::string_view key) {
  if (const auto number = item.value_exact<std::int64_t>()) return std::to_string(*number);
  MC_TRY(std::string text, text_of_node(item, key));
  if (text.find_first_of("{}") != std::string::npos) return fail(wrong_key(key, "a value has no braces"));
  return text;
}

/// One question for each combination of the values; a value that stands nowhere would be said twice and mean nothing.
Status write_out(const toml::table& table, std::vector<std::string>& sql) {
  MC_TRY(const std::optional<std::string> pattern, text_at(table, "sql"));
  if (!pattern) return fail(wrong_key("template.sql", "it is missing"));
  std::vector<std::string> questions = {*pattern};
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (name == "sql") continue;
    const toml::array* values = node.as_array();
    if (values == nullptr || values->empty()) return fail(wrong_key("template." + name, "it must be a list of values"));
    if (pattern->find("{" + name + "}") == std::string::npos) {
      return fail(wrong_key("template." + name, "the template's sql has no {" + name + "}"));
    }
    std::vector<std::string> longer;
    for (const std::string& question : questions) {
      for (const toml::node& item : *values) {
        MC_TRY(const std::string value, value_text(item, "template." + name));
        MC_TRY(longer.emplace_back(), with_value(question, name, value));
        if (longer.size() > kStudyPlansMax) {
          return fail(wrong_key("template", "it makes more than 256 questions", Code::kLimit));
        }
      }
    }
    questions = std::move(longer);
  }
  for (std::string& question : questions) {
    if (question.find_first_of("{}") != std::string::npos) {
      return fail(wrong_key("template.sql", "a place in braces has no list of values: " + question.substr(0, 120)));
    }
    sql.push_back(std::move(question));
  }
  return {};
}

Status take_templates(const toml::table& table, std::vector<std::string>& sql) {
  const toml::node* node = table.get("template");
  if (node == nullptr) return {};
  const toml::array* templates = node->as_array();
  if (templates == nullptr) return fail(wrong_key("template", "write it as [[template]]"));
  for (const toml::node& item : *templates) {
    if (item.as_table() == nullptr) return fail(wrong_key("template", "write it as [[template]]"));
    MC_TRY_STATUS(write_out(*item.as_table(), sql));
  }
  return {};
}

Status take_sensitive(const toml::table& table, StudyRequest& out) {
  const toml::node* node = table.get("sensitive");
  if (node == nullptr) return {};
  if (node->as_table() == nullptr) return fail(wrong_key("sensitive", "write it as [sensitive]"));
  for (const auto& [key, value] : *node->as_table()) {
    MC_TRY(std::string text, text_of_node(value, "sensitive." + std::string(key.str().substr(0, 40))));
    out.sensitive.emplace_back(std::string(key.str()), std::move(text));
  }
  return {};
}

}  // namespace

Result<StudyRequest> study_request_from_toml(std::string_view text) {
  if (text.size() > kStudyFileBytesMax) return fail(wrong_key("the file", "it is longer than 256 KiB", Code::kLimit));
  MC_TRY(const toml::table table, parse_toml(text, kWhat));
  MC_TRY_STATUS(only(table, "",
                     {"title", "purpose", "disease", "undertakings", "standard", "code", "releases", "days", "until",
                      "rho", "minimum_cohort", "suppress_below", "questions", "plans", "template", "sensitive"}));
  StudyRequest out;
  MC_TRY_STATUS(take_text(table, "title", out.title));
  MC_TRY_STATUS(take_text(table, "standard", out.standard));
  MC_TRY_STATUS(take_text(table, "code", out.code));
  MC_TRY(out.use, use_at(table, out.use));
  MC_TRY(out.releases_max, count_at(table, "releases", out.releases_max, kCountMax));
  MC_TRY(const std::uint32_t days, count_at(table, "days", 30, kDaysMax));
  out.lifetime_s = std::uint64_t{days} * 24 * 3600;
  MC_TRY(const std::optional<std::string> until, text_at(table, "until"));
  if (until) {
    if (table.contains("days")) return fail(wrong_key("until", "a study expires once: give either days or until"));
    const auto until_s = governance::fhir_time_s(*until);
    if (!until_s) return fail(wrong_key("until", until_s.error().message, until_s.error().code));
    out.until_s = *until_s;
  }
  MC_TRY(out.rho_micro, rho_at(table));
  MC_TRY(out.minimum_cohort, count_at(table, "minimum_cohort", 0, kCountMax));
  MC_TRY(out.suppress_below, count_at(table, "suppress_below", 0, kCountMax));
  MC_TRY(out.sql, texts_at(table, "questions"));
  MC_TRY_STATUS(take_templates(table, out.sql));
  MC_TRY(const std::vector<std::string> plans, texts_at(table, "plans"));
  for (const std::string& plan : plans) {
    const auto hash = hash_from_hex(plan);
    if (!hash) return fail(wrong_key("plans", hash.error().message));
    out.plans.push_back(*hash);
  }
  MC_TRY_STATUS(take_sensitive(table, out));
  if (out.sql.empty() && out.plans.empty()) return fail(wrong_key("questions", "a study asks something"));
  return out;
}

double epsilon_of(std::uint64_t rho_micro, double delta) {
  return rho_micro == 0 ? 0 : query::epsilon_of(static_cast<double>(rho_micro) / 1e6, delta);
}

}  // namespace mc::client
