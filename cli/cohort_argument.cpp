// SPDX-License-Identifier: Apache-2.0
#include "cli/cohort_argument.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "data/schema/history.hpp"
#include "node/local_members.hpp"

namespace mc::cli {
namespace {

constexpr std::size_t kNameBytesMax = 64;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_plain_name(const std::string& name) {
  return name.size() <= kNameBytesMax && is_letter_or_digit(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; });
}

/// Every cohort brings a provider of its own name and a patient "patient-NAME"; two researchers are there already.
bool is_another_members(const std::string& name) {
  return name == node::kResearcherName || name == node::kReviewerName || name.starts_with("patient-");
}

}  // namespace

Result<CohortArgument> cohort_from_argument(const std::string& text) {
  if (!is_utf8(view_of(text))) return fail(Code::kInvalidArgument, "--cohort: names of owners and files must be UTF-8");
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    return fail(Code::kInvalidArgument, "--cohort '" + text + "' must be NAME=FILE.csv");
  }
  std::string name = text.substr(0, equals);
  if (!is_plain_name(name)) {
    return fail(
        Code::kInvalidArgument,
        "--cohort name '" + name + "' must be letters, digits, _ or -, at most 64, and begin with a letter or digit");
  }
  if (is_another_members(name)) {
    return fail(Code::kInvalidArgument,
                "--cohort name '" + name + "' is the name of another member of a local commons");
  }
  return CohortArgument(std::move(name), text.substr(equals + 1));
}

Result<std::vector<CohortArgument>> cohorts_from_arguments(const std::vector<std::string>& texts) {
  std::vector<CohortArgument> cohorts;
  for (const std::string& text : texts) {
    MC_TRY(CohortArgument cohort, cohort_from_argument(text));
    for (const auto& [name, file] : cohorts) {
      if (name == cohort.first) return fail(Code::kInvalidArgument, "--cohort '" + name + "' is given twice");
    }
    cohorts.push_back(std::move(cohort));
  }
  return cohorts;
}

Result<EventsArgument> events_from_argument(const std::string& text) {
  if (!is_utf8(view_of(text))) return fail(Code::kInvalidArgument, "--events: names of owners and files must be UTF-8");
  const std::size_t equals = text.find('=');
  const std::size_t colon = equals == std::string::npos ? equals : text.rfind(':', equals);
  if (colon == std::string::npos || colon == 0 || equals + 1 == text.size()) {
    return fail(Code::kInvalidArgument, "--events '" + text + "' must be OWNER:NAME=FILE.csv");
  }
  EventsArgument argument{text.substr(0, colon), text.substr(colon + 1, equals - colon - 1), text.substr(equals + 1)};
  if (!data::is_series_name(argument.name)) {
    return fail(Code::kInvalidArgument,
                "--events name '" + argument.name + "' must be letters, digits and _, and begin with a letter or _");
  }
  return argument;
}

Status check_dataset_name(const std::string& name) {
  const bool is_plain =
      std::ranges::none_of(name, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f' || c == '"'; });
  if (name.empty() || name.size() > kNameBytesMax || !is_utf8(view_of(name)) || !is_plain) {
    return fail(Code::kInvalidArgument,
                "--dataset must be 1 to 64 bytes of UTF-8 text without quotes and control characters");
  }
  return {};
}

}  // namespace mc::cli
