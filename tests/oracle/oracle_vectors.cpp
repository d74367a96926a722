// SPDX-License-Identifier: Apache-2.0
// Our side of the cross-check with Microsoft SEAL. `make` writes keys, ciphertexts and our results as raw little-endian
// words (part by part, limb by limb); `open` decrypts what SEAL made of them. oracle.mjs is the other side.
#include <cmath>
#include <cstdio>
#include <cstring>

#include "tests/oracle/oracle_switching.hpp"

namespace {

using namespace mc;
using namespace mc::fhe;
using namespace mc::oracle;

constexpr double kErrorMax = 0x1p-40;  // SEAL encodes and decodes in double precision

void make(const ParamsPtr& params, const Folder& folder) {
  KeyStream stream = public_stream("oracle encryption", {});
  const Ring& ring = params->ring();
  const Level top = params->top_level();
  const SecretPoly secret = secret_key(*params);
  const PublicKey key = make_public_key(*params, secret, sample_uniform(ring, {top.value, false}, stream), stream);
  const auto relin = std::make_shared<RelinKey>(make_relin_key(*params, secret, stream));
  const Encoder encoder(params);
  const Evaluator evaluator(params, relin);

  std::string manifest = "{\"degree\":" + std::to_string(ring.degree()) +
                         ",\"scale_log2\":" + std::to_string(kSealScaleLog2) + ",\"primes\":[";
  for (std::size_t i = 0; i <= top.value; ++i) {
    manifest += (i == 0 ? "\"" : ",\"") + std::to_string(ring.modulus({top.value, true}, i).q) + "\"";
  }
  folder.write("manifest.json", view_of(manifest + "]}"));
  folder.write_polys("secret", {&secret.expose()});
  folder.write_key("relin", *params, *relin);

  const auto x_slots = slots_of(*params, 1), y_slots = slots_of(*params, 2), mask_slots = slots_of(*params, 3, true);
  const Scale scale = Scale::power_of_two(kSealScaleLog2);
  const auto seal = [&](const std::vector<double>& slots) {
    return encrypt(*params, key, encoder.encode(slots, top, scale).value_or_stop(), stream).value_or_stop();
  };
  const Ciphertext x = seal(x_slots), y = seal(y_slots);
  const Plaintext mask = encoder.encode(mask_slots, top, scale).value_or_stop();
  const Plaintext opened = decrypt(*params, secret, x);
  Ciphertext sum = x, dropped = x;
  evaluator.add_inplace(sum, y).value_or_stop();
  evaluator.drop_to_level(dropped, Level(top.value - 1)).value_or_stop();
  const Ciphertext product = evaluator.multiply(x, y).value_or_stop();
  Ciphertext rescaled = product;
  evaluator.rescale_inplace(rescaled, 1).value_or_stop();

  folder.write_slots("x", x_slots);
  folder.write_slots("y", y_slots);
  folder.write_slots("mask", mask_slots);
  folder.write_ciphertext("x", x);
  folder.write_ciphertext("y", y);
  folder.write_polys("mask", {&mask.poly});
  folder.write_polys("opened", {&opened.poly});
  folder.write_ciphertext("sum", sum);
  folder.write_ciphertext("dropped", dropped);
  folder.write_ciphertext("masked", evaluator.multiply_plain(x, mask).value_or_stop());
  folder.write_ciphertext("product", product);
  folder.write_ciphertext("rescaled", rescaled);
  make_switching(params, secret, *relin, x, product, stream, folder);
}

/// Decrypts NAME.u64 and compares it with NAME.f64; true when they agree.
bool open(const ParamsPtr& params, const Folder& folder, const std::string& name, std::uint32_t level,
          std::size_t parts, const Scale& scale) {
  const auto ct = folder.read_ciphertext(name, *params, level, parts, scale);
  const Bytes expected_bytes = folder.read(name + ".f64").value_or_stop();
  if (!ct || expected_bytes.size() != params->slot_count() * 8) {
    std::printf("FAIL  %s: SEAL wrote another number of parts or slots\n", name.c_str());
    return false;
  }
  std::vector<double> expected(params->slot_count());
  std::memcpy(expected.data(), expected_bytes.data(), expected_bytes.size());
  const auto slots = Encoder(params).decode(decrypt(*params, secret_key(*params), *ct)).value_or_stop();
  double worst = 0;
  for (std::size_t j = 0; j < slots.size(); ++j) worst = std::max(worst, std::fabs(slots[j] - expected[j]));
  const bool good = worst < kErrorMax;
  std::printf("%s  we open SEAL's %s: error 2^%.1f\n", good ? "ok  " : "FAIL", name.c_str(), std::log2(worst));
  return good;
}

bool open_all(const ParamsPtr& params, const Folder& folder) {
  const std::uint32_t top = params->top_level().value;
  const Scale scale = Scale::power_of_two(kSealScaleLog2);
  const Scale square = scale * scale;
  bool good = open(params, folder, "seal_fresh", top, 2, scale);
  good &= open(params, folder, "seal_sum", top, 2, scale);
  good &= open(params, folder, "seal_masked", top, 2, square);
  good &= open(params, folder, "seal_product", top, 3, square);
  good &= open(params, folder, "seal_relinearised", top, 2, square);
  good &= open(params, folder, "seal_rescaled", top - 1, 2, square / Scale::of_top_primes(top, 1));
  good &= open_switching(params, secret_key(*params), folder);
  return good;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4 || (std::strcmp(arguments[1], "make") != 0 && std::strcmp(arguments[1], "open") != 0)) {
    std::fprintf(stderr, "usage: oracle_vectors make|open PARAMETER_SET FOLDER\n");
    return 2;
  }
  const auto params = Params::named(arguments[2], true);
  if (!params) {
    std::fprintf(stderr, "oracle_vectors: %s\n", params.error().message.c_str());
    return 2;
  }
  const Folder folder(arguments[3]);
  if (std::strcmp(arguments[1], "open") == 0) return open_all(*params, folder) ? 0 : 1;
  make(*params, folder);
  return 0;
}
