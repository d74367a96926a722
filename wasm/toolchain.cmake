# SPDX-License-Identifier: Apache-2.0
# Debian's clang for WebAssembly, one thread, no exceptions. The compiler's own vectoriser stays off: it breaks 128-bit
# sums of scalar code into vectors, which engines translate poorly.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER clang-22)
set(CMAKE_CXX_COMPILER clang++-22)
set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_SYSROOT /usr)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_CXX_FLAGS_INIT "-Wno-deprecated -fno-exceptions -msimd128 -fno-vectorize -fno-slp-vectorize")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wno-deprecated -mexec-model=reactor")
