// SPDX-License-Identifier: Apache-2.0
#include "cli/data_use_options.hpp"

#include "governance/diseases.hpp"
#include "governance/duo.hpp"

namespace mc::cli {

void add_purpose_options(CLI::App& verb, DataUseOptions& options) {
  verb.add_option("--purpose", options.purpose, "DUO code or abbreviation (default: the commons' purpose, GRU)");
  verb.add_option("--disease", options.disease, "for purpose DS: a Mondo number or name, as MONDO:0005252");
}

Result<governance::DataUse> data_use_of(const DataUseOptions& options, std::uint32_t otherwise) {
  governance::DataUse use = options.disease.empty() ? otherwise : governance::kDiseaseSpecific;
  if (!options.purpose.empty()) {
    MC_TRY(const governance::DuoPurpose purpose, governance::duo_purpose_from_text(options.purpose));
    use.purpose = purpose.code;
  }
  if (!options.disease.empty()) {
    MC_TRY(const governance::Disease disease, governance::disease_from_text(options.disease));
    use.disease = disease.number;
  }
  for (const std::string& text : options.modifiers) {
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

}  // namespace mc::cli
