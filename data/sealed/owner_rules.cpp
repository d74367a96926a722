// SPDX-License-Identifier: Apache-2.0
#include "data/sealed/owner_rules.hpp"

#include <array>

namespace mc::data {
namespace {

constexpr std::uint32_t kShareMax = 99;  // all of them is no rule

Status check_one(const char* name, std::uint32_t value, std::uint32_t most) {
  if (value <= most) return {};
  return fail(Code::kInvalidArgument, std::string("owner's rules, ") + name + ": " + std::to_string(value) +
                                          ", it must be a whole number from 0 to " + std::to_string(most));
}

}  // namespace

Status check_owner_rules(const OwnerRules& rules) {
  MC_TRY_STATUS(check_one("minimum_cohort", rules.minimum_cohort, kOwnerPersonsMax));
  MC_TRY_STATUS(check_one("suppress_below", rules.suppress_below, kOwnerPersonsMax));
  return check_one("largest_share", rules.largest_share, kShareMax);
}

std::string owner_rules_text(const OwnerRules& rules) {
  std::string text;
  const auto add = [&](std::uint32_t value, const std::string& sentence) {
    if (value != 0) text += (text.empty() ? "" : ", ") + sentence;
  };
  add(rules.minimum_cohort, "cohort at least " + std::to_string(rules.minimum_cohort) + " persons");
  add(rules.suppress_below, "cells below " + std::to_string(rules.suppress_below) + " not shown");
  add(rules.largest_share, "no owner above " + std::to_string(rules.largest_share) + " %");
  return text.empty() ? "none" : text;
}

void write_owner_rules(Writer& writer, const OwnerRules& rules) {
  writer.u32(rules.minimum_cohort);
  writer.u32(rules.suppress_below);
  writer.u32(rules.largest_share);
}

Result<OwnerRules> read_owner_rules(Reader& reader) {
  OwnerRules rules;
  MC_TRY(rules.minimum_cohort, reader.u32());
  MC_TRY(rules.suppress_below, reader.u32());
  MC_TRY(rules.largest_share, reader.u32());
  if (rules.none()) return fail(reader.error("the owner's rules demand nothing"));
  if (const Status status = check_owner_rules(rules); !status) return fail(reader.error(status.error().message));
  return rules;
}

}  // namespace mc::data
