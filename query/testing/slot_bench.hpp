// SPDX-License-Identifier: Apache-2.0
// For tests: a small committee, and everything that computes on what lies in the slots of its ciphertexts.
#pragma once

#include <gtest/gtest.h>

#include "query/testing/committee_run.hpp"
#include "query/train/slot_iterations.hpp"

namespace mc::query::testing {

class SlotBench : public ::testing::Test {
 protected:
  fhe::Ciphertext sealed(const std::vector<double>& slots, fhe::Level level) {
    KeyStream stream = public_stream("slot bench", Sha256("seal").update_u64(sealed_++).finish());
    const auto plain = encoder.encode(slots, level, precision.scale());
    fhe::Ciphertext ct = fhe::encrypt(*committee.params, committee.public_key, plain.value(), stream).value_or_stop();
    ct.epoch = committee.epoch;
    return ct;
  }
  std::vector<double> opened(const fhe::Ciphertext& ct) {
    return encoder.decode(fhe::decrypt(*committee.params, committee.collective_secret(), ct)).value_or_stop();
  }
  [[nodiscard]] std::size_t slot_count() const { return committee.params->slot_count(); }

  TestCommittee committee{fhe::testing::small_params(), fhe::CommitteeShape::create(3, 2).value_or_stop(), 1};
  fhe::Encoder encoder{committee.params};
  fhe::Evaluator evaluator{committee.params, std::make_shared<fhe::RelinKey>(committee.relin_key)};
  Precision precision = precision_of(*committee.params).value_or_stop();
  CommitteeRefresher refresher{committee};
  Workbench bench{*committee.params, encoder, evaluator, 2};
  SlotIterations iterations{bench, precision, refresher};

 private:
  std::uint64_t sealed_ = 0;
};

}  // namespace mc::query::testing
