// SPDX-License-Identifier: Apache-2.0
#include "node/process_memory.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <latch>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#endif

namespace mc::node {
namespace {

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr int kThreads = 6;

std::unique_ptr<char[]> touched(std::size_t bytes) {
  auto block = std::unique_ptr<char[]>(new char[bytes]);
  std::memset(block.get(), 1, bytes);
  return block;
}

/// Of a process in which several threads are at work at once.
int heaps_of_threads() {
  std::latch all_have_some(kThreads);
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      const auto some = touched(1000);
      all_have_some.arrive_and_wait();
    });
  }
  threads.clear();
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* const file = ::open_memstream(&text, &size);
  if (file == nullptr || ::malloc_info(0, file) != 0 || std::fclose(file) != 0) return -1;
  int heaps = 0;
  const std::string_view report(text, size);
  for (auto at = report.find("<heap nr="); at != report.npos; at = report.find("<heap nr=", at + 1)) ++heaps;
  return heaps;
}

// In children that start afresh: how a process takes memory stays for as long as it lives.
TEST(ProcessMemory, AFewHeapsServeAllThreads) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        share_heaps();
        ::_exit(heaps_of_threads());
      },
      ::testing::ExitedWithCode(kHeapsMax), "");
}

/// Pages that the process asked the system for.
long pages_asked_for() {
  rusage usage{};
  return ::getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_minflt : -1;
}

TEST(ProcessMemory, PagesOfAMessageServeTheNextOne) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        share_heaps();
        touched(16 * kMiB).reset();
        const long before = pages_asked_for();
        for (int i = 0; i < 8; ++i) touched(16 * kMiB).reset();
        ::_exit(pages_asked_for() - before < 512 ? 0 : 1);  // one message has 4096
      },
      ::testing::ExitedWithCode(0), "");
}

/// Of the whole process.
long resident_mib() {
  long pages = 0, resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return -1;
  const int read = std::fscanf(file, "%ld %ld", &pages, &resident);
  std::fclose(file);
  return read == 2 ? resident * ::sysconf(_SC_PAGESIZE) / static_cast<long>(kMiB) : -1;
}

TEST(ProcessMemory, FreePagesBetweenOthersAreGivenBack) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        std::vector<std::unique_ptr<char[]>> blocks;
        for (int i = 0; i < 2048; ++i) blocks.push_back(touched(kMiB / 16));
        for (std::size_t i = 0; i < blocks.size(); i += 2) blocks[i].reset();
        const long before = resident_mib();
        return_free_memory();
        ::_exit(before - resident_mib() > 48 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace mc::node
