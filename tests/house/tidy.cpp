// SPDX-License-Identifier: Apache-2.0
#include "tests/house/tidy.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

namespace mc::house {
namespace {

constexpr std::string_view kLicence = "SPDX-License-Identifier: Apache-2.0";

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_test_folder(std::string_view path) {
  return path.starts_with("tests/") || path.starts_with("bench/");
}

bool is_program_text(const SourceFile& file) {
  static constexpr std::array<std::string_view, 14> kEndings = {".cpp", ".hpp", ".c",  ".h", ".sol", ".mjs",   ".js",
                                                                ".ts",  ".tsx", ".sh", ".R", ".jq",  ".cmake", ".awk"};
  const std::string_view name = file_name(file.path);
  return name == "CMakeLists.txt" || name == "Makefile" || file.text.starts_with("#!") ||
         std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) { return name.ends_with(ending); });
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
  for (std::size_t at = text.find(word, from); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word_character(text[at - 1])) && (end == text.size() || !is_word_character(text[end])))
      return at;
  }
  return std::string_view::npos;
}

// "https://host/..." -> host; empty when the host is put together at run time or is only a pattern.
std::string host_at(std::string_view line, std::size_t after_scheme) {
  std::size_t end = after_scheme;
  while (end < line.size() && (is_word_character(line[end]) || line[end] == '.' || line[end] == '-')) ++end;
  std::string host(line.substr(after_scheme, end - after_scheme));
  while (!host.empty() && host.back() == '.') host.pop_back();
  return host;
}

void check_hosts(const TidyRules& rules, const SourceFile& file, std::string_view line, std::size_t number,
                 std::vector<Finding>& findings) {
  for (std::size_t at = line.find("://"); at != std::string_view::npos; at = line.find("://", at + 3)) {
    const std::string host = host_at(line, at + 3);
    const bool is_address = host.find('.') != std::string::npos;
    if (is_address && !rules.hosts.contains(host)) {
      findings.push_back({file.path, number, "names the host " + host + ", which is not in tests/house/tidy.txt"});
    }
  }
}

// kernels_scalar.cpp is tested by kernels_scalar_test.cpp or, as a part of kernels, by kernels_test.cpp.
bool has_test_beside(const std::string& source, const std::set<std::string, std::less<>>& paths) {
  const std::size_t folder_end = source.rfind('/');
  std::string stem = source.substr(0, source.size() - 4);
  for (;;) {
    if (paths.contains(stem + "_test.cpp")) return true;
    const std::size_t part = stem.rfind('_');
    if (part == std::string::npos || part < folder_end) return false;
    stem.resize(part);
  }
}

// Folders that many machines share: naming one gives nothing away.
bool is_shared_folder(const std::string& folder) {
  static const std::set<std::string> kShared = {"/",    "/home",    "/root", "/mnt",     "/opt",
                                                "/srv", "/usr/src", "/tmp",  "/var/tmp", "/usr/local/src"};
  return kShared.contains(folder);
}

std::vector<std::string> paths_of_this_machine(const std::string& checkout) {
  std::vector<std::string> paths;
  if (checkout.empty() || is_shared_folder(checkout)) return paths;
  const std::string parent = std::filesystem::path(checkout).parent_path().string();
  paths.push_back(checkout + "/");
  if (!is_shared_folder(parent)) paths.push_back(parent + "/");
  return paths;
}

}  // namespace

TidyRules read_tidy_rules(std::string_view text, std::vector<Finding>& findings) {
  TidyRules rules;
  std::size_t number = 0;
  for (std::string_view line : lines_of(text)) {
    ++number;
    const std::vector<std::string> words = words_of(line.substr(0, line.find('#')));
    if (words.empty()) continue;
    std::string reason;
    for (std::size_t i = 2; i < words.size(); ++i) reason += (i == 2 ? "" : " ") + words[i];
    if (words[0] == "host" && words.size() == 2) {
      rules.hosts.insert(words[1]);
    } else if (words[0] == "untested" && !reason.empty()) {
      rules.untested[words[1]] = reason;
    } else if (words[0] == "long" && !reason.empty()) {
      rules.long_files[words[1]] = reason;
    } else if (words[0] == "throws" && !reason.empty()) {
      rules.throwing[words[1]] = reason;
    } else {
      findings.push_back({"tests/house/tidy.txt", number, "cannot be read, or gives no reason: " + std::string(line)});
    }
  }
  return rules;
}

std::vector<Finding> check_licence_line(const std::vector<SourceFile>& files) {
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    if (!is_program_text(file)) continue;
    const std::vector<std::string_view> lines = lines_of(file.text);
    const std::size_t expected = file.text.starts_with("#!") ? 1 : 0;
    if (lines.size() <= expected || lines[expected].find(kLicence) == std::string_view::npos) {
      findings.push_back({file.path, expected + 1, "has no line \"" + std::string(kLicence) + "\" here"});
    }
  }
  return findings;
}

std::vector<Finding> check_names(const std::vector<SourceFile>& files) {
  static const std::set<std::string, std::less<>> kForbidden = {"util",    "utils",    "helper", "helpers",
                                                                "manager", "managers", "common", "misc"};
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    std::string word;
    for (const char c : file.path + "/") {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
        word += c;
        continue;
      }
      if (kForbidden.contains(word)) findings.push_back({file.path, 0, "\"" + word + "\" in a name says nothing"});
      word.clear();
    }
  }
  return findings;
}

std::vector<Finding> check_length(const TidyRules& rules, const std::vector<SourceFile>& files) {
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    const std::size_t lines = lines_of(file.text).size();
    if (is_program_text(file) && lines > kFileLinesMax && !rules.long_files.contains(file.path)) {
      findings.push_back({file.path, 0,
                          "has " + std::to_string(lines) + " lines, more than " + std::to_string(kFileLinesMax) +
                              "; split it or say why in tests/house/tidy.txt"});
    }
  }
  return findings;
}

std::vector<Finding> check_unfinished_marks(const std::vector<SourceFile>& files) {
  // Written apart, so that this file does not find itself.
  static const std::array<std::string, 4> kMarks = {std::string("TO") + "DO", std::string("FIX") + "ME",
                                                    std::string("XX") + "X", std::string("HA") + "CK"};
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    if (file.path.ends_with("package-lock.json")) continue;
    std::size_t number = 0;
    for (std::string_view line : lines_of(file.text)) {
      ++number;
      for (const std::string& mark : kMarks) {
        if (find_word(line, mark) != std::string_view::npos)
          findings.push_back({file.path, number, "is marked " + mark});
      }
    }
  }
  return findings;
}

std::vector<Finding> check_exceptions(const TidyRules& rules, const std::vector<SourceFile>& files) {
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    if (!is_cpp(file.path) || file.path.ends_with("_test.cpp") || is_test_folder(file.path)) continue;
    if (rules.throwing.contains(file.path)) continue;
    std::size_t number = 0;
    const std::string code = code_only(file.text);
    for (std::string_view line : lines_of(code)) {
      ++number;
      if (find_word(line, "throw") != std::string_view::npos) {
        findings.push_back({file.path, number, "throws; bad input is a Result, a bug of ours an MC_CHECK"});
      }
    }
  }
  return findings;
}

std::vector<Finding> check_addresses(const TidyRules& rules, const std::vector<SourceFile>& files) {
  std::vector<Finding> findings;
  const std::vector<std::string> machine_paths = paths_of_this_machine(rules.checkout);
  for (const SourceFile& file : files) {
    const bool is_lock = file.path.ends_with("package-lock.json");
    std::size_t number = 0;
    for (std::string_view line : lines_of(file.text)) {
      ++number;
      if (is_lock && line.find("\"resolved\": \"http") != std::string_view::npos) {
        findings.push_back(
            {file.path, number, "carries a download address (.npmrc: omit-lockfile-registry-resolved=true)"});
      }
      if (!is_lock) check_hosts(rules, file, line, number, findings);
      for (const std::string& path : machine_paths) {
        if (line.find(path) != std::string_view::npos) {
          findings.push_back({file.path, number, "names a folder of one machine, " + path});
        }
      }
    }
  }
  return findings;
}

std::vector<Finding> check_tested(const TidyRules& rules, const std::vector<SourceFile>& files) {
  std::set<std::string, std::less<>> paths;
  for (const SourceFile& file : files) paths.insert(file.path);
  std::vector<Finding> findings;
  for (const std::string& path : paths) {
    const bool is_source = path.ends_with(".cpp") && !is_test_folder(path) && path.find('/') != std::string::npos;
    if (!is_source || path.ends_with("_test.cpp") || path.ends_with("_fuzz.cpp") || path.ends_with("_bench.cpp"))
      continue;
    const bool has_test = has_test_beside(path, paths);
    const bool is_excused = rules.untested.contains(path);
    if (!has_test && !is_excused)
      findings.push_back({path, 0, "has no test beside it and no reason in tests/house/tidy.txt"});
    if (has_test && is_excused)
      findings.push_back({path, 0, "is excused in tests/house/tidy.txt although it has a test"});
  }
  for (const auto& [path, reason] : rules.untested) {
    if (!paths.contains(path)) findings.push_back({path, 0, "is excused in tests/house/tidy.txt but does not exist"});
  }
  return findings;
}

}  // namespace mc::house
