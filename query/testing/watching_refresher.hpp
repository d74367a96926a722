// SPDX-License-Identifier: Apache-2.0
// For tests: how far what custodians open is below its mask (R14), in every coefficient.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "fhe/ckks/recombination.hpp"
#include "query/testing/committee_run.hpp"

namespace mc::query::testing {

/// A committee that is watched: everything that it is to refresh is decrypted first.
class WatchingRefresher final : public Refresher {
 public:
  explicit WatchingRefresher(const TestCommittee& committee) : committee_(committee), inner_(committee) {}

  Result<std::vector<fhe::Ciphertext>> refresh(RefreshStep step) override {
    const fhe::Ring& ring = committee_.params->ring();
    const fhe::Recombination recombination(ring, step.map.input_level.value);
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      fhe::Plaintext opened = fhe::decrypt(*committee_.params, committee_.collective_secret(), step.inputs[i]);
      std::vector<std::uint64_t> words(ring.degree() * recombination.word_count());
      recombination.combine_all(ring.to_coeff(std::move(opened.poly)), words);
      std::size_t bits = 0;
      for (std::size_t at = 0; at < words.size(); at += recombination.word_count()) {
        bits = std::max(bits, fhe::bit_length(std::span(words).subspan(at, recombination.word_count())));
      }
      left = std::min(left, static_cast<int>(step.map.mask_log2[i]) - static_cast<int>(bits));
    }
    return inner_.refresh(std::move(step));
  }

  int left = 1000;  // bits by which masks are wider than what they hide, the fewest

 private:
  const TestCommittee& committee_;
  CommitteeRefresher inner_;
};

}  // namespace mc::query::testing
