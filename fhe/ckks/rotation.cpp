// SPDX-License-Identifier: Apache-2.0
// The part of Evaluator that moves slots. phi(c_0 + c_1 s) = phi(c_0) + phi(c_1) phi(s), and the Galois key brings
// phi(s) back to s. phi commutes with taking digits, so one decomposition of c_1 serves every rotation.
#include <array>

#include "fhe/ckks/evaluator.hpp"

namespace mc::fhe {
namespace {

Status check_two_parts(std::string_view what, const Ciphertext& a) {
  if (a.parts.size() == 2) return {};
  return fail(Code::kInvalidArgument,
              std::string(what) + ": a ciphertext of " + std::to_string(a.parts.size()) + " parts, not 2");
}

std::string rotation_text(std::int64_t steps) {
  return "rotation by " + std::to_string(steps);
}

void permute(const Ring& ring, NttPoly& out, const NttPoly& in, const AutomorphismTable& automorphism, bool accumulate,
             std::size_t limb) {
  ring.kernels().permute(out.limb(limb).data(), in.limb(limb).data(), automorphism, accumulate, ring.degree(),
                         ring.modulus(in.basis(), limb));
}

}  // namespace

Result<const EvaluationKeys::Galois*> Evaluator::galois_key(std::string_view what, std::uint64_t element,
                                                            const Ciphertext& a) const {
  MC_TRY_STATUS(check_two_parts(what, a));
  MC_TRY_STATUS(check_key_epoch(what, a));
  const EvaluationKeys::Galois* const key = keys_->galois(element);
  if (key != nullptr) return key;
  return fail(Code::kNotFound,
              "there is no key for " + std::string(what) + " (Galois element " + std::to_string(element) + ")");
}

Result<Ciphertext> Evaluator::apply(const Ciphertext& a, std::string_view what, std::uint64_t element) const {
  MC_TRY(const EvaluationKeys::Galois* key, galois_key(what, element, a));
  const Ring& ring = params_->ring();
  std::array<NttPoly, 2> image{ring.make_unset<Domain::kNtt>(a.parts[0].basis()),
                               ring.make_unset<Domain::kNtt>(a.parts[0].basis())};
  for_each_limb(image[0].limb_count(), [&](std::size_t limb) {
    for (std::size_t part = 0; part < 2; ++part) {
      permute(ring, image[part], a.parts[part], key->automorphism, false, limb);
    }
  });
  // The image's digits are the digits' images: the bits are those of a hoisted rotation.
  return divided(a, switch_key(*params_, image[1], key->key, workers_.get()), {&image[0], nullptr}, 0);
}

Result<Ciphertext> Evaluator::rotate(const Ciphertext& a, std::int64_t steps) const {
  const std::uint64_t element = galois_element_of_rotation(steps, params_->ring().degree());
  if (element == 1) {
    MC_TRY_STATUS(check_two_parts(rotation_text(steps), a));
    return a;
  }
  return apply(a, rotation_text(steps), element);
}

Result<Ciphertext> Evaluator::conjugate(const Ciphertext& a) const {
  return apply(a, "conjugation", galois_element_of_conjugation(params_->ring().degree()));
}

Result<std::vector<Ciphertext>> Evaluator::rotate_each(const Ciphertext& a, std::span<const std::int64_t> steps) const {
  const Ring& ring = params_->ring();
  std::vector<Automorphism> keys(steps.size());  // null for a rotation by nothing
  for (std::size_t r = 0; r < steps.size(); ++r) {
    MC_TRY_STATUS(check_two_parts(rotation_text(steps[r]), a));
    const std::uint64_t element = galois_element_of_rotation(steps[r], ring.degree());
    if (element != 1) {
      MC_TRY(keys[r], galois_key(rotation_text(steps[r]), element, a));
    }
  }
  std::vector<Ciphertext> results(steps.size(), Ciphertext{{}, a.scale, a.epoch});
  std::vector<Automorphism> moving;
  for (const Automorphism key : keys) {
    if (key != nullptr) moving.push_back(key);
  }
  std::vector<WidePair> sums;
  for (std::size_t r = 0; r < moving.size(); ++r) sums.push_back(make_wide_pair(*params_, a.level()));
  if (!moving.empty()) switch_key_under(*params_, a.parts[1], moving, sums, workers_.get());
  std::size_t next = 0;
  for (std::size_t r = 0; r < steps.size(); ++r) {
    if (keys[r] == nullptr) {
      results[r] = a;
      continue;
    }
    NttPoly image = ring.make_unset<Domain::kNtt>(a.parts[0].basis());
    for_each_limb(image.limb_count(),
                  [&](std::size_t limb) { permute(ring, image, a.parts[0], keys[r]->automorphism, false, limb); });
    results[r] = divided(a, std::move(sums[next++]), {&image, nullptr}, 0);
  }
  return results;
}

Result<Ciphertext> Evaluator::sum_of_rotations(const Ciphertext& a, std::span<const std::int64_t> steps) const {
  const Ring& ring = params_->ring();
  if (steps.empty()) return fail(Code::kInvalidArgument, "sum of rotations: there is no rotation to sum");
  std::vector<Automorphism> keys;
  bool any_identity = false;
  NttPoly image = ring.make<Domain::kNtt>(a.parts.empty() ? Basis{} : a.parts[0].basis());
  NttPoly rest = image;
  for (const std::int64_t step : steps) {
    MC_TRY_STATUS(check_two_parts(rotation_text(step), a));
    const std::uint64_t element = galois_element_of_rotation(step, ring.degree());
    if (element == 1) {
      ring.add(image, a.parts[0]);
      ring.add(rest, a.parts[1]);
      any_identity = true;
      continue;
    }
    MC_TRY(const EvaluationKeys::Galois* key, galois_key(rotation_text(step), element, a));
    keys.push_back(key);
  }
  if (keys.empty()) return Ciphertext{{std::move(image), std::move(rest)}, a.scale, a.epoch};
  std::array<WidePair, 1> sums{make_wide_pair(*params_, a.level())};
  switch_key_under(*params_, a.parts[1], keys, sums, workers_.get());
  for_each_limb(image.limb_count(), [&](std::size_t limb) {
    for (const Automorphism key : keys) permute(ring, image, a.parts[0], key->automorphism, true, limb);
  });
  return divided(a, std::move(sums[0]), {&image, any_identity ? &rest : nullptr}, 0);
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
