// SPDX-License-Identifier: Apache-2.0
// The repository as text: its files without build outputs, and C++ without comments and literals.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mc::house {

struct SourceFile {
  std::string path;  // relative to the root, '/' between folders
  std::string text;
};

struct Finding {
  std::string path;
  std::size_t line = 0;  // from 1; 0 when the file as a whole is meant
  std::string message;
};

/// Every text file a person wrote, in ascending order of path. Left out: hidden folders except .ci, build trees,
/// node_modules, compiler outputs in contracts/, and files over 4 MiB.
std::vector<SourceFile> source_files(const std::filesystem::path& root);

/// C++ with comments, string and character literals replaced by spaces; lines keep their numbers.
std::string code_only(std::string_view text);

std::vector<std::string_view> lines_of(std::string_view text);
std::vector<std::string> words_of(std::string_view line);
bool is_cpp(std::string_view path);

/// "path:line: message" for each, one a line.
std::string report(const std::vector<Finding>& findings);

}  // namespace mc::house
