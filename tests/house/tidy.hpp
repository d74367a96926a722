// SPDX-License-Identifier: Apache-2.0
// The house rules that a program can check (STYLE: `tidy`). Exceptions stand in tests/house/tidy.txt, each with its
// reason.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/house/source_tree.hpp"

namespace mc::house {

inline constexpr std::size_t kFileLinesMax = 600;

struct TidyRules {
  std::map<std::string, std::string, std::less<>> untested;    // source without a test beside it -> reason
  std::map<std::string, std::string, std::less<>> long_files;  // longer than kFileLinesMax -> reason
  std::map<std::string, std::string, std::less<>> throwing;    // may throw -> reason
  std::set<std::string, std::less<>> hosts;                    // that a URL may name
  std::string checkout;  // absolute path of this checkout, "" to leave that check out
};

TidyRules read_tidy_rules(std::string_view text, std::vector<Finding>& findings);

std::vector<Finding> check_licence_line(const std::vector<SourceFile>& files);
std::vector<Finding> check_names(const std::vector<SourceFile>& files);
std::vector<Finding> check_length(const TidyRules& rules, const std::vector<SourceFile>& files);
std::vector<Finding> check_unfinished_marks(const std::vector<SourceFile>& files);
std::vector<Finding> check_exceptions(const TidyRules& rules, const std::vector<SourceFile>& files);
/// No address but those the rules name, no download address in a lock file, no path of the machine it was written on.
std::vector<Finding> check_addresses(const TidyRules& rules, const std::vector<SourceFile>& files);
/// Every source of a room has a test beside it (a_b.cpp: a_b_test.cpp or a_test.cpp) or a reason, and no reason
/// outlives its file.
std::vector<Finding> check_tested(const TidyRules& rules, const std::vector<SourceFile>& files);

}  // namespace mc::house
