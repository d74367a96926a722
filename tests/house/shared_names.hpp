// SPDX-License-Identifier: Apache-2.0
// Tests of a room are compiled in groups of files, whose anonymous namespaces are one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/house/source_tree.hpp"

namespace mc::house {

/// What a line at the left margin of an anonymous namespace declares, a type, a function or a variable; empty if
/// nothing, if a test, or a member of something declared before.
std::string declared_name(std::string_view line);

/// Names that the anonymous namespaces of two tests of a room share, and macros of tests: any two files of a room may
/// come to be compiled in one group.
std::vector<Finding> check_shared_names(const std::vector<SourceFile>& files);

}  // namespace mc::house
