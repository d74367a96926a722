// SPDX-License-Identifier: Apache-2.0
// Bytes of polynomials, ciphertexts and keys; layouts in docs/formats.md.
#include "fhe/ckks/ciphertext.hpp"

#include "fhe/ring/packed_limb.hpp"

namespace mc::fhe {
namespace {

std::size_t packed_bytes(const Ring& ring, const Modulus& m) {
  return packed_limb_bytes(ring.degree(), m.bits);
}

Status read_params_id(Reader& reader, const Params& params) {
  MC_TRY(const Hash256 id, reader.hash());
  if (id != params.id()) {
    return fail(reader.error("made for the parameters " + id.hex() + ", not for " + params.spec().name + " (" +
                             params.id().hex() + ")"));
  }
  return {};
}

/// What a key begins with whose uniform halves follow from a seed. Before the second version it was the parameters' id:
/// what is read for the other is refused, not used with other uniform halves.
struct SeededKeyFormat {
  std::string_view domain;
  std::string_view name;  // "Galois key"
  std::string_view before;
};
constexpr SeededKeyFormat kRelinKeyFormat{"medcommons/relin-key/2", "relinearisation key",
                                          "which holds its uniform halves instead of their seed"};
constexpr SeededKeyFormat kGaloisKeyFormat{"medcommons/galois-key/2", "Galois key",
                                           "whose uniform halves follow from its seed in another way"};

void write_key_format(Writer& writer, const SeededKeyFormat& format, const Params& params) {
  writer.hash(Sha256(format.domain).update(params.id().view()).finish());
}

Status read_key_format(Reader& reader, const SeededKeyFormat& format, const Params& params) {
  MC_TRY(const Hash256 read, reader.hash());
  const std::string what = "a " + std::string(format.name);
  if (read == params.id()) {
    return fail(reader.error(what + " of an earlier version, " + std::string(format.before) +
                             "; the commons has to be founded anew, or its keys made anew"));
  }
  if (read != Sha256(format.domain).update(params.id().view()).finish()) {
    return fail(reader.error("not " + what + " for the parameters " + params.spec().name));
  }
  return {};
}

void write_key_halves(Writer& writer, const std::vector<NttPoly>& b, const Params& params) {
  MC_CHECK(b.size() == params.digit_count(params.top_level()));
  for (const NttPoly& half : b) {
    MC_CHECK(half.basis() == (Basis{params.top_level().value, true}));
    write_poly(writer, half, params.ring());
  }
}

Result<std::vector<NttPoly>> read_key_halves(Reader& reader, const Params& params) {
  std::vector<NttPoly> b;
  for (std::uint32_t i = 0; i < params.digit_count(params.top_level()); ++i) {
    MC_TRY(NttPoly half, read_poly(reader, {params.top_level().value, true}, params.ring()));
    b.push_back(std::move(half));
  }
  return b;
}

/// A scale may only speak of primes that the chain has.
Status check_scale(const Reader& reader, const Scale& scale, const Params& params) {
  for (std::size_t i = params.q().size(); i < Scale::kPrimesMax; ++i) {
    if (scale.exponents[i] != 0) {
      return fail(reader.error("the scale names prime q" + std::to_string(i) + " of a chain of " +
                               std::to_string(params.q().size())));
    }
  }
  return {};
}

}  // namespace

std::size_t packed_poly_bytes(Basis basis, const Ring& ring) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < ring.limb_count(basis); ++i) bytes += packed_bytes(ring, ring.modulus(basis, i));
  return bytes;
}

void write_poly(Writer& writer, const NttPoly& poly, const Ring& ring) {
  std::uint8_t* out = writer.extend(packed_poly_bytes(poly.basis(), ring)).data();
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    const Modulus& m = ring.modulus(poly.basis(), i);
    pack_limb(poly.limb(i), m.bits, out);
    out += packed_bytes(ring, m);
  }
}

void hash_poly_bytes(ParallelHash& hash, const NttPoly& poly, const Ring& ring) {
  Bytes packed;
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    const Modulus& m = ring.modulus(poly.basis(), i);
    packed.resize(packed_bytes(ring, m));
    pack_limb(poly.limb(i), m.bits, packed.data());
    hash.update(packed);
  }
}

Result<NttPoly> read_poly(Reader& reader, Basis expected, const Ring& ring) {
  MC_TRY(const ByteView packed, reader.raw(packed_poly_bytes(expected, ring)));
  NttPoly poly = ring.make_unset<Domain::kNtt>(expected);
  const std::uint8_t* in = packed.data();
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    const Modulus& m = ring.modulus(expected, i);
    const std::size_t bad = unpack_limb(in, m.bits, m.q, poly.limb(i));
    if (bad != ring.degree()) {
      return fail(reader.error("residue " + std::to_string(bad) + " of limb " + std::to_string(i) +
                               " is not below its prime in the polynomial that ends"));
    }
    in += packed_bytes(ring, m);
  }
  return poly;
}

void write_ciphertext(Writer& writer, const Ciphertext& ct, const Params& params) {
  MC_CHECK(ct.parts.size() == 2 || ct.parts.size() == 3);
  writer.hash(params.id());
  writer.u8(static_cast<std::uint8_t>(ct.parts.size()));
  writer.u8(static_cast<std::uint8_t>(ct.level().value));
  write_scale(writer, ct.scale);
  for (const NttPoly& part : ct.parts) {
    MC_CHECK(part.basis() == ct.parts.front().basis());
    write_poly(writer, part, params.ring());
  }
}

Result<Ciphertext> read_ciphertext(Reader& reader, const Params& params) {
  MC_TRY_STATUS(read_params_id(reader, params));
  MC_TRY(const std::uint8_t parts, reader.u8());
  if (parts != 2 && parts != 3) {
    return fail(reader.error("a ciphertext of " + std::to_string(parts) + " parts, not 2 or 3"));
  }
  MC_TRY(const std::uint8_t level, reader.u8());
  if (level < 1 || level > params.top_level().value) {
    return fail(
        reader.error("level " + std::to_string(level) + " of a chain of " + std::to_string(params.top_level().value)));
  }
  Ciphertext ct;
  MC_TRY(ct.scale, read_scale(reader));
  MC_TRY_STATUS(check_scale(reader, ct.scale, params));
  for (std::uint8_t i = 0; i < parts; ++i) {
    MC_TRY(NttPoly part, read_poly(reader, {level, false}, params.ring()));
    ct.parts.push_back(std::move(part));
  }
  return ct;
}

void write_public_key(Writer& writer, const PublicKey& key, const Params& params) {
  writer.hash(params.id());
  for (const NttPoly* part : {&key.p0, &key.p1}) {
    MC_CHECK(part->basis() == (Basis{params.top_level().value, false}));
    write_poly(writer, *part, params.ring());
  }
}

Result<PublicKey> read_public_key(Reader& reader, const Params& params) {
  MC_TRY_STATUS(read_params_id(reader, params));
  const Basis basis{params.top_level().value, false};
  PublicKey key;
  MC_TRY(key.p0, read_poly(reader, basis, params.ring()));
  MC_TRY(key.p1, read_poly(reader, basis, params.ring()));
  return key;
}

void write_relin_key(Writer& writer, const RelinKey& key, const Params& params) {
  write_key_format(writer, kRelinKeyFormat, params);
  writer.hash(key.seed);
  write_key_halves(writer, key.b, params);
}

Result<RelinKey> read_relin_key(Reader& reader, const Params& params) {
  MC_TRY_STATUS(read_key_format(reader, kRelinKeyFormat, params));
  RelinKey key;
  MC_TRY(key.seed, reader.hash());
  MC_TRY(key.b, read_key_halves(reader, params));
  return key;
}

void write_galois_key(Writer& writer, const GaloisKey& key, const Params& params) {
  write_key_format(writer, kGaloisKeyFormat, params);
  writer.u32(key.epoch.value);
  writer.u32(static_cast<std::uint32_t>(key.galois_element));
  writer.hash(key.seed);
  write_key_halves(writer, key.b, params);
}

Result<GaloisKey> read_galois_key(Reader& reader, const Params& params) {
  MC_TRY_STATUS(read_key_format(reader, kGaloisKeyFormat, params));
  GaloisKey key;
  MC_TRY(const std::uint32_t epoch, reader.u32());
  key.epoch = Epoch(epoch);
  MC_TRY(key.galois_element, reader.u32());
  const std::size_t order = 2 * params.ring().degree();
  if (key.galois_element % 2 == 0 || key.galois_element >= order) {
    return fail(reader.error("the Galois element " + std::to_string(key.galois_element) +
                             " is not odd and below 2N = " + std::to_string(order)));
  }
  MC_TRY(key.seed, reader.hash());
  MC_TRY(key.b, read_key_halves(reader, params));
  return key;
}

PublicKey128 uniform_half_key(const Hash256& seed) {
  const Hash256 digest = Sha256("medcommons/galois-key/uniform/v2").update(seed.view()).finish();
  PublicKey128 key{};
  std::copy_n(digest.bytes.begin(), key.size(), key.begin());
  return key;
}

std::vector<NttPoly> expand_uniform_halves(const Params& params, const Hash256& seed) {
  const Ring& ring = params.ring();
  const PublicKey128 key = uniform_half_key(seed);
  std::vector<NttPoly> halves;
  for (std::uint32_t digit = 0; digit < params.digit_count(params.top_level()); ++digit) {
    NttPoly& half = halves.emplace_back(ring.make_unset<Domain::kNtt>({params.top_level().value, true}));
    for (std::size_t place = 0; place < half.limb_count(); ++place) {
      make_uniform_half(half.limb(place), key, digit, place, ring.modulus_at(place), nullptr);
    }
  }
  return halves;
}

Hash256 hash_ciphertext(const Ciphertext& ct, const Params& params) {
  Writer writer;
  write_ciphertext(writer, ct, params);
  return sha256(writer.bytes());
}

}  // namespace mc::fhe
