// SPDX-License-Identifier: Apache-2.0
#include "governance/json_fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mc::governance {
namespace {

tl::unexpected<Error> not_a(std::string_view what, std::string_view kind) {
  return fail(Code::kCorrupt, "the chain's reply has no " + std::string(kind) + " as " + std::string(what));
}

const std::string* hexadecimal(const nlohmann::json& value) {
  const auto* text = value.get_ptr<const std::string*>();
  return text != nullptr && text->starts_with("0x") ? text : nullptr;
}

}  // namespace

Result<Wei> json_quantity(const nlohmann::json& value, std::string_view what) {
  const std::string* text = hexadecimal(value);
  if (text == nullptr || text->size() < 3 || text->size() > 34 || (text->size() > 3 && (*text)[2] == '0')) {
    return not_a(what, "128-bit quantity");
  }
  Wei out = 0;
  for (const char c : std::string_view(*text).substr(2)) {
    const std::string_view digits = "0123456789abcdef";
    const std::size_t digit = digits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
    if (digit == std::string_view::npos) return not_a(what, "quantity");
    out = out << 4 | digit;
  }
  return out;
}

Result<std::uint64_t> json_u64(const nlohmann::json& value, std::string_view what) {
  MC_TRY(const Wei quantity, json_quantity(value, what));
  if (quantity > UINT64_MAX) return not_a(what, "64-bit quantity");
  return static_cast<std::uint64_t>(quantity);
}

Result<Bytes> json_bytes(const nlohmann::json& value, std::string_view what) {
  const std::string* text = hexadecimal(value);
  if (text == nullptr) return not_a(what, "byte string");
  Result<Bytes> bytes = from_hex(*text);
  if (!bytes) return not_a(what, "byte string");
  return bytes;
}

Result<Hash256> json_hash(const nlohmann::json& value, std::string_view what) {
  MC_TRY(const Bytes bytes, json_bytes(value, what));
  Hash256 hash;
  if (bytes.size() != hash.bytes.size()) return not_a(what, "32-byte hash");
  std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
  return hash;
}

Result<Address> json_address(const nlohmann::json& value, std::string_view what) {
  MC_TRY(const Bytes bytes, json_bytes(value, what));
  Address address;
  if (bytes.size() != address.bytes.size()) return not_a(what, "20-byte address");
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return address;
}

const nlohmann::json& json_member(const nlohmann::json& object, const char* name) {
  static const nlohmann::json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::string quantity_text(Wei value) {
  std::string digits;
  do {
    digits.push_back("0123456789abcdef"[static_cast<unsigned>(value & 15)]);
    value >>= 4;
  } while (value != 0);
  std::reverse(digits.begin(), digits.end());
  return "0x" + digits;
}

std::string bytes_text(ByteView bytes) {
  return "0x" + to_hex(bytes);
}

}  // namespace mc::governance
