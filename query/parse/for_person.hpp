// SPDX-License-Identifier: Apache-2.0
// FOR PERSON: a question about one record, whose answer its person alone can read (docs/design/0028). The query names
// the person as her consent leaf does, and carries her signature over the key that the answer is released to; what is
// signed, and by whom, custodians check against the chain.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.hpp"

namespace mc::query {

struct Query;

struct ForPerson {
  Hash256 person;                            // the commitment of her consent leaf
  std::array<std::uint8_t, 65> signature{};  // of her account: r, s, v
  friend bool operator==(const ForPerson&, const ForPerson&) = default;
};

/// The clause from its two texts in quotes.
///   errors  kParse unless they are 64 and 130 hexadecimal digits
Result<ForPerson> for_person_of(std::string_view person, std::string_view signature);
/// " FOR PERSON '…' SIGNED '…'", as canonical SQL has it.
std::string for_person_sql(const ForPerson& person);

/// What may be asked of one record: its own numbers, sum, avg and count of a column or score.
///   errors  kUnsupported with line:column
Status check_for_person(const Query& query);

/// The clause of a text that is canonical SQL or anything else: none unless it parses and has one.
std::optional<ForPerson> for_person_in(std::string_view sql);

}  // namespace mc::query
