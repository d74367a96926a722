// SPDX-License-Identifier: Apache-2.0
// Texts of a small file hardly recur, so its own proposal takes them for names and does not seal them; and what one
// owner does not seal nobody does. Where files are looked at together, a column whose values in one file are categories
// in the others has them there too: that names nothing which the others do not name.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "data/record/csv.hpp"
#include "data/schema/schema.hpp"

namespace mc::data {

/// By name of the column, the distinct values of texts that a proposal does not name. No row names and no columns
/// called like identifiers; none with more values than a category may have.
using UnnamedTexts = std::map<std::string, std::set<std::string>, std::less<>>;

///   range   `proposal` is what `infer` made of `table`
UnnamedTexts unnamed_texts(const Table& table, const Schema& proposal);

/// Names what the others name, in the proposals. Returns a sentence for each column that has categories in one of them
/// and stays unsealed because of another, with what to do.
///   range   one of `texts` for each proposal
std::vector<std::string> name_known_categories(std::span<Schema> proposals, std::span<const UnnamedTexts> texts);

}  // namespace mc::data
