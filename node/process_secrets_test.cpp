// SPDX-License-Identifier: Apache-2.0
#include "node/process_secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace mc::node {
namespace {

using ::testing::HasSubstr;

std::size_t locked_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    std::size_t kib = 0;
    if (std::sscanf(line.c_str(), "VmLck: %zu", &kib) == 1) return kib;
  }
  return 0;
}

// In a child: limits and locks are the process's.
void lock_some() {
  const Bytes secret(3 * 4096, 7);
  const ByteView views[] = {secret, ByteView(secret).first(10), {}};
  const std::size_t before = locked_kib();
  MC_CHECK(lock_memory(views).has_value());
  MC_CHECK(locked_kib() >= before + 12);
  MC_CHECK(forbid_core_dumps().has_value());
  rlimit core{};
  MC_CHECK(::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0);
  MC_CHECK(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
  ::_exit(0);
}

void lock_too_much() {
  const rlimit little{4096, 4096};
  MC_CHECK(::setrlimit(RLIMIT_MEMLOCK, &little) == 0);
  const Bytes secret(64 * 4096, 7);
  const ByteView views[] = {secret};
  const Status refused = lock_memory(views);
  // Root may lock whatever it likes.
  if (!refused) {
    MC_CHECK(refused.error().code == Code::kLimit);
    std::fprintf(stderr, "%s\n", refused.error().message.c_str());
  } else {
    std::fprintf(stderr, "RLIMIT_MEMLOCK allows 4096; no limit for this user\n");
  }
  ::_exit(0);
}

// Other tests of this program leave threads behind: the child is a program of its own.
class ProcessSecrets : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  void TearDown() override { GTEST_FLAG_SET(death_test_style, "fast"); }
};

TEST_F(ProcessSecrets, AreLockedIntoMemoryAndNotDumped) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "under a sanitizer mlock locks nothing";
#endif
  EXPECT_EXIT(lock_some(), ::testing::ExitedWithCode(0), "");
}

TEST_F(ProcessSecrets, TooSmallALimitIsSaidPlainly) {
  EXPECT_EXIT(lock_too_much(), ::testing::ExitedWithCode(0), "RLIMIT_MEMLOCK allows 4096");
}

}  // namespace
}  // namespace mc::node
