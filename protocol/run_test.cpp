// SPDX-License-Identifier: Apache-2.0
#include "protocol/run.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace mc::protocol {
namespace {

Authorisation sample() {
  Authorisation a;
  a.chain_id = 31337;
  a.study = Sha256("study").finish();
  a.release_number = 4;
  a.epoch = Epoch(2);
  a.plan = Sha256("plan").finish();
  a.data_root = Sha256("data").finish();
  a.consent_root = Sha256("consent").finish();
  a.mask = Sha256("mask").finish();
  a.result = run_commitment(a);
  return a;
}

TEST(Run, AnAuthorisationThatCommitsToItsOwnInputsIsARuns) {
  EXPECT_TRUE(is_run(sample()));
}

TEST(Run, TheCommitmentSaysEverythingThatTheResultFollowsFrom) {
  const std::vector<std::function<void(Authorisation&)>> changes{
      [](Authorisation& a) { a.chain_id = 1; },
      [](Authorisation& a) { a.study = Sha256("other").finish(); },
      [](Authorisation& a) { a.release_number = 5; },
      [](Authorisation& a) { a.epoch = Epoch(3); },
      [](Authorisation& a) { a.plan = Sha256("other").finish(); },
      [](Authorisation& a) { a.data_root = Sha256("other").finish(); },
      [](Authorisation& a) { a.consent_root = Sha256("other").finish(); },
      [](Authorisation& a) { a.mask = Sha256("other").finish(); },
      [](Authorisation& a) { a.parameters = Sha256("other").finish(); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Authorisation changed = sample();
    changes[i](changed);
    EXPECT_FALSE(is_run(changed)) << i;
  }
}

TEST(Run, AReleaseIsNoRun) {
  Authorisation with_flooding = sample();
  with_flooding.sigma_log2 = {40};
  EXPECT_FALSE(is_run(with_flooding));
  Authorisation with_result = sample();
  with_result.result = Sha256("a result").finish();
  EXPECT_FALSE(is_run(with_result));
}

}  // namespace
}  // namespace mc::protocol
