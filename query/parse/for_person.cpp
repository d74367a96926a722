// SPDX-License-Identifier: Apache-2.0
#include "query/parse/for_person.hpp"

#include <algorithm>

#include "query/parse/parser.hpp"

namespace mc::query {
namespace {

auto refuse(const Position& at, const std::string& what) {
  return fail(Code::kUnsupported, at.text() + ": not offered: " + what +
                                      " FOR PERSON; ask for sum, avg or count of a "
                                      "column or a risk_score, of her alone");
}

bool is_of_one_record(const SelectItem& item) {
  return item.statistic == Statistic::kSum || item.statistic == Statistic::kAverage ||
         item.statistic == Statistic::kCount || item.statistic == Statistic::kCountRows;
}

}  // namespace

Result<ForPerson> for_person_of(std::string_view person, std::string_view signature) {
  ForPerson result;
  const auto name = hash_from_hex(person);
  if (!name || person.size() != 64) {
    return fail(Code::kParse, "a person is named by the 64 hexadecimal digits of her consent leaf");
  }
  result.person = *name;
  const auto bytes = from_hex(signature);
  if (!bytes || bytes->size() != result.signature.size()) {
    return fail(Code::kParse, "a person's signature has 130 hexadecimal digits");
  }
  std::copy(bytes->begin(), bytes->end(), result.signature.begin());
  return result;
}

std::string for_person_sql(const ForPerson& person) {
  return " FOR PERSON '" + person.person.hex() + "' SIGNED '" + to_hex(person.signature) + "'";
}

Status check_for_person(const Query& query) {
  if (!query.person) return {};
  if (query.where) return refuse(query.where->at, "WHERE");
  if (!query.group_by.empty()) return refuse(query.group_by.front().at, "GROUP BY");
  for (const SelectItem& item : query.items) {
    if (!is_of_one_record(item)) {
      const std::string_view name = aggregate_name(item.statistic);
      return refuse(item.at, name.empty() ? "a bare column" : std::string(name));
    }
  }
  return {};
}

std::optional<ForPerson> for_person_in(std::string_view sql) {
  if (sql.find(" FOR PERSON ") == std::string_view::npos) return std::nullopt;
  const auto query = parse(sql);
  return query ? query->person : std::nullopt;
}

}  // namespace mc::query
