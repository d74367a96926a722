// SPDX-License-Identifier: Apache-2.0
#include "tests/house/source_tree.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace mc::house {
namespace {

constexpr std::uintmax_t kFileBytesMax = 4u << 20;

bool is_left_out(const std::filesystem::path& relative) {
  const std::string name = relative.filename().string();
  const std::string path = relative.generic_string();
  if (path == ".ci") return false;
  return name.front() == '.' || name == "node_modules" || path == "build" || path == "contracts/out" ||
         path == "contracts/cache";
}

// Length of the literal or comment that begins at `at`, 0 when none does. An unfinished one reaches to the end.
std::size_t length_of_non_code(std::string_view text, std::size_t at) {
  const auto until = [&](std::string_view end, std::size_t from) {
    const std::size_t found = text.find(end, from);
    return (found == std::string_view::npos ? text.size() : found + end.size()) - at;
  };
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) {
    const std::size_t found = text.find('\n', at);
    return (found == std::string_view::npos ? text.size() : found) - at;
  }
  if (rest.starts_with("/*")) return until("*/", at + 2);
  if (rest.starts_with("R\"")) {
    const std::size_t open = text.find('(', at);
    if (open == std::string_view::npos) return text.size() - at;
    return until(")" + std::string(text.substr(at + 2, open - at - 2)) + "\"", open);
  }
  const char quote = rest.front();
  if (quote != '"' && quote != '\'') return 0;
  // 1'000 is a number, not a character.
  if (quote == '\'' && at > 0 && std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0) return 0;
  for (std::size_t end = at + 1; end < text.size(); ++end) {
    if (text[end] == '\\') {
      ++end;
    } else if (text[end] == quote || text[end] == '\n') {
      return end + 1 - at;
    }
  }
  return text.size() - at;
}

}  // namespace

std::vector<SourceFile> source_files(const std::filesystem::path& root) {
  std::vector<SourceFile> files;
  std::filesystem::recursive_directory_iterator entry(root);
  for (; entry != std::filesystem::recursive_directory_iterator(); ++entry) {
    const std::filesystem::path relative = entry->path().lexically_relative(root);
    if (is_left_out(relative)) {
      if (entry->is_directory()) entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file() || entry->file_size() > kFileBytesMax) continue;
    std::ifstream in(entry->path(), std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (text.find('\0') != std::string::npos) continue;  // not text
    files.push_back({relative.generic_string(), std::move(text)});
  }
  std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

std::string code_only(std::string_view text) {
  std::string code(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = length_of_non_code(text, at);
    for (std::size_t i = at; i < at + length; ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
    at += std::max<std::size_t>(length, 1);
  }
  return code;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<std::string> words_of(std::string_view line) {
  std::istringstream in{std::string(line)};
  return {std::istream_iterator<std::string>(in), std::istream_iterator<std::string>()};
}

bool is_cpp(std::string_view path) {
  return path.ends_with(".cpp") || path.ends_with(".hpp");
}

std::string report(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += finding.path;
    if (finding.line != 0) text += ":" + std::to_string(finding.line);
    text += ": " + finding.message + "\n";
  }
  return text;
}

}  // namespace mc::house
