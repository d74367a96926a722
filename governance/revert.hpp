// SPDX-License-Identifier: Apache-2.0
// What our contracts say when they refuse, as one sentence a person can act on.
#pragma once

#include <string_view>

#include "base/bytes.hpp"

namespace mc::governance {

/// The refusal behind the bytes of a revert: the custom error's name and values in a sentence.
///   errors  kRefused mostly; kConflict where it exists already, kNotFound where it does not, kInvalidArgument for a
///           value that cannot be meant; unknown bytes become kRefused with their hexadecimal form
Error revert_error(ByteView data);

/// True when `signature` ("NotAMember(address)") has a sentence of its own.
bool has_revert_sentence(std::string_view signature);

}  // namespace mc::governance
