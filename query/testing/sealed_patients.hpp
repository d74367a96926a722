// SPDX-License-Identifier: Apache-2.0
// For tests of computations that a committee refreshes: random patients of two owners, and their columns sealed under
// the committee's key.
#pragma once

#include <functional>
#include <random>

#include "query/testing/clinic.hpp"
#include "query/testing/committee_run.hpp"

namespace mc::query::testing {

struct SealedPatients {
  struct Choice {
    std::uint64_t seed = 0;
    std::ptrdiff_t beyond_block = 0;  // how many more than a block has slots
    std::size_t north = 200;          // the first owner's; the others are south's
    double missing = 0.25;
    std::uint32_t committee = 1;  // seed of its keys
  };
  /// One person in five does not consent. `change`: what patients are before they are sealed.
  SealedPatients(data::Schema columns, const Choice& choice,
                 const std::function<void(std::vector<Patient>&)>& change = {})
      : schema(std::move(columns)),
        committee(fhe::testing::small_params(), fhe::CommitteeShape::create(3, 2).value_or_stop(), choice.committee) {
    std::mt19937_64 random(choice.seed);
    const auto count =
        static_cast<std::size_t>(static_cast<std::ptrdiff_t>(committee.params->slot_count()) + choice.beyond_block);
    for (std::size_t i = 0; i < count; ++i) patients.push_back(random_patient(schema, random, choice.missing));
    if (change) change(patients);
    fill(vault);
    owners = {{"north", {0, choice.north}, {}}, {"south", {choice.north, count - choice.north}, {}}};
    for (OwnerSlots& owner : owners) {
      for (std::size_t i = 0; i < owner.range.count; ++i) owner.consent.push_back(random() % 5 == 0 ? 0 : 1);
    }
  }
  SealedPatients(const SealedPatients&) = delete;
  SealedPatients& operator=(const SealedPatients&) = delete;

  void fill(TableVault& table) const {
    for (const data::Feature& feature : data::sealed_features(schema)) {
      std::vector<double> values;
      for (const Patient& patient : patients) values.push_back(feature_value(schema, feature, patient));
      table.add(data::handle(schema, feature), std::move(values));
    }
  }
  [[nodiscard]] bool consents(std::size_t person) const {
    const std::size_t north = owners[0].range.count;
    return person < north ? owners[0].consent[person] == 1 : owners[1].consent[person - north] == 1;
  }
  [[nodiscard]] std::vector<Patient> consenting() const {
    std::vector<Patient> result;
    for (std::size_t i = 0; i < patients.size(); ++i) {
      if (consents(i)) result.push_back(patients[i]);
    }
    return result;
  }
  [[nodiscard]] Workbench bench(std::uint32_t threads = 2) const {
    return {*committee.params, encoder, evaluator, threads};
  }

  data::Schema schema;
  TestCommittee committee;
  fhe::Encoder encoder{committee.params};
  fhe::Evaluator evaluator{committee.params, std::make_shared<fhe::RelinKey>(committee.relin_key)};
  TableVault vault{committee, encoder};
  std::vector<Patient> patients;
  std::vector<OwnerSlots> owners;
};

}  // namespace mc::query::testing
