// SPDX-License-Identifier: Apache-2.0
// The compiled contracts inside the executable. contracts/build.mjs writes the definitions from contracts/src.
#pragma once

#include <span>
#include <string_view>

namespace mc::governance {

/// Creation code in hexadecimal without prefix; constructor arguments are appended to it.
std::string_view membership_bytecode();
std::string_view studies_bytecode();
std::string_view ledger_bytecode();

/// Signatures of every custom error the three contracts can revert with, sorted: "NotAMember(address)".
std::span<const std::string_view> contract_error_signatures();

}  // namespace mc::governance
