// SPDX-License-Identifier: Apache-2.0
#include "tests/wasm/engine_script.hpp"

#include <optional>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "fhe/ring/kernels.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::tests {
namespace {

using namespace mc::fhe;

class Script {
 public:
  Script(const ParamsSpec& spec, std::string& out)
      : out_(out), params_(Params::create(spec).value_or_stop()), encoder_(params_) {}

  void run() {
    make_keys();
    encode();
    compute();
    rotate();
    transform();
  }

  [[nodiscard]] const Ring& ring() const { return params_->ring(); }

 private:
  template <Domain kDomain>
  void report(const std::string& step, const Poly<kDomain>& poly) {
    Sha256 hash;
    for (std::size_t i = 0; i < poly.limb_count(); ++i) {
      for (const std::uint64_t residue : poly.limb(i)) hash.update_u64(residue);
    }
    out_ += params_->spec().name + "/" + step + " " + hash.finish().hex() + "\n";
  }
  void report(const std::string& step, const Ciphertext& ct) {
    for (std::size_t i = 0; i < ct.parts.size(); ++i) report(step + "/" + std::to_string(i), ct.parts[i]);
    out_ += params_->spec().name + "/" + step + "/bytes " + hash_ciphertext(ct, *params_).hex() + "\n";
  }

  void make_keys() {
    secret_ = make_secret_key(*params_, stream_);
    report("secret key", secret_.expose());
    const NttPoly uniform = sample_uniform(ring(), {params_->top_level().value, false}, stream_);
    key_ = make_public_key(*params_, secret_, uniform, stream_);
    report("public key/0", key_.p0);
    report("public key/1", key_.p1);
    auto keys = std::make_shared<EvaluationKeys>(params_);
    const RelinKey relin = make_relin_key(*params_, secret_, stream_);
    const std::vector<NttPoly> halves = expand_uniform_halves(*params_, relin.seed);
    for (std::size_t i = 0; i < relin.b.size(); ++i) {
      report("relinearisation key/b" + std::to_string(i), relin.b[i]);
      report("relinearisation key/a" + std::to_string(i), halves[i]);
    }
    keys->add(relin).value_or_stop();
    const std::size_t degree = ring().degree();
    for (const std::uint64_t element : {galois_element_of_rotation(1, degree), galois_element_of_rotation(-3, degree),
                                        galois_element_of_conjugation(degree)}) {
      const GaloisKey galois = make_galois_key(*params_, secret_, element, stream_).value_or_stop();
      for (std::size_t i = 0; i < galois.b.size(); ++i) {
        report("Galois key " + std::to_string(element) + "/" + std::to_string(i), galois.b[i]);
      }
      keys->add(galois).value_or_stop();
    }
    evaluator_.emplace(keys);
  }

  void encode() {
    std::vector<double> slots(params_->slot_count());
    const Level top = params_->top_level();
    for (double& x : slots) x = static_cast<double>(stream_.next_u64() >> 11) / 0x1p52 - 1;
    slots[0] = 0;
    slots[1] = 1;
    slots[2] = -1;
    slots[3] = 0x1p-60;
    plain_ = encoder_.encode(slots, top, Scale::of_top_primes(top.value, 1)).value_or_stop();
    report("encoded at one prime", plain_.poly);
    report("encoded at two primes",
           encoder_.encode(slots, top, Scale::of_top_primes(top.value, 2)).value_or_stop().poly);
    report("constant", encoder_.encode_constant(-0.3, top, Scale::of_top_primes(top.value, 1)).value_or_stop().poly);
    a_ = encrypt(*params_, key_, plain_, stream_).value_or_stop();
    b_ = encrypt(*params_, key_, plain_, stream_).value_or_stop();
    report("encrypted", a_);
    report("encrypted again", b_);
    report("decrypted", decrypt(*params_, secret_, a_).poly);
  }

  void compute() {
    report("masked", evaluator_->multiply_plain(a_, plain_).value_or_stop());
    Ciphertext product = evaluator_->multiply(a_, b_).value_or_stop();
    report("product", product);
    evaluator_->multiply_add(product, a_, a_).value_or_stop();
    evaluator_->multiply_integer_inplace(product, -7);
    report("sum of products", product);
    report("decrypted product", decrypt(*params_, secret_, product).poly);
    Ciphertext relinearised = evaluator_->relinearise(product).value_or_stop();
    report("relinearised", relinearised);
    evaluator_->rescale_inplace(relinearised, 1).value_or_stop();
    report("rescaled", relinearised);
    const Ciphertext by_two = evaluator_->relinearise_rescale(product, 2).value_or_stop();
    report("relinearised and rescaled by two primes", by_two);
    Ciphertext square = evaluator_->multiply(by_two, by_two).value_or_stop();
    square = evaluator_->relinearise_rescale(square, 1).value_or_stop();
    report("square, lower down", square);
    report("decrypted square", decrypt(*params_, secret_, square).poly);
  }

  void rotate() {
    report("rotated", evaluator_->rotate(a_, 1).value_or_stop());
    report("conjugated", evaluator_->conjugate(a_).value_or_stop());
    const std::int64_t steps[] = {0, 1, -3};
    report("sum of rotations", evaluator_->sum_of_rotations(b_, steps).value_or_stop());
    const auto each = evaluator_->rotate_each(b_, steps).value_or_stop();
    for (std::size_t i = 0; i < each.size(); ++i) report("rotation " + std::to_string(i), each[i]);
  }

  void transform() {
    CoeffPoly coefficients = ring().to_coeff(NttPoly(a_.parts[1]));
    report("coefficients", coefficients);
    report("coefficients transformed", ring().to_ntt(std::move(coefficients)));
    report("errors", sample_error(ring(), {params_->top_level().value, true}, stream_));
    report("ternary", sample_ternary(ring(), {params_->top_level().value, true}, stream_));
  }

  std::string& out_;
  ParamsPtr params_;
  Encoder encoder_;
  KeyStream stream_ = public_stream("tests/wasm/engine_script", {});
  SecretPoly secret_;
  PublicKey key_;
  std::optional<Evaluator> evaluator_;
  Plaintext plain_;
  Ciphertext a_, b_;
};

}  // namespace

std::string run_engine_script() {
  const ParamsSpec sets[] = {
      {.name = "tiny", .log_n = LogN(4), .q_bits = {50, 40, 40, 40}, .p_bits = {50}, .insecure_for_tests = true},
      {.name = "small primes",
       .log_n = LogN(8),
       .q_bits = {30, 22, 28, 31, 25},
       .p_bits = {31},
       .insecure_for_tests = true},
      {.name = "three special primes",
       .log_n = LogN(12),
       .q_bits = {50, 50, 48, 47, 46, 46, 45},
       .p_bits = {50, 49, 47},
       .insecure_for_tests = true},
      {.name = "standard", .log_n = LogN(14), .q_bits = {50, 50, 46, 46, 46, 46, 46, 46}, .p_bits = {50}},
  };
  std::string out;
  std::string kernels;
  for (const ParamsSpec& spec : sets) {
    Script script(spec, out);
    script.run();
    kernels = script.ring().kernels().name;
  }
  return out + "kernels " + kernels + "\n";
}

}  // namespace mc::tests
