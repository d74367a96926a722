// SPDX-License-Identifier: Apache-2.0
#include "node/process_secrets.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>

namespace mc::node {

Status forbid_core_dumps() {
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return fail(Code::kIo, std::string("core dumps cannot be switched off: ") + std::strerror(errno));
  }
  return {};
}

Status lock_memory(std::span<const ByteView> secrets) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  std::set<std::uintptr_t> pages;
  for (const ByteView bytes : secrets) {
    if (bytes.empty()) continue;
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
    for (std::uintptr_t at = begin / page; at <= (begin + bytes.size() - 1) / page; ++at) pages.insert(at);
  }
  for (const std::uintptr_t at : pages) {
    if (::mlock(reinterpret_cast<const void*>(at * page), page) == 0) continue;
    const int reason = errno;
    rlimit limit{};
    ::getrlimit(RLIMIT_MEMLOCK, &limit);
    if (reason == ENOMEM || reason == EPERM || reason == EAGAIN) {
      return fail(Code::kLimit, "secrets can be written to swap: " + std::to_string(pages.size() * page) +
                                    " bytes are to be locked into memory, RLIMIT_MEMLOCK allows " +
                                    std::to_string(limit.rlim_cur) + "; raise it with `ulimit -l`");
    }
    return fail(Code::kIo, std::string("memory cannot be locked: ") + std::strerror(reason));
  }
  return {};
}

}  // namespace mc::node
