// SPDX-License-Identifier: Apache-2.0
// How the command line names a use of data: a DUO purpose, a disease, DUO modifiers.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "governance/data_use.hpp"

namespace mc::cli {

struct DataUseOptions {
  std::string purpose, disease;
  std::vector<std::string> modifiers;
};

/// --purpose and --disease.
void add_purpose_options(CLI::App& verb, DataUseOptions& options);

/// What the options say; a purpose that is not named is `otherwise`, or DS when a disease is.
///   errors  kParse, kUnsupported, kInvalidArgument: a use that does not exist
Result<governance::DataUse> data_use_of(const DataUseOptions& options, std::uint32_t otherwise);

}  // namespace mc::cli
