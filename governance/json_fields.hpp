// SPDX-License-Identifier: Apache-2.0
// Fields of an Ethereum JSON-RPC reply (execution-apis, schemas/base-types): quantities and byte strings are
// hexadecimal text with one accepted form each. Every reply is untrusted.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "governance/address.hpp"
#include "governance/rlp.hpp"

namespace mc::governance {

/// "0x1a": no leading zero, at most 128 bits. kCorrupt otherwise, naming `what`.
Result<Wei> json_quantity(const nlohmann::json& value, std::string_view what);
/// A quantity of at most 64 bits.
Result<std::uint64_t> json_u64(const nlohmann::json& value, std::string_view what);
Result<Bytes> json_bytes(const nlohmann::json& value, std::string_view what);
Result<Hash256> json_hash(const nlohmann::json& value, std::string_view what);
Result<Address> json_address(const nlohmann::json& value, std::string_view what);
/// The member called `name`, or null when `object` is no object or has none.
const nlohmann::json& json_member(const nlohmann::json& object, const char* name);

std::string quantity_text(Wei value);
std::string bytes_text(ByteView bytes);

}  // namespace mc::governance
