// SPDX-License-Identifier: Apache-2.0
// The part of Evaluator that moves slots. phi(c_0 + c_1 s) = phi(c_0) + phi(c_1) phi(s), and the Galois key brings
// phi(s) back to s. phi commutes with taking digits, so one decomposition of c_1 serves every rotation.
#include <algorithm>

#include "fhe/ckks/evaluator.hpp"

namespace mc::fhe {
namespace {

/// phi(c_0), limb by limb, is what a rotation adds to the first part.
Switched image_of(const Ring& ring, const Ciphertext& a, const EvaluationKeys::Galois& key) {
  return {{{&key.key, &key.automorphism}},
          [&ring, &a, &key](std::size_t part, std::size_t limb, Residues which,
                            std::uint64_t* scratch) -> const std::uint64_t* {
            if (part != 0) return nullptr;
            ring.kernels().permute(scratch, a.parts[0].limb(limb).data(), key.automorphism, false, which,
                                   ring.modulus_at(limb));
            return scratch;
          }};
}

}  // namespace

Ciphertext Evaluator::apply(const Ciphertext& a, std::uint64_t element) const {
  const Switched wanted = image_of(params_->ring(), a, *keys_->galois(element));
  auto results = switch_key(*params_, a.parts[1], {&wanted, 1}, 0, workers_.get());
  return Ciphertext{std::move(results[0]), a.scale, a.epoch};
}

Result<Ciphertext> Evaluator::rotate(const Ciphertext& a, std::int64_t steps) const {
  MC_TRY_STATUS(rotated(shape_of(a), steps, keys_->shape()));
  const std::uint64_t element = galois_element_of_rotation(steps, params_->ring().degree());
  if (element == 1) return a;
  return apply(a, element);
}

Result<Ciphertext> Evaluator::conjugate(const Ciphertext& a) const {
  MC_TRY_STATUS(conjugated(shape_of(a), keys_->shape()));
  return apply(a, galois_element_of_conjugation(params_->ring().degree()));
}

Result<std::vector<Ciphertext>> Evaluator::rotate_each(const Ciphertext& a, std::span<const std::int64_t> steps) const {
  const Ring& ring = params_->ring();
  std::vector<Switched> wanted;
  std::vector<bool> moves(steps.size());
  for (std::size_t r = 0; r < steps.size(); ++r) {
    MC_TRY_STATUS(rotated(shape_of(a), steps[r], keys_->shape()));
    const std::uint64_t element = galois_element_of_rotation(steps[r], ring.degree());
    moves[r] = element != 1;
    if (moves[r]) wanted.push_back(image_of(ring, a, *keys_->galois(element)));
  }
  std::vector<std::vector<NttPoly>> parts;
  if (!wanted.empty()) parts = switch_key(*params_, a.parts[1], wanted, 0, workers_.get());
  std::vector<Ciphertext> results;
  results.reserve(moves.size());
  std::size_t next = 0;
  for (const bool moved : moves) {
    if (moved) {
      results.push_back({std::move(parts[next++]), a.scale, a.epoch});
    } else {
      results.push_back(a);
    }
  }
  return results;
}

Result<Ciphertext> Evaluator::sum_of_rotations(const Ciphertext& a, std::span<const std::int64_t> steps) const {
  MC_TRY_STATUS(sum_of_rotated(shape_of(a), steps, keys_->shape()));
  const Ring& ring = params_->ring();
  Switched wanted;
  std::uint64_t identities = 0;
  for (const std::int64_t step : steps) {
    const std::uint64_t element = galois_element_of_rotation(step, ring.degree());
    if (element == 1) {
      ++identities;
      continue;
    }
    const EvaluationKeys::Galois* const key = keys_->galois(element);
    wanted.terms.push_back({&key->key, &key->automorphism});
  }
  if (wanted.terms.empty()) {
    Ciphertext multiple = a;
    multiply_integer_inplace(multiple, static_cast<std::int64_t>(identities));
    return multiple;
  }
  wanted.addend = [&](std::size_t part, std::size_t limb, Residues which,
                      std::uint64_t* scratch) -> const std::uint64_t* {
    if (part == 1 && identities == 0) return nullptr;
    const Modulus& m = ring.modulus_at(limb);
    const std::uint64_t* const from = a.parts[part].limb(limb).data();
    std::fill_n(scratch, which.count, 0);
    if (identities != 0) {
      ring.kernels().multiply_scalar_add(scratch, from + which.first, identities % m.q, which.count, m);
    }
    for (const SwitchedTerm& term : wanted.terms) {
      if (part == 0) ring.kernels().permute(scratch, from, *term.automorphism, true, which, m);
    }
    return scratch;
  };
  auto results = switch_key(*params_, a.parts[1], {&wanted, 1}, 0, workers_.get());
  return Ciphertext{std::move(results[0]), a.scale, a.epoch};
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
