// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/oracle_switching.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace mc::oracle {
namespace {

using namespace mc::fhe;

// Rotations that both sides make with our keys, and the one that SEAL has a key of its own for: by two of its steps.
constexpr std::int64_t kRotations[] = {1, 3};
constexpr std::uint64_t kSealElement = 9;  // 3^2; odd powers of 3 are no powers of 5, even ones are

/// The rotation of ours that is this Galois element.
std::int64_t steps_of(std::uint64_t galois_element, std::size_t degree) {
  std::int64_t steps = 0;
  while (galois_element_of_rotation(steps, degree) != galois_element) ++steps;
  return steps;
}

CoeffPoly opened(const Params& params, const SecretPoly& secret, const Ciphertext& ct) {
  return params.ring().to_coeff(decrypt(params, secret, ct).poly);
}

/// X -> X^g by its definition, coefficient by coefficient.
CoeffPoly image(const Ring& ring, const CoeffPoly& poly, std::uint64_t g) {
  CoeffPoly result = ring.make<Domain::kCoeff>(poly.basis());
  const std::size_t degree = ring.degree();
  for (std::size_t limb = 0; limb < poly.limb_count(); ++limb) {
    const Modulus& m = ring.modulus(poly.basis(), limb);
    for (std::size_t i = 0; i < degree; ++i) {
      const std::size_t power = i * g % (2 * degree);
      const std::uint64_t c = poly.limb(limb)[i];
      result.limb(limb)[power % degree] = power < degree ? c : m.negate(c);
    }
  }
  return result;
}

/// log2 of the largest coefficient of a - b; infinite when it is not the same small integer modulo every prime.
double difference_bits(const Ring& ring, CoeffPoly a, const CoeffPoly& b) {
  ring.subtract(a, b);
  const auto centred = [&](std::size_t limb, std::size_t i) {
    const std::uint64_t q = ring.modulus(a.basis(), limb).q, residue = a.limb(limb)[i];
    return static_cast<std::int64_t>(residue) - (residue > q / 2 ? static_cast<std::int64_t>(q) : 0);
  };
  std::int64_t worst = 0;
  for (std::size_t i = 0; i < ring.degree(); ++i) {
    const std::int64_t value = centred(0, i);
    worst = std::max(worst, std::abs(value));
    for (std::size_t limb = 1; limb < a.limb_count(); ++limb) {
      if (centred(limb, i) != value) return INFINITY;
    }
  }
  return std::log2(static_cast<double>(worst));
}

/// Ten standard deviations of one key switch, in bits: sum of digits times errors, over P, and the rounding times s.
/// `digit_variance`: of a digit as a part of its prime, 1/12 when it is centred as ours, 1/3 when not, as SEAL's.
double noise_bits(const Params& params, double digit_variance) {
  const double degree = static_cast<double>(params.ring().degree());
  const double special = static_cast<double>(params.p()[0]);
  double variance = (1 + degree * 2 / 3) / 12;
  for (const std::uint64_t q : params.q()) {
    const double ratio = static_cast<double>(q) / special;
    variance += degree * digit_variance * ratio * ratio * kErrorSigma * kErrorSigma;
  }
  return std::log2(10 * std::sqrt(variance));
}

class Judge {
 public:
  Judge(const Params& params, const SecretPoly& secret) : params_(params), secret_(secret) {}
  /// `theirs` and `ours` against the exact polynomial, and against each other.
  void compare(const std::string& what, const CoeffPoly& exact, const Ciphertext& theirs, const Ciphertext& ours) {
    const Ring& ring = params_.ring();
    const double ours_max = noise_bits(params_, 1.0 / 12);
    const double theirs_max = noise_bits(params_, 1.0 / 3);
    const CoeffPoly their_poly = opened(params_, secret_, theirs), our_poly = opened(params_, secret_, ours);
    report(what + ", SEAL's against the exact polynomial", difference_bits(ring, their_poly, exact), theirs_max);
    report(what + ", ours against the exact polynomial", difference_bits(ring, our_poly, exact), ours_max);
    report(what + ", ours against SEAL's", difference_bits(ring, our_poly, their_poly),
           std::log2(std::hypot(std::exp2(ours_max), std::exp2(theirs_max))));
  }
  void report(const std::string& what, double bits, double bits_max) {
    const bool good = bits < bits_max;
    std::printf("%s  %s: 2^%.1f, noise is below 2^%.1f\n", good ? "ok  " : "FAIL", what.c_str(), bits, bits_max);
    good_ &= good;
  }
  void same(const std::string& what, bool same) {
    std::printf("%s  %s\n", same ? "ok  " : "FAIL", what.c_str());
    good_ &= same;
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  const Params& params_;
  const SecretPoly& secret_;
  bool good_ = true;
};

std::string with(std::string_view what, std::uint64_t element) {
  return std::string(what) + "_" + std::to_string(element);
}

}  // namespace

void make_switching(const ParamsPtr& params, const SecretPoly& secret, const RelinKey& relin, const Ciphertext& x,
                    const Ciphertext& product, KeyStream& stream, const Folder& folder) {
  const std::size_t degree = params->ring().degree();
  const auto keys = std::make_shared<EvaluationKeys>(params);
  keys->add(relin).value_or_stop();
  std::vector<std::uint64_t> elements{galois_element_of_conjugation(degree)};
  for (const std::int64_t steps : kRotations) elements.push_back(galois_element_of_rotation(steps, degree));
  for (const std::uint64_t element : elements) {
    const GaloisKey key = make_galois_key(*params, secret, element, stream).value_or_stop();
    keys->add(key).value_or_stop();
    folder.write_key(with("galois", element), *params, key);
  }
  const Evaluator evaluator(keys);
  folder.write_ciphertext(with("moved", elements[0]), evaluator.conjugate(x).value_or_stop());
  const std::vector<Ciphertext> rotated = evaluator.rotate_each(x, kRotations).value_or_stop();
  for (std::size_t r = 0; r < rotated.size(); ++r) {
    MC_CHECK(rotated[r] == evaluator.rotate(x, kRotations[r]).value_or_stop());
    folder.write_ciphertext(with("moved", elements[1 + r]), rotated[r]);
  }
  const std::int64_t summed[] = {0, kRotations[0], kRotations[1]};
  folder.write_ciphertext("moved_sum", evaluator.sum_of_rotations(x, summed).value_or_stop());
  const Ciphertext relinearised = evaluator.relinearise(product).value_or_stop();
  folder.write_ciphertext("relinearised", relinearised);
  Ciphertext twice = relinearised;
  evaluator.rescale_inplace(twice, 1).value_or_stop();
  folder.write_ciphertext("relinearised_rescaled", twice);
  folder.write_ciphertext("fused", evaluator.relinearise_rescale(product, 1).value_or_stop());
  folder.write_ciphertext("fused_2", evaluator.relinearise_rescale(product, 2).value_or_stop());
  twice = product;
  evaluator.rescale_inplace(twice, 2).value_or_stop();
  folder.write_ciphertext("rescaled_2", twice);
}

bool open_switching(const ParamsPtr& params, const SecretPoly& secret, const Folder& folder) {
  const Ring& ring = params->ring();
  const std::uint32_t top = params->top_level().value;
  const Scale scale = Scale::power_of_two(kSealScaleLog2);
  const auto read = [&](const std::string& name, std::uint32_t level, std::size_t parts) {
    return folder.read_ciphertext(name, *params, level, parts, scale).value_or_stop();
  };
  Judge judge(*params, secret);
  const Ciphertext x = read("x", top, 2), product = read("product", top, 3);
  const CoeffPoly x_opened = opened(*params, secret, x), product_opened = opened(*params, secret, product);
  const std::uint64_t conjugation = galois_element_of_conjugation(ring.degree());
  const std::vector<std::uint64_t> elements{galois_element_of_rotation(kRotations[0], ring.degree()),
                                            galois_element_of_rotation(kRotations[1], ring.degree()), conjugation};

  // With our keys, on both sides.
  for (const std::uint64_t element : elements) {
    judge.compare("our key for Galois element " + std::to_string(element), image(ring, x_opened, element),
                  read(with("seal_moved", element), top, 2), read(with("moved", element), top, 2));
  }
  judge.compare("our relinearisation key", product_opened, read("seal_relinearised_product", top, 2),
                read("relinearised", top, 2));

  // With SEAL's keys, on both sides.
  const auto keys = std::make_shared<EvaluationKeys>(params);
  keys->add_relin(folder.read_digits("seal_relin", *params).value_or_stop(), {}).value_or_stop();
  for (const std::uint64_t element : {kSealElement, conjugation}) {
    keys->add_galois(element, folder.read_digits(with("seal_galois", element), *params).value_or_stop(), {})
        .value_or_stop();
  }
  const Evaluator evaluator(keys);
  const Ciphertext rotated = evaluator.rotate(x, steps_of(kSealElement, ring.degree())).value_or_stop();
  const Ciphertext conjugated = evaluator.conjugate(x).value_or_stop();
  const Ciphertext relinearised = evaluator.relinearise(product).value_or_stop();
  judge.compare("SEAL's key for Galois element 9", image(ring, x_opened, kSealElement),
                read(with("seal_key_moved", kSealElement), top, 2), rotated);
  judge.compare("SEAL's key for conjugation", image(ring, x_opened, conjugation),
                read(with("seal_key_moved", conjugation), top, 2), conjugated);
  judge.compare("SEAL's relinearisation key", product_opened, read("seal_key_relinearised", top, 2), relinearised);
  folder.write_ciphertext(with("by_seal_key_moved", kSealElement), rotated);
  folder.write_ciphertext(with("by_seal_key_moved", conjugation), conjugated);
  folder.write_ciphertext("by_seal_key_relinearised", relinearised);
  folder.write_ciphertext("by_seal_key_fused", evaluator.relinearise_rescale(product, 1).value_or_stop());

  // Rescaling is exact: SEAL's ciphertext, rescaled by us and by SEAL.
  Ciphertext rescaled = read("seal_key_relinearised", top, 2);
  evaluator.rescale_inplace(rescaled, 1).value_or_stop();
  judge.same("we rescale SEAL's relinearised product as SEAL does: every residue the same",
             rescaled.parts == read("seal_key_rescaled", top - 1, 2).parts);
  return judge.good();
}

}  // namespace mc::oracle
