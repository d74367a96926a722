// SPDX-License-Identifier: Apache-2.0
// Stops the process on our own bugs. Bad input, a bad peer or a bad disk is never a check: it is a Result.
#pragma once

namespace mc {

/// Prints "file:line: check failed: expression" to standard error and aborts. Never prints values (they may be secret).
[[noreturn]] void check_failed(const char* file, int line, const char* expression) noexcept;

}  // namespace mc

#define MC_CHECK(expression)                               \
  do {                                                     \
    if (!(expression)) [[unlikely]]                        \
      ::mc::check_failed(__FILE__, __LINE__, #expression); \
  } while (false)

#ifdef NDEBUG
#define MC_DCHECK(expression) \
  do {                        \
  } while (false)
#else
#define MC_DCHECK(expression) MC_CHECK(expression)
#endif
