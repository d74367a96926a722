// SPDX-License-Identifier: Apache-2.0
#include "client/owner_rules.hpp"

#include <algorithm>

#include "client/toml.hpp"

namespace mc::client {
namespace {

constexpr std::string_view kWhat = "owner's rules";

Result<std::uint32_t> count_of(const toml::node& node, std::string_view key) {
  const auto number = node.value_exact<std::int64_t>();
  if (number && *number >= 0 && *number <= UINT32_MAX) return static_cast<std::uint32_t>(*number);
  return fail(Code::kInvalidArgument,
              std::string(kWhat) + ", " + std::string(key) + ": it must be a whole number from 0 on");
}

}  // namespace

Result<data::OwnerRules> owner_rules_from_toml(std::string_view text) {
  if (text.size() > kOwnerRulesBytesMax) {
    return fail(Code::kLimit, std::string(kWhat) + ": " + std::to_string(text.size()) +
                                  " bytes are over the limit of " + std::to_string(kOwnerRulesBytesMax));
  }
  MC_TRY(const toml::table table, parse_toml(text, kWhat));
  data::OwnerRules rules;
  for (const auto& [key, node] : table) {
    std::uint32_t* rule = nullptr;
    if (key.str() == "minimum_cohort") rule = &rules.minimum_cohort;
    if (key.str() == "suppress_below") rule = &rules.suppress_below;
    if (key.str() == "largest_share") rule = &rules.largest_share;
    if (rule == nullptr) {
      return fail(Code::kInvalidArgument, std::string(kWhat) + ", " + std::string(key.str().substr(0, 40)) +
                                              ": there is no such rule; offered: minimum_cohort, suppress_below, "
                                              "largest_share");
    }
    MC_TRY(*rule, count_of(node, key.str()));
  }
  MC_TRY_STATUS(data::check_owner_rules(rules));
  if (rules.none()) return fail(Code::kInvalidArgument, std::string(kWhat) + ": they demand nothing");
  return rules;
}

Result<query::RulesInForce> rules_in_force(const CommonsDocument& document, const governance::StudyProposal& study,
                                           const DatasetView& view) {
  if (document.exact) return query::RulesInForce{};
  MC_TRY(const query::DisclosureRules commons, query::disclosure_preset(document.disclosure));
  query::DisclosureRules asked;
  asked.cohort_min = std::max(study.minimum_cohort, study.suppress_below);
  asked.cell_min = study.suppress_below;
  const query::Demand sites[] = {{"the commons", commons}, {"the study", asked}};
  std::vector<query::Demand> owners;
  for (std::size_t i = 0; i < view.manifests.size(); ++i) {
    const data::OwnerRules& rules = view.manifests[i].rules;
    if (!rules.none()) owners.push_back({view.owners[i].owner, query::demanded_by(rules)});
  }
  return query::rules_in_force(sites, owners, view.owners);
}

std::string ignored_rules(const CommonsDocument& document, const DatasetView& view) {
  const auto owners =
      std::ranges::count_if(view.manifests, [](const data::Manifest& manifest) { return !manifest.rules.none(); });
  if (!document.exact || owners == 0) return {};
  return "the rules of " + std::to_string(owners) + (owners == 1 ? " owner" : " owners") +
         " are not applied: this commons is founded as exact";
}

}  // namespace mc::client
