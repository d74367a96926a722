// SPDX-License-Identifier: Apache-2.0
// The folder through which our side and SEAL's exchange polynomials (raw little-endian words, part by part, limb by
// limb) and slots, and what both sides start from.
#pragma once

#include <cstring>
#include <filesystem>

#include "base/file.hpp"
#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::oracle {

class Folder {
 public:
  explicit Folder(std::filesystem::path path) : path_(std::move(path)) { std::filesystem::create_directories(path_); }

  void write(const std::string& name, ByteView bytes) const {
    write_file_atomically(path_ / name, bytes).value_or_stop();
  }
  void write_slots(const std::string& name, const std::vector<double>& slots) const {
    write(name + ".f64", {reinterpret_cast<const std::uint8_t*>(slots.data()), slots.size() * 8});
  }
  void write_polys(const std::string& name, const std::vector<const fhe::NttPoly*>& polys) const {
    Bytes bytes;
    for (const fhe::NttPoly* poly : polys) {
      const auto* words = reinterpret_cast<const std::uint8_t*>(poly->residues().data());
      bytes.insert(bytes.end(), words, words + poly->residues().size_bytes());
    }
    write(name + ".u64", bytes);
  }
  void write_ciphertext(const std::string& name, const fhe::Ciphertext& ct) const {
    std::vector<const fhe::NttPoly*> polys;
    for (const fhe::NttPoly& part : ct.parts) polys.push_back(&part);
    write_polys(name, polys);
  }
  /// A relinearisation or Galois key of ours with its uniform halves written out: b and a of each digit in turn.
  template <class SeededKey>
  void write_key(const std::string& name, const fhe::Params& params, const SeededKey& key) const {
    const std::vector<fhe::NttPoly> uniform = fhe::expand_uniform_halves(params, key.seed);
    std::vector<const fhe::NttPoly*> polys;
    for (std::size_t digit = 0; digit < uniform.size(); ++digit) {
      polys.push_back(&key.b[digit]);
      polys.push_back(&uniform[digit]);
    }
    write_polys(name, polys);
  }
  Result<Bytes> read(const std::string& name) const { return read_file(path_ / name, std::size_t{1} << 28); }
  /// NAME.u64 as polynomials over `basis`; kParse when there are not `count` of them.
  Result<std::vector<fhe::NttPoly>> read_polys(const std::string& name, const fhe::Ring& ring, fhe::Basis basis,
                                               std::size_t count) const {
    MC_TRY(const Bytes words, read(name + ".u64"));
    const std::size_t poly_bytes = ring.degree() * ring.limb_count(basis) * 8;
    if (words.size() != count * poly_bytes) {
      return fail(Code::kParse, name + " has " + std::to_string(words.size()) + " bytes, " +
                                    std::to_string(count * poly_bytes) + " expected");
    }
    std::vector<fhe::NttPoly> polys;
    for (std::size_t i = 0; i < count; ++i) {
      fhe::NttPoly poly = ring.make<fhe::Domain::kNtt>(basis);
      std::memcpy(poly.residues().data(), words.data() + i * poly_bytes, poly_bytes);
      polys.push_back(std::move(poly));
    }
    return polys;
  }
  Result<fhe::Ciphertext> read_ciphertext(const std::string& name, const fhe::Params& params, std::uint32_t level,
                                          std::size_t parts, const fhe::Scale& scale) const {
    MC_TRY(std::vector<fhe::NttPoly> polys, read_polys(name, params.ring(), {level, false}, parts));
    return fhe::Ciphertext{std::move(polys), scale, {}};
  }
  /// A switching key of `params`: b and a of each digit in turn.
  Result<std::vector<fhe::SwitchingDigit>> read_digits(const std::string& name, const fhe::Params& params) const {
    const std::uint32_t top = params.top_level().value;
    MC_TRY(std::vector<fhe::NttPoly> polys,
           read_polys(name, params.ring(), {top, true}, 2 * std::size_t{params.digit_count(params.top_level())}));
    std::vector<fhe::SwitchingDigit> digits;
    for (std::size_t i = 0; i < polys.size(); i += 2) {
      digits.push_back({std::move(polys[i]), std::move(polys[i + 1])});
    }
    return digits;
  }

 private:
  std::filesystem::path path_;
};

inline fhe::SecretPoly secret_key(const fhe::Params& params) {
  KeyStream stream = public_stream("oracle secret", {});  // a fixed test key
  return fhe::make_secret_key(params, stream);
}

inline std::vector<double> slots_of(const fhe::Params& params, std::uint8_t seed, bool mask = false) {
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

}  // namespace mc::oracle
