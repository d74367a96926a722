// SPDX-License-Identifier: Apache-2.0
// Symbols that the C and C++ libraries of the module leave to whoever links it.
#include <cstdint>

extern "C" {
// The C library was built with stack protectors.
std::uintptr_t __stack_chk_guard = 0x6D63'0AFF;
[[noreturn]] void __stack_chk_fail() {
  __builtin_trap();
}
// The one thread ends with the module, and then nobody is left to run destructors of what is local to it.
int __cxa_thread_atexit(void (*)(void*), void*, void*) {
  return 0;
}
}
