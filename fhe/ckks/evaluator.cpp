// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/evaluator.hpp"

#include "fhe/ring/division.hpp"
#include "fhe/ring/kernels.hpp"

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

Status check_sum(std::string_view operation, const Ciphertext& a, const Ciphertext& b) {
  MC_TRY_STATUS(check_parts(operation, a, 3));
  MC_TRY_STATUS(check_parts(operation, b, 3));
  MC_TRY_STATUS(check_same_level(operation, a.level(), b.level()));
  return check_same_scale(operation, a.scale, b.scale);
}

/// An empty accumulator takes the level and scale of the product; any other must have them.
Status prepare_accumulator(const Ring& ring, Ciphertext& accumulator, std::size_t parts, Level level,
                           const Scale& scale) {
  if (accumulator.parts.empty()) {
    for (std::size_t i = 0; i < parts; ++i) accumulator.parts.push_back(ring.make<Domain::kNtt>({level.value, false}));
    accumulator.scale = scale;
    return {};
  }
  MC_TRY_STATUS(check_parts("multiply and add", accumulator, 3));
  MC_TRY_STATUS(check_same_level("multiply and add", accumulator.level(), level));
  MC_TRY_STATUS(check_same_scale("multiply and add", accumulator.scale, scale));
  while (accumulator.parts.size() < parts) accumulator.parts.push_back(ring.make<Domain::kNtt>({level.value, false}));
  return {};
}

/// Sum over the digits i of a of digits[i] * (b_i, a_i), over Q_level and P. Digit i is [a]_{q_i} taken in
/// (-q_i/2, q_i/2), which halves its contribution to the noise, and lifted exactly to every other prime.
std::vector<NttPoly> key_product(const Ring& ring, const NttPoly& a, const RelinKey& key) {
  const Kernels& kernels = ring.kernels();
  const std::size_t degree = ring.degree();
  const std::uint32_t level = a.basis().q_limbs;
  const Basis wide{level, true};
  NttPoly digits = a;
  for (std::uint32_t i = 0; i < level; ++i) kernels.inverse_ntt(digits.limb(i).data(), ring.ntt_tables(wide, i));
  std::vector<NttPoly> sums;
  for (int part = 0; part < 2; ++part) sums.push_back(ring.make<Domain::kNtt>(wide));
  AlignedWords lifted(degree * level);
  std::vector<const std::uint64_t*> lifted_rows(level);
  std::vector<const std::uint64_t*> key_rows(level);
  for (std::size_t j = 0; j < sums[0].limb_count(); ++j) {
    const Modulus& m = ring.modulus(wide, j);
    for (std::uint32_t i = 0; i < level; ++i) {
      lifted_rows[i] = j == i ? a.limb(i).data() : lifted.data() + i * degree;
      if (j == i) continue;
      kernels.lift_centred(lifted.data() + i * degree, digits.limb(i).data(), degree, ring.modulus(wide, i), m);
      kernels.forward_ntt(lifted.data() + i * degree, ring.ntt_tables(wide, j));
    }
    const std::size_t key_limb = j < level ? j : j - level + ring.q_count();
    for (int part = 0; part < 2; ++part) {
      for (std::uint32_t i = 0; i < level; ++i) {
        key_rows[i] = (part == 0 ? key.digits[i].b : key.digits[i].a).limb(key_limb).data();
      }
      kernels.inner_product(sums[part].limb(j).data(), lifted_rows.data(), key_rows.data(), level, degree, m);
    }
  }
  return sums;
}

}  // namespace

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
  MC_TRY_STATUS(prepare_accumulator(params_->ring(), accumulator, a.parts.size(), a.level(), a.scale * b.scale));
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
  Ciphertext product;
  MC_TRY_STATUS(multiply_add(product, a, b));
  return product;
}

Status Evaluator::multiply_add(Ciphertext& accumulator, const Ciphertext& a, const Ciphertext& b) const {
  MC_TRY_STATUS(check_parts("multiply", a, 2));
  MC_TRY_STATUS(check_parts("multiply", b, 2));
  MC_TRY_STATUS(check_same_level("multiply", a.level(), b.level()));
  const Ring& ring = params_->ring();
  MC_TRY_STATUS(prepare_accumulator(ring, accumulator, 3, a.level(), a.scale * b.scale));
  ring.multiply_add(accumulator.parts[0], a.parts[0], b.parts[0]);
  ring.multiply_add(accumulator.parts[1], a.parts[0], b.parts[1]);
  ring.multiply_add(accumulator.parts[1], a.parts[1], b.parts[0]);
  ring.multiply_add(accumulator.parts[2], a.parts[1], b.parts[1]);
  return {};
}

Result<Ciphertext> Evaluator::relinearise(const Ciphertext& a) const {
  if (relin_ == nullptr) return fail(Code::kInvalidArgument, "relinearise: there is no relinearisation key here");
  if (a.parts.size() != 3) {
    return fail(Code::kInvalidArgument,
                "relinearise: a ciphertext of " + std::to_string(a.parts.size()) + " parts, not 3");
  }
  if (a.level().value == 0 || a.level().value > relin_->digits.size()) {
    return fail(Code::kInvalidArgument, "relinearise: level " + level_text(a.level()) + " and a key for level " +
                                            std::to_string(relin_->digits.size()));
  }
  const Ring& ring = params_->ring();
  std::vector<NttPoly> switched = key_product(ring, a.parts[2], *relin_);
  Ciphertext result;
  result.scale = a.scale;
  for (std::size_t i = 0; i < 2; ++i) {
    divide_by_last_primes(ring, switched[i], ring.p_count());
    ring.add(switched[i], a.parts[i]);
    result.parts.push_back(std::move(switched[i]));
  }
  return result;
}

Status Evaluator::rescale_inplace(Ciphertext& a, std::uint32_t count) const {
  MC_TRY_STATUS(check_parts("rescale", a, 3));
  const Level level = a.level();
  if (count >= level.value) {
    return fail(Code::kLimit,
                "level " + level_text(level) + " left, rescale needs " + std::to_string(std::uint64_t{count} + 1));
  }
  for (NttPoly& part : a.parts) divide_by_last_primes(params_->ring(), part, count);
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
