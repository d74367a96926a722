// SPDX-License-Identifier: Apache-2.0
// One line per event on standard error, which a role process has as its log file. Never a body, a key or a record.
// Thread-safe and safe between processes: a line is one write.
#pragma once

#include <string_view>

namespace mc::node {

enum class LogLevel { kInfo, kWarning, kError };

/// Names this process in its lines ("custodian-2"). Call once, before threads start.
void set_log_name(std::string_view name);

/// "2026-01-31T12:00:00.123Z info custodian-2: share released for answer 3". Control characters of `sentence` are
/// escaped, so that no peer can forge a line.
void log_event(LogLevel level, std::string_view sentence);

inline void log_info(std::string_view sentence) {
  log_event(LogLevel::kInfo, sentence);
}
inline void log_warning(std::string_view sentence) {
  log_event(LogLevel::kWarning, sentence);
}
inline void log_error(std::string_view sentence) {
  log_event(LogLevel::kError, sentence);
}

}  // namespace mc::node
