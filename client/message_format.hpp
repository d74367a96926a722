// SPDX-License-Identifier: Apache-2.0
// The word with which every call and reply of this room begins: what it is, and in which version.
#pragma once

#include <string>
#include <string_view>

#include "base/codec.hpp"

namespace mc::client {

/// kCorrupt unless the next text is `wanted`, such as "medcommons/release-call/2".
inline Status expect_format(Reader& reader, std::string_view wanted) {
  MC_TRY(const std::string format, reader.text(64));
  if (format != wanted) return fail(reader.error("is not " + std::string(wanted)));
  return {};
}

}  // namespace mc::client
