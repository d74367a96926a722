// SPDX-License-Identifier: Apache-2.0
#include "client/time_estimate.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/refresh.hpp"

namespace mc::client {
namespace {

constexpr int kTries = 5;
/// Limbs of what a refresh takes in: query/train/precision.hpp.
constexpr std::uint32_t kRefreshLevel = 3, kTwoPrimeRefreshLevel = 5;
constexpr std::uint32_t kStandardLimbs = 8;
constexpr std::uint8_t kMaskLog2 = 128;

/// The middle of kTries times.
template <class Function>
double seconds_of(Function&& function) {
  std::vector<double> tries;
  for (int i = 0; i < kTries; ++i) {
    const auto start = std::chrono::steady_clock::now();
    function();
    tries.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(tries);
  return tries[kTries / 2];
}

/// Polynomials nobody keeps anything in: only their sizes matter here.
class Trial {
 public:
  explicit Trial(fhe::ParamsPtr params)
      : params_(std::move(params)), stream_(public_stream("medcommons/estimate/v1", {})), encoder_(params_) {
    const fhe::SecretPoly secret = fhe::make_secret_key(*params_, stream_);
    relin_ = std::make_shared<const fhe::RelinKey>(fhe::make_relin_key(*params_, secret, stream_));
  }

  fhe::Ciphertext ciphertext(std::uint32_t level, int parts, double scale_log2 = 40) {
    fhe::Ciphertext ct;
    for (int part = 0; part < parts; ++part) {
      ct.parts.push_back(fhe::sample_uniform(params_->ring(), {level, false}, stream_));
    }
    ct.scale = fhe::Scale::power_of_two(static_cast<std::int32_t>(scale_log2));
    return ct;
  }

  UnitTimes times(std::uint32_t level) {
    UnitTimes out;
    const fhe::Evaluator evaluator(params_, relin_);
    const fhe::Ciphertext sealed = ciphertext(params_->top_level().value, 2);
    Writer writer;
    fhe::write_ciphertext(writer, sealed, *params_);
    const Bytes bytes = std::move(writer).bytes();
    const std::vector<double> mask(params_->slot_count(), 1.0);
    const fhe::Plaintext encoded =
        encoder_.encode(mask, params_->top_level(), fhe::Scale::of_top_primes(params_->top_level().value, 2))
            .value_or_stop();
    out.load = seconds_of([&] {
      (void)sha256(bytes);
      Reader reader(bytes, "trial");
      fhe::Ciphertext read = fhe::read_ciphertext(reader, *params_).value_or_stop();
      fhe::Ciphertext masked = evaluator.multiply_plain(read, encoded).value_or_stop();
      evaluator.rescale_inplace(masked, 2).value_or_stop();
    });
    const fhe::Ciphertext a = ciphertext(level, 2), b = ciphertext(level, 2);
    fhe::Ciphertext sum = evaluator.multiply(a, b).value_or_stop();
    out.product = seconds_of([&] { evaluator.multiply_add(sum, a, b).value_or_stop(); });
    out.switch_key = seconds_of([&] { (void)evaluator.relinearise_rescale(sum, 1).value_or_stop(); });
    time_refresh(out);
    return out;
  }

 private:
  void time_refresh(UnitTimes& out) {
    std::array<std::uint8_t, 32> bytes{};
    const fhe::PieceSeed seed{fhe::PieceId(0b011), Epoch(1), SecretKey256(bytes)};
    const fhe::SecretPoly secret = fhe::piece_secret(*params_, seed, {params_->top_level().value, false});
    const std::uint32_t level = params_->top_level().value > kStandardLimbs ? kTwoPrimeRefreshLevel : kRefreshLevel;
    const std::vector<fhe::Ciphertext> inputs = {ciphertext(level, 2)};
    fhe::RefreshMap map;
    map.extraction = fhe::RefreshMap::Extraction::kConstants;
    map.input_level = fhe::Level(level);
    map.output_level = params_->top_level();
    map.mask_log2 = {kMaskLog2};
    map.outputs = {fhe::replicated(0, fhe::Scale::power_of_two(40))};
    std::vector<Hash256> multiplicands(1);
    out.open = seconds_of([&] {
      multiplicands[0] = fhe::multiplicand_digest(*params_, inputs[0]);
      (void)fhe::opened_heads(*params_, inputs, map);
    });
    fhe::RefreshCommon common;
    const double expanded = seconds_of([&] { common = fhe::expand_refresh_common(*params_, map, multiplicands[0]); });
    const fhe::RefreshJob job{inputs, multiplicands, &map, &common};
    Bytes encoded;
    fhe::RefreshShare share;
    out.share = seconds_of([&] {
      share = fhe::make_refresh_share(*params_, seed, secret, job);
      encoded = fhe::encode_refresh_share(*params_, seed.epoch, seed.piece, share);
      (void)sha256(encoded);
    });
    fhe::RefreshShare sum = share;
    out.combine = expanded + seconds_of([&] {
                    (void)sha256(encoded);
                    const auto read =
                        fhe::decode_refresh_share(*params_, seed.epoch, seed.piece, map, encoded).value_or_stop();
                    fhe::add_share(*params_, map, sum, read);
                  });
  }

  fhe::ParamsPtr params_;
  KeyStream stream_;
  fhe::Encoder encoder_;
  std::shared_ptr<const fhe::RelinKey> relin_;
};

}  // namespace

UnitTimes measure_units(const fhe::ParamsPtr& params, std::size_t level) {
  const std::size_t top = params->top_level().value;
  return Trial(params).times(static_cast<std::uint32_t>(std::clamp<std::size_t>(level, 2, top)));
}

double estimate_seconds(const query::PlanWork& work, bool is_run, bool is_guarded, const UnitTimes& units,
                        const Workplace& place) {
  // What one executing process computes.
  double one = work.loads * units.load + work.products * units.product + work.switches * units.switch_key +
               work.opened * units.open;
  one += work.refreshed *
         (static_cast<double>(place.pieces_held) * units.share + static_cast<double>(place.pieces) * units.combine);
  // A question without refreshes is executed by the compute node first and by the custodians after it; a run by the
  // custodians alone, all at once.
  const double executions = static_cast<double>(place.custodians);
  const auto cores = static_cast<double>(std::max<std::size_t>(place.cores, 1));
  const double together = place.is_one_machine ? executions * one / cores : one / cores;
  const double releases = is_guarded && !is_run ? 2 : 1;
  return kCeremonySeconds + (is_guarded ? kCountsSeconds : 0) + work.steps * kStepSeconds +
         kUncounted * (is_run ? together : releases * (one / cores + together));
}

}  // namespace mc::client
