// SPDX-License-Identifier: Apache-2.0
// Runs a plan on ciphertext. Integer arithmetic throughout: the same plan, mask and blobs give the same bits on every
// machine and with any number of threads, because exact modular sums do not depend on their order (T3, R25).
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "query/execute/owner_slots.hpp"
#include "query/plan/plan.hpp"

namespace mc::query {

/// Where sealed ciphertexts come from. `owner` is the index into the OwnerSlots given to execute. Called from several
/// threads at once.
class Vault {
 public:
  virtual ~Vault() = default;
  virtual Result<fhe::Ciphertext> fetch(std::size_t owner, const std::string& handle, std::uint32_t block) const = 0;
  /// A number that the researcher sealed and the committee forced, the same for every person and block:
  /// PlanParameters::number_index. kNotFound where there is none.
  virtual Result<fhe::Ciphertext> number(std::size_t index) const {
    return fail(Code::kNotFound, "number " + std::to_string(index) + " of sealed parameters is not here");
  }
};

struct Workbench {
  const fhe::Params& params;
  const fhe::Encoder& encoder;
  const fhe::Evaluator& evaluator;
  std::uint32_t threads = 2;
  std::filesystem::path scratch =
      {};  // a folder on a disk for what a long computation does not keep in memory; empty: none
  std::size_t kept_bytes = std::size_t{384} << 20;  // what it keeps in memory of that, where there is a folder
};

/// Told after every block: how many block passes are done, of how many. Called by one thread at a time.
using ProgressFunction = std::function<void(std::size_t done, std::size_t total)>;

/// One ciphertext per released sum, 2 parts, at the release level; sum = slot_count * coefficient 0 / scale.
///   mask    R22: block = sum over owners of (consent_o AND range_o) * ct_o, mask at the two-prime scale (R17)
///   memory  a register lives only while something still needs it; sums are taken in passes of at most
///           kAccumulatorBytesMax, each reading its features again
///   errors  kRefused when nobody consents; kCorrupt when a fetched ciphertext is not sealed as agreed; kLimit when a
///           sum could overflow the last modulus; and whatever the vault says, with owner, feature and block
///   cost    bench: query/execute
Result<std::vector<fhe::Ciphertext>> execute(const Plan& plan, std::span<const OwnerSlots> owners, const Vault& vault,
                                             const Workbench& bench, const ProgressFunction& progress = {});

inline constexpr std::size_t kAccumulatorBytesMax = std::size_t{384} << 20;

/// Bits between the largest answer and the release modulus: its sign, and a tenth for noise and scales that drift.
inline constexpr double kReleaseHeadroomBits = 1.1;

}  // namespace mc::query
