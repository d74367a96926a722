// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/evaluator.hpp"

#include "fhe/ring/division.hpp"

namespace mc::fhe {
namespace {

std::string level_text(Level level) {
  return std::to_string(level.value);
}

Status check_same_level(std::string_view operation, Level a, Level b) {
  if (a == b) return {};
  return fail(Code::kInvalidArgument,
              std::string(operation) + ": the operands have levels " + level_text(a) + " and " + level_text(b));
}

Status check_same_scale(std::string_view operation, const Scale& a, const Scale& b) {
  if (a == b) return {};
  return fail(Code::kInvalidArgument,
              std::string(operation) + ": the operands have scales " + a.text() + " and " + b.text());
}

Status check_parts(std::string_view operation, const Ciphertext& a, std::size_t at_most) {
  if (a.parts.size() >= 2 && a.parts.size() <= at_most) return {};
  return fail(Code::kInvalidArgument, std::string(operation) + ": a ciphertext of " + std::to_string(a.parts.size()) +
                                          " parts, not 2" + (at_most == 3 ? " or 3" : ""));
}

Status check_same_epoch(std::string_view operation, Epoch a, Epoch b) {
  if (a == b) return {};
  return fail(Code::kInvalidArgument, std::string(operation) + ": the operands are under keys of epochs " +
                                          std::to_string(a.value) + " and " + std::to_string(b.value));
}

Status check_sum(std::string_view operation, const Ciphertext& a, const Ciphertext& b) {
  MC_TRY_STATUS(check_parts(operation, a, 3));
  MC_TRY_STATUS(check_parts(operation, b, 3));
  MC_TRY_STATUS(check_same_epoch(operation, a.epoch, b.epoch));
  MC_TRY_STATUS(check_same_level(operation, a.level(), b.level()));
  return check_same_scale(operation, a.scale, b.scale);
}

Status check_product(const Ciphertext& a, const Ciphertext& b) {
  MC_TRY_STATUS(check_parts("multiply", a, 2));
  MC_TRY_STATUS(check_parts("multiply", b, 2));
  MC_TRY_STATUS(check_same_epoch("multiply", a.epoch, b.epoch));
  return check_same_level("multiply", a.level(), b.level());
}

Status check_rescale(Level level, std::uint32_t count) {
  if (count < level.value) return {};
  return fail(Code::kLimit,
              "level " + level_text(level) + " left, rescale needs " + std::to_string(std::uint64_t{count} + 1));
}

/// An empty accumulator takes level, scale and epoch of the product; any other must have them.
Status prepare_accumulator(const Ring& ring, Ciphertext& accumulator, std::size_t parts, Level level,
                           const Scale& scale, Epoch epoch) {
  if (accumulator.parts.empty()) {
    accumulator.scale = scale;
    accumulator.epoch = epoch;
  } else {
    MC_TRY_STATUS(check_parts("multiply and add", accumulator, 3));
    MC_TRY_STATUS(check_same_epoch("multiply and add", accumulator.epoch, epoch));
    MC_TRY_STATUS(check_same_level("multiply and add", accumulator.level(), level));
    MC_TRY_STATUS(check_same_scale("multiply and add", accumulator.scale, scale));
  }
  while (accumulator.parts.size() < parts) accumulator.parts.push_back(ring.make<Domain::kNtt>({level.value, false}));
  return {};
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

void Evaluator::for_each_limb(std::size_t count, const std::function<void(std::size_t)>& job) const {
  if (workers_ != nullptr) {
    workers_->run(count, job);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) job(i);
}

Status Evaluator::check_key_epoch(std::string_view operation, const Ciphertext& a) const {
  if (a.epoch == keys_->epoch()) return {};
  return fail(Code::kInvalidArgument, std::string(operation) + ": a ciphertext under the key of epoch " +
                                          std::to_string(a.epoch.value) + ", the keys here are of epoch " +
                                          std::to_string(keys_->epoch().value));
}

Status Evaluator::add_inplace(Ciphertext& a, const Ciphertext& b) const {
  MC_TRY_STATUS(check_sum("add", a, b));
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
  MC_TRY_STATUS(check_sum("subtract", a, b));
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
  MC_TRY_STATUS(check_parts("add plaintext", a, 3));
  MC_TRY_STATUS(check_same_level("add plaintext", a.level(), b.level()));
  MC_TRY_STATUS(check_same_scale("add plaintext", a.scale, b.scale));
  params_->ring().add(a.parts[0], b.poly);
  return {};
}

Result<Ciphertext> Evaluator::multiply_plain(const Ciphertext& a, const Plaintext& b) const {
  MC_TRY_STATUS(check_parts("multiply by plaintext", a, 3));
  MC_TRY_STATUS(check_same_level("multiply by plaintext", a.level(), b.level()));
  Ciphertext product = a;
  product.scale = a.scale * b.scale;
  for (NttPoly& part : product.parts) params_->ring().multiply(part, b.poly);
  return product;
}

Status Evaluator::multiply_plain_add(Ciphertext& accumulator, const Ciphertext& a, const Plaintext& b) const {
  MC_TRY_STATUS(check_parts("multiply by plaintext", a, 3));
  MC_TRY_STATUS(check_same_level("multiply by plaintext", a.level(), b.level()));
  MC_TRY_STATUS(
      prepare_accumulator(params_->ring(), accumulator, a.parts.size(), a.level(), a.scale * b.scale, a.epoch));
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
  MC_TRY_STATUS(check_product(a, b));
  Ciphertext product;
  product.scale = a.scale * b.scale;
  product.epoch = a.epoch;
  const Basis basis = a.parts[0].basis();
  for (int part = 0; part < 3; ++part) product.parts.push_back(params_->ring().make_unset<Domain::kNtt>(basis));
  for_each_limb(basis.q_limbs, [&](std::size_t limb) { multiply_limb(params_->ring(), product, a, b, false, limb); });
  return product;
}

Status Evaluator::multiply_add(Ciphertext& accumulator, const Ciphertext& a, const Ciphertext& b) const {
  MC_TRY_STATUS(check_product(a, b));
  MC_TRY_STATUS(prepare_accumulator(params_->ring(), accumulator, 3, a.level(), a.scale * b.scale, a.epoch));
  for_each_limb(a.level().value,
                [&](std::size_t limb) { multiply_limb(params_->ring(), accumulator, a, b, true, limb); });
  return {};
}

Result<Ciphertext> Evaluator::relinearise(const Ciphertext& a) const {
  return relinearise_rescale(a, 0);
}

Result<Ciphertext> Evaluator::relinearise_rescale(const Ciphertext& a, std::uint32_t count) const {
  if (keys_->relin() == nullptr) {
    return fail(Code::kInvalidArgument, "relinearise: there is no relinearisation key here");
  }
  if (a.parts.size() != 3) {
    return fail(Code::kInvalidArgument,
                "relinearise: a ciphertext of " + std::to_string(a.parts.size()) + " parts, not 3");
  }
  MC_TRY_STATUS(check_key_epoch("relinearise", a));
  const Level level = a.level();
  if (level.value == 0 || level > params_->top_level()) {
    return fail(Code::kInvalidArgument,
                "relinearise: level " + level_text(level) + " and a key for level " + level_text(params_->top_level()));
  }
  MC_TRY_STATUS(check_rescale(level, count));
  const Switched wanted{{{keys_->relin(), nullptr}}, [&](std::size_t part, std::size_t limb, std::uint64_t*) {
                          return a.parts[part].limb(limb).data();
                        }};
  auto results = switch_key(*params_, a.parts[2], {&wanted, 1}, count, workers_.get());
  return Ciphertext{std::move(results[0]), a.scale / Scale::of_top_primes(level.value, count), a.epoch};
}

Status Evaluator::rescale_inplace(Ciphertext& a, std::uint32_t count) const {
  MC_TRY_STATUS(check_parts("rescale", a, 3));
  const Level level = a.level();
  MC_TRY_STATUS(check_rescale(level, count));
  divide_by_last_primes(params_->ring(), a.parts, count, workers_.get());
  a.scale = a.scale / Scale::of_top_primes(level.value, count);
  return {};
}

Status Evaluator::drop_to_level(Ciphertext& a, Level level) const {
  MC_TRY_STATUS(check_parts("drop to level", a, 3));
  if (level.value == 0 || level > a.level()) {
    return fail(Code::kLimit, "level " + level_text(a.level()) + " left, level " + level_text(level) + " wanted");
  }
  for (NttPoly& part : a.parts) part.keep_limbs(level.value);
  return {};
}

}  // namespace mc::fhe
