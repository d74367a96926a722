// SPDX-License-Identifier: Apache-2.0
// For tests: the made-up clinic whose models R computed (models/make.R).
#pragma once

#include <string>

#include "base/file.hpp"
#include "data/packing/cohort.hpp"
#include "data/record/csv.hpp"
#include "data/schema/schema.hpp"

namespace mc::query::testing {

/// What R was given and what it said about it: make.R and predict.R.
inline const std::string kModelsFolder = MC_SOURCE_DIR "/query/testing/models/";

inline data::Cohort models_clinic() {
  const data::Schema schema =
      data::schema_from_json(read_text_file(kModelsFolder + "schema.json", 1 << 20).value_or_stop()).value_or_stop();
  return data::Cohort::parse(data::read_csv_file(kModelsFolder + "clinic.csv").value_or_stop(), schema).value_or_stop();
}

}  // namespace mc::query::testing
