// SPDX-License-Identifier: Apache-2.0
#include "query/train/run_flooding.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"
#include "fhe/ckks/scaled_integer.hpp"
#include "fhe/threshold/flooding.hpp"

namespace mc::query {

int coefficient_flooding_log2(std::uint64_t persons) {
  constexpr int kOfFew = -13;
  constexpr std::uint64_t kFew = 32;
  // Standard errors fall with the root of the persons.
  return kOfFew - (static_cast<int>(std::bit_width(std::max(persons, kFew) / kFew)) - 1) / 2;
}

Result<RunFlooding> RunFlooding::create(const Precision& precision, std::size_t blocks, std::size_t size) {
  MC_CHECK(blocks > 0);
  if (precision.flooded && blocks > kFloodedBlocksMax) {
    return fail(Code::kLimit, "in the profile train a model may be trained on " + std::to_string(kFloodedBlocksMax) +
                                  " blocks of persons, here are " + std::to_string(blocks));
  }
  return RunFlooding(precision.flooded, static_cast<std::int32_t>(std::bit_width(blocks - 1)),
                     fewer_entries_log2(size));
}

std::int32_t RunFlooding::noise_log2(Opened opened) const {
  switch (opened) {
    case Opened::kPredictor:
      return -65;
    case Opened::kFolded:
      return -70;
    case Opened::kSquare:
      return -68;
    case Opened::kCurve:
      return -59;
    case Opened::kEntropy:
      return -60;
    case Opened::kSum:
      return -64 + blocks_log2_;
    case Opened::kMatrix:
      return -54 - fewer_log2_;
  }
  MC_CHECK(false && "every opening has a bound");
}

TrainingFlooding RunFlooding::of_answers(TrainingFlooding given) const {
  if (!flooded_) {
    const int more = (blocks_log2_ + 1) / 2;
    for (int* of_sum : {&given.score, &given.information, &given.sum, &given.cox_score, &given.cox_information,
                        &given.entropy, &given.residual}) {
      *of_sum += more;
    }
    return given;
  }
  // Bringing a sum to the release's limbs rounds it, however few blocks there are.
  constexpr int kRoundingLog2 = 5;
  const int fewer = std::min(static_cast<int>(std::bit_width(kFloodedBlocksMax - 1)) - blocks_log2_, kRoundingLog2);
  for (int* of_sum : {&given.score, &given.information, &given.sum, &given.entropy, &given.residual}) *of_sum -= fewer;
  return given;
}

Result<std::uint8_t> RunFlooding::deviation_log2(Opened opened, const fhe::Scale& scale,
                                                 const fhe::Params& params) const {
  MC_CHECK(flooded_);
  const std::int32_t noise = fhe::floor_log2(scale, params) + 1 + noise_log2(opened);
  MC_CHECK(noise > 0);
  MC_TRY(const std::uint32_t deviation, fhe::flooding_log2(static_cast<std::uint32_t>(noise), fhe::kFloodingLambda,
                                                           fhe::kFloodedRefreshesMax, fhe::kDrawLog2Max));
  return static_cast<std::uint8_t>(deviation);
}

}  // namespace mc::query
