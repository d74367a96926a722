// SPDX-License-Identifier: Apache-2.0
// A study as its proposer writes it down: study.toml (docs/studies.md). Strict: an unknown key is refused, for it would
// be something that she believes to have said.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "governance/data_use.hpp"

namespace mc::client {

inline constexpr std::size_t kStudyFileBytesMax = std::size_t{256} << 10;
inline constexpr std::size_t kStudyPlansMax = 256;

/// What a study allows, as its proposer words it.
struct StudyRequest {
  std::string title;             // public, as everything but `sensitive`
  std::vector<std::string> sql;  // the questions, each becomes an allowed plan
  std::vector<Hash256> plans;    // more of them by hash
  governance::DataUse use = 42;  // its modifiers are the study's undertakings
  std::string standard;          // the ethical standard it keeps to, and who approved it
  std::string code;              // what computes: program and version
  std::uint32_t releases_max = 20;
  std::uint64_t lifetime_s = 30 * 24 * 3600;
  std::uint64_t until_s = 0;    // when it expires, in seconds since 1970; 0: after lifetime_s
  std::uint64_t rho_micro = 0;  // privacy budget in millionths of rho
  std::uint32_t minimum_cohort = 0;
  std::uint32_t suppress_below = 0;
  std::vector<std::pair<std::string, std::string>> sensitive;  // heading, text: encrypted to the members
};

/// Reads study.toml; templates are written out, one question for each combination of their values.
///   errors  kParse with line and reason; kInvalidArgument, kUnsupported with the key; kLimit
Result<StudyRequest> study_request_from_toml(std::string_view text);

/// The epsilon of (epsilon, delta)-differential privacy that a budget in millionths of rho implies, 0 for 0: by the
/// conversion that the privacy of a release is told with (query/release/privacy).
///   range   0 < delta < 1 (MC_CHECK)
double epsilon_of(std::uint64_t rho_micro, double delta);

}  // namespace mc::client
