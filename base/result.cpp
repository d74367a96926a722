// SPDX-License-Identifier: Apache-2.0
#include "base/result.hpp"

#include <array>

namespace mc {
namespace {

constexpr std::array<std::pair<Code, std::string_view>, 10> kNames{{
    {Code::kInvalidArgument, "invalid_argument"},
    {Code::kParse, "parse"},
    {Code::kNotFound, "not_found"},
    {Code::kConflict, "conflict"},
    {Code::kRefused, "refused"},
    {Code::kLimit, "limit"},
    {Code::kCorrupt, "corrupt"},
    {Code::kUnavailable, "unavailable"},
    {Code::kIo, "io"},
    {Code::kUnsupported, "unsupported"},
}};

}  // namespace

std::string_view code_name(Code code) {
  for (const auto& [known, name] : kNames) {
    if (known == code) return name;
  }
  MC_CHECK(false && "every Code has a name");
}

Code code_from_name(std::string_view name) {
  for (const auto& [code, known] : kNames) {
    if (known == name) return code;
  }
  return Code::kCorrupt;
}

Error Error::within(std::string_view context) const {
  return Error{code, std::string(context) + ": " + message};
}

}  // namespace mc
