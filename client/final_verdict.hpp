// SPDX-License-Identifier: Apache-2.0
// What is said of bytes that hash to the name under which somebody published them.
#pragma once

#include <utility>

#include "base/result.hpp"

namespace mc::client {

/// The bytes are those that were named: whatever is wrong with them stays wrong, so that any error becomes kRefused.
template <class T>
Result<T> final_verdict(Result<T>&& result) {
  if (result) return std::move(result);
  return fail(Code::kRefused, result.error().message);
}

}  // namespace mc::client
