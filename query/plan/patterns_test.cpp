// SPDX-License-Identifier: Apache-2.0
#include "query/plan/patterns.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace mc::query {
namespace {

Bytes written(const PlanPatterns& patterns) {
  Writer writer;
  write_patterns(writer, patterns);
  return std::move(writer).bytes();
}

Result<PlanPatterns> reread(const Bytes& bytes) {
  Reader reader(bytes, "plan");
  return read_patterns(reader);
}

const PlanPatterns kTwo{{"g=0", "g=1"}, {"(Intercept)", "g"}, {{1, 0}, {1, 1}}};

TEST(PlanPatterns, ReadBackAsTheyWereWritten) {
  EXPECT_EQ(reread(written(kTwo)).value_or_stop(), kTwo);
}

TEST(PlanPatterns, OfNobodyCutOffOrWithoutNumbersAreRefused) {
  const Bytes bytes = written(kTwo);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(reread(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  }
  EXPECT_FALSE(reread(written({{}, {"g"}, {}})));
  PlanPatterns endless = kTwo;
  endless.covariates[1][1] = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(reread(written(endless)));
}

}  // namespace
}  // namespace mc::query
