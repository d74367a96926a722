// SPDX-License-Identifier: Apache-2.0
// The C library of the module was built with stack protectors and leaves their two symbols to whoever links it.
#include <cstdint>

extern "C" {
std::uintptr_t __stack_chk_guard = 0x6D63'0AFF;
[[noreturn]] void __stack_chk_fail() {
  __builtin_trap();
}
}
