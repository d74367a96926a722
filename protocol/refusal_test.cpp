// SPDX-License-Identifier: Apache-2.0
#include "protocol/refusal.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mc::protocol {
namespace {

TEST(Refusal, EveryReasonHasAWordOfItsOwnThatIsReadBack) {
  std::set<std::string_view> words;
  for (auto r = static_cast<std::uint8_t>(Refusal::kMalformedRequest);
       r <= static_cast<std::uint8_t>(Refusal::kStaleEpoch); ++r) {
    const std::string_view word = refusal_name(static_cast<Refusal>(r));
    EXPECT_TRUE(words.insert(word).second) << word;
    EXPECT_EQ(reason_of(refuse(static_cast<Refusal>(r), Code::kRefused, "a sentence: with a colon").value()), word);
  }
}

TEST(Refusal, ASentenceWithoutAReasonHasTheNameOfItsCode) {
  EXPECT_EQ(reason_of({Code::kIo, "disk: cannot write"}), "io");
  EXPECT_EQ(reason_of({Code::kRefused, "mask_differs: the mask is another"}), "mask_differs");
  EXPECT_EQ(reason_of({Code::kCorrupt, "no_sentence"}), "corrupt");
  EXPECT_EQ(reason_of({Code::kCorrupt, "/a_b: x"}), "corrupt");
}

}  // namespace
}  // namespace mc::protocol
