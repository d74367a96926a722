// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/evaluator.hpp"

#include "fhe/ring/division.hpp"

namespace mc::fhe {
namespace {

/// An empty accumulator becomes a zero of the product's shape; any other must have level, scale and epoch of it.
Status prepare_accumulator(const Ring& ring, Ciphertext& accumulator, const Shape& product) {
  if (accumulator.parts.empty()) {
    accumulator.scale = product.scale;
    accumulator.epoch = product.epoch;
  } else {
    MC_TRY_STATUS(accumulated(shape_of(accumulator), product));
  }
  while (accumulator.parts.size() < product.parts) {
    accumulator.parts.push_back(ring.make<Domain::kNtt>({product.level.value, false}));
  }
  return {};
}

/// Of two factors that are dropped to `level` first.
Result<Shape> product_at(Level level, const Ciphertext& a, const Ciphertext& b) {
  MC_TRY(const Shape left, dropped(shape_of(a), level));
  MC_TRY(const Shape right, dropped(shape_of(b), level));
  return product(left, right);
}

/// d (+)= a * b, limb by limb.
void multiply_limb(const Ring& ring, Ciphertext& d, const Ciphertext& a, const Ciphertext& b, bool accumulate,
                   std::size_t limb) {
  std::uint64_t* const out[] = {d.parts[0].limb(limb).data(), d.parts[1].limb(limb).data(),
                                d.parts[2].limb(limb).data()};
  const std::uint64_t* const left[] = {a.parts[0].limb(limb).data(), a.parts[1].limb(limb).data()};
  const std::uint64_t* const right[] = {b.parts[0].limb(limb).data(), b.parts[1].limb(limb).data()};
  ring.kernels().tensor(out, left, right, accumulate, ring.degree(), ring.modulus_at(limb));
}

}  // namespace

Evaluator::Evaluator(ParamsPtr params, const std::shared_ptr<const RelinKey>& relin) : params_(std::move(params)) {
  const auto keys = std::make_shared<EvaluationKeys>(params_, relin == nullptr ? Epoch{} : relin->epoch);
  if (relin != nullptr) keys->add(*relin).value_or_stop();
  keys_ = keys;
}

Status Evaluator::add_inplace(Ciphertext& a, const Ciphertext& b) const {
  MC_TRY_STATUS(sum(shape_of(a), shape_of(b)));
  for (std::size_t i = 0; i < b.parts.size(); ++i) {
    if (i < a.parts.size()) {
      params_->ring().add(a.parts[i], b.parts[i]);
    } else {
      a.parts.push_back(b.parts[i]);
    }
  }
  return {};
}

Status Evaluator::subtract_inplace(Ciphertext& a, const Ciphertext& b) const {
  MC_TRY_STATUS(difference(shape_of(a), shape_of(b)));
  for (std::size_t i = 0; i < b.parts.size(); ++i) {
    if (i == a.parts.size()) a.parts.push_back(params_->ring().make<Domain::kNtt>(b.parts[i].basis()));
    params_->ring().subtract(a.parts[i], b.parts[i]);
  }
  return {};
}

void Evaluator::negate_inplace(Ciphertext& a) const {
  for (NttPoly& part : a.parts) params_->ring().negate(part);
}

Status Evaluator::add_plain_inplace(Ciphertext& a, const Plaintext& b) const {
  MC_TRY_STATUS(sum_with_plain(shape_of(a), shape_of(b)));
  params_->ring().add(a.parts[0], b.poly);
  return {};
}

Result<Ciphertext> Evaluator::multiply_plain(const Ciphertext& a, const Plaintext& b) const {
  MC_TRY(const Shape shape, product_with_plain(shape_of(a), shape_of(b)));
  Ciphertext result = a;
  result.scale = shape.scale;
  for (NttPoly& part : result.parts) params_->ring().multiply(part, b.poly);
  return result;
}

Status Evaluator::multiply_plain_add(Ciphertext& accumulator, const Ciphertext& a, const Plaintext& b) const {
  MC_TRY(const Shape shape, product_with_plain(shape_of(a), shape_of(b)));
  MC_TRY_STATUS(prepare_accumulator(params_->ring(), accumulator, shape));
  for (std::size_t i = 0; i < a.parts.size(); ++i) {
    params_->ring().multiply_add(accumulator.parts[i], a.parts[i], b.poly);
  }
  return {};
}

void Evaluator::multiply_integer_inplace(Ciphertext& a, std::int64_t factor) const {
  const std::uint64_t magnitude = factor < 0 ? -static_cast<std::uint64_t>(factor) : static_cast<std::uint64_t>(factor);
  for (NttPoly& part : a.parts) {
    std::vector<std::uint64_t> residues(part.limb_count());
    for (std::size_t i = 0; i < residues.size(); ++i) {
      const Modulus& m = params_->ring().modulus(part.basis(), i);
      residues[i] = factor < 0 ? m.negate(m.reduce_word(magnitude)) : m.reduce_word(magnitude);
    }
    params_->ring().multiply_scalar(part, residues);
  }
}

Result<Ciphertext> Evaluator::multiply(const Ciphertext& a, const Ciphertext& b) const {
  return multiply_at(product(shape_of(a), shape_of(b)), a, b);
}

Result<Ciphertext> Evaluator::multiply(const Ciphertext& a, const Ciphertext& b, Level level) const {
  return multiply_at(product_at(level, a, b), a, b);
}

Status Evaluator::multiply_add(Ciphertext& accumulator, const Ciphertext& a, const Ciphertext& b) const {
  return multiply_add_at(product(shape_of(a), shape_of(b)), accumulator, a, b);
}

Status Evaluator::multiply_add(Ciphertext& accumulator, const Ciphertext& a, const Ciphertext& b, Level level) const {
  return multiply_add_at(product_at(level, a, b), accumulator, a, b);
}

/// Limbs of a product are products of limbs, so those above its level need not be there.
Result<Ciphertext> Evaluator::multiply_at(const Result<Shape>& shape, const Ciphertext& a, const Ciphertext& b) const {
  if (!shape) return fail(shape.error());
  Ciphertext result{{}, shape->scale, shape->epoch};
  const Basis basis{shape->level.value, false};
  for (int part = 0; part < 3; ++part) result.parts.push_back(params_->ring().make_unset<Domain::kNtt>(basis));
  run_on(workers_.get(), basis.q_limbs,
         [&](std::size_t limb) { multiply_limb(params_->ring(), result, a, b, false, limb); });
  return result;
}

Status Evaluator::multiply_add_at(const Result<Shape>& shape, Ciphertext& accumulator, const Ciphertext& a,
                                  const Ciphertext& b) const {
  if (!shape) return fail(shape.error());
  if (accumulator.parts.empty()) {  // what is written need not be zero first
    MC_TRY(accumulator, multiply_at(shape, a, b));
    return {};
  }
  MC_TRY_STATUS(prepare_accumulator(params_->ring(), accumulator, *shape));
  run_on(workers_.get(), shape->level.value,
         [&](std::size_t limb) { multiply_limb(params_->ring(), accumulator, a, b, true, limb); });
  return {};
}

Result<Ciphertext> Evaluator::relinearise(const Ciphertext& a) const {
  return relinearise_rescale(a, 0);
}

Result<Ciphertext> Evaluator::relinearise_rescale(const Ciphertext& a, std::uint32_t count) const {
  MC_TRY(const Shape shape, relinearised(shape_of(a), keys_->shape(), count));
  const Switched wanted{{{keys_->relin(), nullptr}},
                        [&](std::size_t part, std::size_t limb, Residues which, std::uint64_t*) {
                          return a.parts[part].limb(limb).data() + which.first;
                        }};
  auto results = switch_key(*params_, a.parts[2], {&wanted, 1}, count, workers_.get());
  return Ciphertext{std::move(results[0]), shape.scale, shape.epoch};
}

Status Evaluator::rescale_inplace(Ciphertext& a, std::uint32_t count) const {
  MC_TRY(const Shape shape, rescaled(shape_of(a), count));
  divide_by_last_primes(params_->ring(), a.parts, count, workers_.get());
  a.scale = shape.scale;
  return {};
}

Status Evaluator::drop_to_level(Ciphertext& a, Level level) const {
  MC_TRY_STATUS(dropped(shape_of(a), level));
  for (NttPoly& part : a.parts) part.keep_limbs(level.value);
  return {};
}

}  // namespace mc::fhe
