// SPDX-License-Identifier: Apache-2.0
// For tests: records sealed under a committee's key, and the whole committee behind one refresher.
#pragma once

#include <chrono>
#include <cmath>
#include <map>
#include <mutex>

#include "fhe/ckks/evaluator.hpp"
#include "fhe/threshold/testing/committee.hpp"
#include "fhe/threshold/testing/refresh.hpp"
#include "query/execute/execute.hpp"
#include "query/execute/refresher.hpp"

namespace mc::query::testing {

using fhe::testing::TestCommittee;

/// The mean over the slots of what a committee without flooding would open.
inline double opened_mean(const TestCommittee& committee, const fhe::Encoder& encoder, const fhe::Ciphertext& answer) {
  const fhe::Plaintext plain = fhe::decrypt(*committee.params, committee.collective_secret(), answer);
  return encoder.decode_mean(committee.params->ring().coefficient_zero(plain.poly), plain.scale).value_or_stop();
}

/// Per handle one number per person, in the order of slots. Slots outside of anybody's range hold 1: what a mask must
/// take away.
class TableVault final : public Vault {
 public:
  TableVault(const TestCommittee& committee, const fhe::Encoder& encoder) : committee_(committee), encoder_(encoder) {}

  void add(const std::string& handle, std::vector<double> values) { table_[handle] = std::move(values); }

  Result<fhe::Ciphertext> fetch(std::size_t owner, const std::string& handle, std::uint32_t block) const override {
    const std::lock_guard lock(mutex_);
    const auto key = std::make_tuple(owner, handle, block);
    if (const auto found = sealed_.find(key); found != sealed_.end()) return found->second;
    const auto values = table_.find(handle);
    if (values == table_.end()) return fail(Code::kNotFound, "no feature " + handle);
    const std::size_t slots = committee_.params->slot_count();
    std::vector<double> in_block(slots, 1.0);
    for (std::size_t i = 0; i < slots; ++i) {
      const std::size_t person = block * slots + i;
      if (person < values->second.size()) in_block[i] = values->second[person];
    }
    KeyStream stream = public_stream(
        "table vault", Sha256("seal").update(committee_.seeds[0].key.expose()).update_u64(sealed_.size()).finish());
    auto plain =
        encoder_.encode(in_block, committee_.params->top_level(), fhe::Scale::power_of_two(fhe::kSealScaleLog2));
    fhe::Ciphertext ct =
        fhe::encrypt(*committee_.params, committee_.public_key, std::move(plain).value_or_stop(), stream)
            .value_or_stop();
    ct.epoch = committee_.epoch;
    return sealed_.emplace(key, std::move(ct)).first->second;
  }

 private:
  const TestCommittee& committee_;
  const fhe::Encoder& encoder_;
  std::map<std::string, std::vector<double>> table_;
  mutable std::mutex mutex_;
  mutable std::map<std::tuple<std::size_t, std::string, std::uint32_t>, fhe::Ciphertext> sealed_;
};

/// Every piece answers every refresh, as custodians do, in one process.
class CommitteeRefresher final : public Refresher {
 public:
  explicit CommitteeRefresher(const TestCommittee& committee) : committee_(committee) {}

  Result<std::vector<fhe::Ciphertext>> refresh(RefreshStep step) override {
    MC_TRY_STATUS(
        fhe::check_refresh(*committee_.params, committee_.epoch, committee_.seeds.size(), step.inputs, step.map));
    if (!floods) step.map.flooding_log2.clear();
    polynomials += step.map.outputs.size();
    opened += step.inputs.size();
    const auto start = std::chrono::steady_clock::now();
    const fhe::testing::TestRefresh one(committee_, std::move(step.inputs), std::move(step.map), 1, steps++);
    const fhe::RefreshShare sum = one.sum_of_shares();
    if (step.within_masks) {
      MC_TRY_STATUS(fhe::check_opened(*committee_.params, one.job(), sum, committee_.seeds.size()));
    }
    auto outputs = fhe::finish_refresh(*committee_.params, one.job(), sum);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return outputs;
  }

  bool floods = true;  // what is asked for; otherwise nothing, so that what is left is noise
  std::uint32_t steps = 0;
  std::size_t polynomials = 0, opened = 0;  // refreshed, and ciphertexts that were opened for them
  double seconds = 0;

 private:
  const TestCommittee& committee_;
};

}  // namespace mc::query::testing
