// SPDX-License-Identifier: Apache-2.0
// Declaring histories: which functions of a person's events are sealed as columns, and so can be asked for. The bounds
// of every such column follow from its series, so that no owner can make one event weigh more than another.
#pragma once

#include <vector>

#include "data/schema/schema.hpp"

namespace mc::data {

/// The column that a history of this series is.
///   latest, first, highest, lowest   type, unit, range, step, categories and edges of the series' values
///   n_events                         0 up to the series' `most`; categories while those are few
///   had                              0/1
///   first_time, time_to              range and unit of the series' times; time_to begins at 0
///   errors  kInvalidArgument when the series has no values (no numbers, for highest and lowest), when nobody has one,
///           or no end of observation for time_to, which takes no window
Result<Column> history_column(const Series& series, const History& history);

/// Adds the column to the schema.
///   errors  as above; kNotFound for an unknown series; kConflict when it is there already
Status declare_history(Schema& schema, const History& history);

/// What is declared for a series where nobody says otherwise: latest, first and n_events of values; had, n_events and
/// first_time of others, and time_to where observation has an end.
std::vector<History> usual_histories(const Series& series);

}  // namespace mc::data
