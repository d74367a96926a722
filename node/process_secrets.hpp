// SPDX-License-Identifier: Apache-2.0
// Keeps the memory of a process that holds secrets away from disks and debuggers.
#pragma once

#include <span>

#include "base/bytes.hpp"

namespace mc::node {

/// No core dump of this process, and no other process of the same user may read its memory (Linux: not dumpable). Call
/// it before any secret is read.
Status forbid_core_dumps();

/// Keeps the pages of these bytes from being written to swap, for the life of the process.
///   errors  kLimit naming what is needed and what RLIMIT_MEMLOCK allows; kIo
Status lock_memory(std::span<const ByteView> secrets);

}  // namespace mc::node
