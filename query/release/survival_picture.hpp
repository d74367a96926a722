// SPDX-License-Identifier: Apache-2.0
// Survival curves to look at: steps with their intervals, marks where somebody was censored, and below the axis how
// many were at risk, which is what a clinician reads first.
#pragma once

#include <span>
#include <string>

#include "query/release/survival.hpp"

namespace mc::query {

/// For a terminal: lines of plain characters, one mark per stratum; at most eight strata are drawn.
std::string survival_text_plot(std::span<const SurvivalStratum> strata);

/// A drawing by itself (SVG 1.1, no script, no external reference); `title` and names are escaped.
///   `subtitle`  stands below the title, the log-rank test for example; may be empty
std::string survival_svg(std::span<const SurvivalStratum> strata, const std::string& title,
                         const std::string& subtitle);

/// Round numbers from 0 to at least `end`, four to seven of them.
std::vector<double> axis_ticks(double end);

}  // namespace mc::query
