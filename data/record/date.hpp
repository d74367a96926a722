// SPDX-License-Identifier: Apache-2.0
// Calendar dates as registries, OMOP tables and FHIR resources write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mc::data {

/// Days from 1970-01-01 to a date YYYY-MM-DD of the Gregorian calendar. A time of day behind it, after T or a blank, is
/// read over: a day is as fine as histories are told. Nothing when the text is anything else: 2015-02-30, 2015-02.
///   source  ISO 8601-1; HL7 FHIR R5, dateTime
std::optional<std::int64_t> days_of_date(std::string_view text);

}  // namespace mc::data
