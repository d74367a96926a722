// SPDX-License-Identifier: Apache-2.0
// The part of Evaluator that moves slots. phi(c_0 + c_1 s) = phi(c_0) + phi(c_1) phi(s), and the Galois key brings
// phi(s) back to s. phi commutes with taking digits, so one decomposition of c_1 serves every rotation.
#include <algorithm>

#include "fhe/ckks/evaluator.hpp"
#include "fhe/ckks/key_switching.hpp"
#include "fhe/ring/division.hpp"

namespace mc::fhe {
namespace {

void permute(const Ring& ring, NttPoly& out, const NttPoly& in, const AutomorphismTable& automorphism, bool accumulate,
             std::size_t limb) {
  ring.kernels().permute(out.limb(limb).data(), in.limb(limb).data(), automorphism, accumulate, ring.degree(),
                         ring.modulus(in.basis(), limb));
}

}  // namespace

Ciphertext Evaluator::apply(const Ciphertext& a, std::uint64_t element) const {
  const EvaluationKeys::Galois* const key = keys_->galois(element);
  const Ring& ring = params_->ring();
  WidePair sums = switch_key(*params_, a.parts[1], key->key, &key->automorphism, workers_.get());
  NttPoly image = ring.make_unset<Domain::kNtt>(a.parts[0].basis());
  for_each_limb(image.limb_count(),
                [&](std::size_t limb) { permute(ring, image, a.parts[0], key->automorphism, false, limb); });
  Ciphertext result{{}, a.scale, a.epoch};
  result.parts.push_back(divide_by_special_primes(ring, std::move(sums.b), &image, 0, workers_.get()));
  result.parts.push_back(divide_by_special_primes(ring, std::move(sums.a), nullptr, 0, workers_.get()));
  return result;
}

Result<Ciphertext> Evaluator::rotate(const Ciphertext& a, std::int64_t steps) const {
  MC_TRY_STATUS(rotated(shape_of(a), steps, keys_->shape()));
  const std::uint64_t element = galois_element_of_rotation(steps, params_->ring().degree());
  return element == 1 ? a : apply(a, element);
}

Result<Ciphertext> Evaluator::conjugate(const Ciphertext& a) const {
  MC_TRY_STATUS(conjugated(shape_of(a), keys_->shape()));
  return apply(a, galois_element_of_conjugation(params_->ring().degree()));
}

Result<std::vector<Ciphertext>> Evaluator::rotate_each(const Ciphertext& a, std::span<const std::int64_t> steps) const {
  const Ring& ring = params_->ring();
  std::vector<const EvaluationKeys::Galois*> keys(steps.size());  // null for a rotation by nothing
  for (std::size_t r = 0; r < steps.size(); ++r) {
    MC_TRY_STATUS(rotated(shape_of(a), steps[r], keys_->shape()));
    const std::uint64_t element = galois_element_of_rotation(steps[r], ring.degree());
    keys[r] = element == 1 ? nullptr : keys_->galois(element);
  }
  std::vector<Ciphertext> results(steps.size(), Ciphertext{{}, a.scale, a.epoch});
  if (steps.empty()) return results;
  const Decomposition decomposition(*params_, a.parts[1], workers_.get());
  for (std::size_t r = 0; r < steps.size(); ++r) {
    if (keys[r] == nullptr) {
      results[r] = a;
      continue;
    }
    WidePair sums = make_wide_pair(*params_, a.level());
    add_switched(*params_, decomposition, keys[r]->key, &keys[r]->automorphism, false, sums, workers_.get());
    NttPoly image = ring.make_unset<Domain::kNtt>(a.parts[0].basis());
    for_each_limb(image.limb_count(),
                  [&](std::size_t limb) { permute(ring, image, a.parts[0], keys[r]->automorphism, false, limb); });
    results[r].parts.push_back(divide_by_special_primes(ring, std::move(sums.b), &image, 0, workers_.get()));
    results[r].parts.push_back(divide_by_special_primes(ring, std::move(sums.a), nullptr, 0, workers_.get()));
  }
  return results;
}

Result<Ciphertext> Evaluator::sum_of_rotations(const Ciphertext& a, std::span<const std::int64_t> steps) const {
  const Ring& ring = params_->ring();
  MC_TRY_STATUS(sum_of_rotated(shape_of(a), steps, keys_->shape()));
  std::vector<const EvaluationKeys::Galois*> keys;
  bool any_identity = false;
  NttPoly image = ring.make<Domain::kNtt>(a.parts[0].basis());
  NttPoly rest = image;
  for (const std::int64_t step : steps) {
    const std::uint64_t element = galois_element_of_rotation(step, ring.degree());
    if (element == 1) {
      ring.add(image, a.parts[0]);
      ring.add(rest, a.parts[1]);
      any_identity = true;
      continue;
    }
    keys.push_back(keys_->galois(element));
  }
  Ciphertext result{{}, a.scale, a.epoch};
  if (keys.empty()) {
    result.parts = {std::move(image), std::move(rest)};
    return result;
  }
  const Decomposition decomposition(*params_, a.parts[1], workers_.get());
  WidePair sums = make_wide_pair(*params_, a.level());
  for (std::size_t r = 0; r < keys.size(); ++r) {
    add_switched(*params_, decomposition, keys[r]->key, &keys[r]->automorphism, r != 0, sums, workers_.get());
    for_each_limb(image.limb_count(),
                  [&](std::size_t limb) { permute(ring, image, a.parts[0], keys[r]->automorphism, true, limb); });
  }
  result.parts.push_back(divide_by_special_primes(ring, std::move(sums.b), &image, 0, workers_.get()));
  result.parts.push_back(
      divide_by_special_primes(ring, std::move(sums.a), any_identity ? &rest : nullptr, 0, workers_.get()));
  return result;
}

Result<Ciphertext> Evaluator::sum_slots(const Ciphertext& a) const {
  Ciphertext sum = a;
  const auto slots = static_cast<std::int64_t>(params_->slot_count());
  for (std::int64_t s = 1; s < slots;) {
    const std::int64_t steps[] = {0, s, 2 * s, 3 * s};
    const bool pair = 2 * s == slots;
    MC_TRY(sum, sum_of_rotations(sum, std::span(steps).first(pair ? 2 : 4)));
    s *= pair ? 2 : 4;
  }
  return sum;
}

std::vector<std::int64_t> Evaluator::sum_slots_steps(std::size_t slot_count) {
  std::vector<std::int64_t> steps;
  const auto slots = static_cast<std::int64_t>(slot_count);
  for (std::int64_t s = 1; s < slots; s *= 4) {
    steps.push_back(s);
    if (2 * s == slots) break;
    steps.push_back(2 * s);
    steps.push_back(3 * s);
  }
  return steps;
}

}  // namespace mc::fhe
