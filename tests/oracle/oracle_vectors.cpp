// SPDX-License-Identifier: Apache-2.0
// Our side of the cross-check with Microsoft SEAL. `make` writes keys, ciphertexts and our results as raw little-endian
// words (part by part, limb by limb); `open` decrypts what SEAL made of them. oracle.mjs is the other side.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/file.hpp"
#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "fhe/ring/sampling.hpp"

namespace {

using namespace mc;
using namespace mc::fhe;

constexpr double kErrorMax = 0x1p-40;  // SEAL encodes and decodes in double precision

class Folder {
 public:
  explicit Folder(std::filesystem::path path) : path_(std::move(path)) { std::filesystem::create_directories(path_); }

  void write(const std::string& name, ByteView bytes) const {
    write_file_atomically(path_ / name, bytes).value_or_stop();
  }
  void write_slots(const std::string& name, const std::vector<double>& slots) const {
    write(name + ".f64", {reinterpret_cast<const std::uint8_t*>(slots.data()), slots.size() * 8});
  }
  void write_polys(const std::string& name, const std::vector<const NttPoly*>& polys) const {
    Bytes bytes;
    for (const NttPoly* poly : polys) {
      const auto* words = reinterpret_cast<const std::uint8_t*>(poly->residues().data());
      bytes.insert(bytes.end(), words, words + poly->residues().size_bytes());
    }
    write(name + ".u64", bytes);
  }
  void write_ciphertext(const std::string& name, const Ciphertext& ct) const {
    std::vector<const NttPoly*> polys;
    for (const NttPoly& part : ct.parts) polys.push_back(&part);
    write_polys(name, polys);
  }
  Result<Bytes> read(const std::string& name) const { return read_file(path_ / name, std::size_t{1} << 28); }

 private:
  std::filesystem::path path_;
};

SecretPoly secret_key(const Params& params) {
  KeyStream stream = public_stream("oracle secret", {});  // a fixed test key
  return make_secret_key(params, stream);
}

std::vector<double> slots_of(const Params& params, std::uint8_t seed, bool mask = false) {
  Hash256 hash;
  hash.bytes[0] = seed;
  KeyStream stream = public_stream("oracle slots", hash);
  std::vector<double> slots(params.slot_count());
  for (double& x : slots) {
    x = static_cast<double>(stream.next_u64() >> 11) / 0x1p52 - 1;
    if (mask) x = x > 0;
  }
  return slots;
}

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
  std::vector<const NttPoly*> digits;
  for (const RelinKey::Digit& digit : relin->digits) {
    digits.push_back(&digit.b);
    digits.push_back(&digit.a);
  }
  folder.write_polys("relin", digits);

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
  folder.write_ciphertext("relinearised", evaluator.relinearise(product).value_or_stop());
}

/// Decrypts NAME.u64 and compares it with NAME.f64; true when they agree.
bool open(const ParamsPtr& params, const Folder& folder, const std::string& name, std::uint32_t level,
          std::size_t parts, const Scale& scale) {
  const Bytes words = folder.read(name + ".u64").value_or_stop();
  const Bytes expected_bytes = folder.read(name + ".f64").value_or_stop();
  const std::size_t part_bytes = params->ring().degree() * level * 8;
  if (words.size() != parts * part_bytes || expected_bytes.size() != params->slot_count() * 8) {
    std::printf("FAIL  %s: SEAL wrote %zu and %zu bytes, %zu and %zu expected\n", name.c_str(), words.size(),
                expected_bytes.size(), parts * part_bytes, params->slot_count() * 8);
    return false;
  }
  Ciphertext ct;
  ct.scale = scale;
  for (std::size_t i = 0; i < parts; ++i) {
    NttPoly part = params->ring().make<Domain::kNtt>({level, false});
    std::memcpy(part.residues().data(), words.data() + i * part_bytes, part_bytes);
    ct.parts.push_back(std::move(part));
  }
  std::vector<double> expected(params->slot_count());
  std::memcpy(expected.data(), expected_bytes.data(), expected_bytes.size());
  const auto slots = Encoder(params).decode(decrypt(*params, secret_key(*params), ct)).value_or_stop();
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
