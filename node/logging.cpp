// SPDX-License-Identifier: Apache-2.0
#include "node/logging.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <string>

#include "node/limits.hpp"

namespace mc::node {
namespace {

std::string& log_name() {
  static std::string name = "medcommons";
  return name;
}

std::string_view level_word(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

std::string utc_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1'000'000);
}

}  // namespace

void set_log_name(std::string_view name) {
  log_name() = name;
}

void log_event(LogLevel level, std::string_view sentence) {
  std::string line = fmt::format("{} {} {}: ", utc_now(), level_word(level), log_name());
  for (const char c : sentence) {
    if (line.size() + 8 > kLogLineBytesMax) break;
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      line.push_back(c);
    }
  }
  line.push_back('\n');
  // One write to a file opened for appending is never interleaved with another process's; a full disk must not stop a
  // node.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace mc::node
