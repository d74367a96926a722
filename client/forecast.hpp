// SPDX-License-Identifier: Apache-2.0
// What a question will take and be worth in a commons as it is now: time, digits, privacy. Nothing is asked of anybody
// for it but the public records.
#pragma once

#include <optional>
#include <string>

#include "client/commons_document.hpp"
#include "client/custodian_health.hpp"
#include "client/public_records.hpp"
#include "client/time_estimate.hpp"

namespace mc::client {

/// What of the data set a computation over this view meets.
query::DataExtent extent_of(const DatasetView& view, std::size_t slot_count);

struct Forecast {
  std::uint64_t persons = 0;  // who consent
  query::DataExtent extent;
  query::PlanWork work;
  double seconds = 0;
  /// Certain decimal digits of a released sum that is as large as the number of persons: the worst of all sums. Of a
  /// training plan nothing, of a guarded commons only what the noise leaves.
  std::optional<int> digits;
  /// Of a guarded commons: what is debited for `rho_nano`, and the deviation of the noise on a count, in persons.
  std::uint64_t rho_nano = 0;
  double count_deviation = 0;
};

/// `rho_nano`: what a guarded commons may charge; 0 elsewhere.
///   errors  kRefused when nobody consents; release_bounds' and guarded_noise's
Result<Forecast> foresee(const query::Plan& plan, const DatasetView& view, const CommonsDocument& document,
                         const fhe::ParamsPtr& params, std::uint64_t rho_nano, const Workplace& place);

/// As EXPLAIN prints it: lines that end with a newline. `awaited`: uploads that custodians have still to check.
std::string forecast_text(const Forecast& forecast, const CommonsDocument& document, bool is_run,
                          const UploadsAwaited& awaited = {});

}  // namespace mc::client
