// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/params.hpp"

#include <algorithm>
#include <cmath>

#include "fhe/ckks/scale.hpp"

namespace mc::fhe {
namespace {

constexpr std::uint8_t kPrimeBitsMin = 20;
constexpr std::uint8_t kPrimeBitsMax = 50;

/// The largest prime below 2^bits that is 1 modulo `step` and not in `taken`; 0 when there is none.
std::uint64_t largest_free_prime(std::uint8_t bits, std::uint64_t step, std::span<const std::uint64_t> taken) {
  const std::uint64_t lowest = std::uint64_t{1} << (bits - 1);
  std::uint64_t candidate = (std::uint64_t{1} << bits) - step + 1;
  for (; candidate > lowest; candidate -= step) {
    if (std::ranges::find(taken, candidate) == taken.end() && is_prime(candidate)) return candidate;
  }
  return 0;
}

Status check_sizes(const ParamsSpec& spec) {
  const std::string name = "parameter set \"" + spec.name + "\"";
  if (spec.name.empty() || spec.name.size() > 64) {
    return fail(Code::kInvalidArgument, "a parameter set needs a name of 1 to 64 characters");
  }
  if (spec.log_n.value < 4 || spec.log_n.value > 16) {
    return fail(Code::kUnsupported,
                name + ": N = 2^" + std::to_string(spec.log_n.value) + " is not between 2^4 and 2^16");
  }
  if (spec.q_bits.empty() || spec.q_bits.size() > Scale::kPrimesMax) {
    return fail(Code::kInvalidArgument, name + " has " + std::to_string(spec.q_bits.size()) +
                                            " primes in its chain, not 1 to " + std::to_string(Scale::kPrimesMax));
  }
  if (spec.p_bits.empty() || spec.p_bits.size() > 8) {
    return fail(Code::kInvalidArgument,
                name + " has " + std::to_string(spec.p_bits.size()) + " special primes, not 1 to 8");
  }
  for (const auto* sizes : {&spec.q_bits, &spec.p_bits}) {
    for (const std::uint8_t bits : *sizes) {
      if (bits < kPrimeBitsMin || bits > kPrimeBitsMax) {
        return fail(Code::kInvalidArgument,
                    name + ": a prime of " + std::to_string(bits) + " bits is not between 20 and 50");
      }
    }
  }
  return {};
}

Hash256 identify(const ParamsSpec& spec, std::span<const std::uint64_t> q, std::span<const std::uint64_t> p) {
  Sha256 hash("medcommons/params/1");
  hash.update_sized(view_of(spec.name)).update_u64(spec.log_n.value);
  for (const auto primes : {q, p}) {
    hash.update_u64(primes.size());
    for (const std::uint64_t prime : primes) hash.update_u64(prime);
  }
  return hash.finish();
}

}  // namespace

// "Security Guidelines for Implementing Homomorphic Encryption", ePrint 2024/463, table 5.2: uniform ternary secret,
// 128 bits classical.
Result<double> log_qp_max_128(LogN log_n) {
  switch (log_n.value) {
    case 10:
      return 26;
    case 11:
      return 53;
    case 12:
      return 106;
    case 13:
      return 214;
    case 14:
      return 430;
    case 15:
      return 868;
    case 16:
      return 1747;
    default:
      return fail(Code::kUnsupported, "no 128-bit bound is known for N = 2^" + std::to_string(log_n.value) +
                                          "; there is one for 2^10 to 2^16");
  }
}

Result<std::shared_ptr<const Params>> Params::create(const ParamsSpec& spec) {
  MC_TRY_STATUS(check_sizes(spec));
  const std::shared_ptr<Params> params(new Params());
  params->spec_ = spec;
  std::vector<std::uint64_t> taken;
  const auto take = [&](std::span<const std::uint8_t> sizes, std::vector<std::uint64_t>& into) -> Status {
    for (const std::uint8_t bits : sizes) {
      const std::uint64_t prime = largest_free_prime(bits, std::uint64_t{2} << spec.log_n.value, taken);
      if (prime == 0) {
        return fail(Code::kInvalidArgument, "parameter set \"" + spec.name + "\": no prime of " + std::to_string(bits) +
                                                " bits is left that is 1 modulo 2N");
      }
      taken.push_back(prime);
      into.push_back(prime);
      params->log_qp_ += std::log2(static_cast<double>(prime));
    }
    return {};
  };
  MC_TRY_STATUS(take(spec.q_bits, params->q_));
  MC_TRY_STATUS(take(spec.p_bits, params->p_));
  if (!spec.insecure_for_tests) {
    MC_TRY(const double allowed, log_qp_max_128(spec.log_n));
    if (params->log_qp_ > allowed) {
      return fail(Code::kRefused, "parameter set \"" + spec.name + "\": log2(QP) = " + std::to_string(params->log_qp_) +
                                      " is over the " + std::to_string(static_cast<int>(allowed)) +
                                      " bits that are 128-bit secure for N = 2^" + std::to_string(spec.log_n.value));
    }
  }
  MC_TRY(params->ring_, Ring::create(spec.log_n, params->q_, params->p_));
  params->id_ = identify(spec, params->q_, params->p_);
  return std::shared_ptr<const Params>(params);
}

Result<std::shared_ptr<const Params>> Params::named(std::string_view name, bool allow_insecure) {
  ParamsSpec spec;
  spec.name = std::string(name);
  spec.p_bits = {50};
  if (name == "standard" || name == "test_insecure") {
    spec.log_n = LogN(name == "standard" ? 14 : 10);
    spec.q_bits = {50, 50, 46, 46, 46, 46, 46, 46};
    spec.insecure_for_tests = name == "test_insecure";
  } else if (name == "train" || name == "test_train_insecure") {
    spec.log_n = LogN(name == "train" ? 15 : 11);
    spec.q_bits.assign(18, 45);
    spec.q_bits.front() = 50;
    spec.insecure_for_tests = name == "test_train_insecure";
  } else {
    return fail(Code::kNotFound,
                "there is no parameter set called \"" + spec.name + "\"; there are standard and train");
  }
  if (spec.insecure_for_tests && !allow_insecure) {
    return fail(Code::kRefused, "parameter set \"" + spec.name + "\" is far below 128 bits and for tests only");
  }
  return create(spec);
}

}  // namespace mc::fhe
