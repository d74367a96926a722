// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/encryptor.hpp"

#include <algorithm>

#include "fhe/ring/kernels.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

/// The limb of `over_qp` (a polynomial over all of QP) for the prime of limb i of `basis`.
std::span<const std::uint64_t> matching_limb(const NttPoly& over_qp, Basis basis, std::size_t i) {
  return over_qp.limb(i < basis.q_limbs ? i : i - basis.q_limbs + over_qp.basis().q_limbs);
}

/// out += a * s; s is never copied.
void add_product(const Ring& ring, NttPoly& out, const NttPoly& a, const SecretPoly& s) {
  MC_CHECK(out.basis() == a.basis());
  for (std::size_t i = 0; i < out.limb_count(); ++i) {
    ring.kernels().multiply_add(out.limb(i).data(), a.limb(i).data(), matching_limb(s.expose(), a.basis(), i).data(),
                                ring.degree(), ring.modulus(a.basis(), i));
  }
}

NttPoly error_ntt(const Ring& ring, Basis basis, KeyStream& stream) {
  return ring.to_ntt(sample_error(ring, basis, stream));
}

SecretPoly negated(const Ring& ring, const SecretPoly& secret) {
  SecretPoly result{NttPoly(secret.expose())};
  ring.negate(result.expose_mutable());
  return result;
}

/// -a s + e.
NttPoly rlwe(const Ring& ring, const NttPoly& a, const SecretPoly& minus_secret, KeyStream& stream) {
  NttPoly result = error_ntt(ring, a.basis(), stream);
  add_product(ring, result, a, minus_secret);
  return result;
}

/// Per digit i b_i = -a_i s + P g_i s' + e_i, a_i of the seed.
std::vector<NttPoly> seeded_halves(const Params& params, const SecretPoly& from, const SecretPoly& secret,
                                   const Hash256& seed, KeyStream& stream) {
  const SecretPoly minus_secret = negated(params.ring(), secret);
  std::vector<NttPoly> b;
  for (const NttPoly& a : expand_uniform_halves(params, seed)) {
    b.push_back(rlwe(params.ring(), a, minus_secret, stream));
    add_gadget_product(params, static_cast<std::uint32_t>(b.size() - 1), from.expose(), b.back());
  }
  return b;
}

/// Notes what it draws in `witness`, unless that is null.
Result<Ciphertext> encrypt_into(const Params& params, const PublicKey& key, const Plaintext& message, KeyStream& stream,
                                EncryptionWitness* witness) {
  const Ring& ring = params.ring();
  const Basis basis = message.poly.basis();
  if (basis.with_p || basis.q_limbs == 0 || basis.q_limbs > key.p0.basis().q_limbs) {
    return fail(Code::kInvalidArgument, "a plaintext of level " + std::to_string(basis.q_limbs) +
                                            " cannot be encrypted under a key of level " +
                                            std::to_string(key.p0.basis().q_limbs));
  }
  if (key.p0.basis() != key.p1.basis() || message.poly.degree() != ring.degree() || key.p0.degree() != ring.degree()) {
    return fail(Code::kInvalidArgument,
                "the key, the plaintext and the parameter set " + params.spec().name + " do not belong together");
  }
  CoeffPoly ternary = sample_ternary(ring, basis, stream);
  if (witness != nullptr) witness->u = small_integers(ring, ternary);
  const SecretPoly u(ring.to_ntt(std::move(ternary)));
  Ciphertext ct;
  ct.scale = message.scale;
  ct.epoch = key.epoch;
  ct.parts.push_back(error_ntt(ring, basis, stream));
  CoeffPoly error = sample_error(ring, basis, stream);
  if (witness != nullptr) witness->e = small_integers(ring, error);
  ct.parts.push_back(ring.to_ntt(std::move(error)));
  ring.add(ct.parts[0], message.poly);
  if (witness != nullptr) {
    auto f = message_integers(ring, ct.parts[0]);
    if (!f) {
      wipe(ct.parts[0]);  // still the message
      return fail(f.error());
    }
    witness->f = std::move(*f);
  }
  for (std::size_t i = 0; i < basis.q_limbs; ++i) {
    const Modulus& m = ring.modulus(basis, i);
    const std::uint64_t* mask = u.expose().limb(i).data();
    ring.kernels().multiply_add(ct.parts[0].limb(i).data(), mask, key.p0.limb(i).data(), ring.degree(), m);
    ring.kernels().multiply_add(ct.parts[1].limb(i).data(), mask, key.p1.limb(i).data(), ring.degree(), m);
  }
  return ct;
}

}  // namespace

void add_gadget_product(const Params& params, std::uint32_t digit, const NttPoly& secret, NttPoly& out) {
  const Ring& ring = params.ring();
  const std::uint32_t first = digit * params.digit_primes();
  const std::uint32_t end = std::min(first + params.digit_primes(), params.top_level().value);
  for (std::uint32_t i = first; i < end; ++i) {
    ring.kernels().multiply_scalar_add(out.limb(i).data(), secret.limb(i).data(), ring.special_product_modulo(i),
                                       ring.degree(), ring.modulus_at(i));
  }
}

Result<Ciphertext> encrypt(const Params& params, const PublicKey& key, const Plaintext& message, KeyStream& stream) {
  return encrypt_into(params, key, message, stream, nullptr);
}

Result<WitnessedCiphertext> encrypt_with_witness(const Params& params, const PublicKey& key, const Plaintext& message,
                                                 KeyStream& stream) {
  WitnessedCiphertext result;
  MC_TRY(result.ciphertext, encrypt_into(params, key, message, stream, &result.witness));
  return result;
}

SecretPoly make_secret_key(const Params& params, KeyStream& stream) {
  const Ring& ring = params.ring();
  return SecretPoly(ring.to_ntt(sample_ternary(ring, {params.top_level().value, true}, stream)));
}

PublicKey make_public_key(const Params& params, const SecretPoly& secret, const NttPoly& p1, KeyStream& stream) {
  MC_CHECK(p1.basis() == (Basis{params.top_level().value, false}));
  return {rlwe(params.ring(), p1, negated(params.ring(), secret), stream), p1, {}};
}

RelinKey make_relin_key(const Params& params, const SecretPoly& secret, KeyStream& stream) {
  const Ring& ring = params.ring();
  SecretPoly square(ring.make<Domain::kNtt>({params.top_level().value, true}));
  add_product(ring, square.expose_mutable(), secret.expose(), secret);
  Hash256 seed;
  stream.fill(seed.bytes);
  return {seed, seeded_halves(params, square, secret, seed, stream), {}};
}

Result<GaloisKey> make_galois_key(const Params& params, const SecretPoly& secret, std::uint64_t galois_element,
                                  KeyStream& stream) {
  const Ring& ring = params.ring();
  if (galois_element % 2 == 0 || galois_element >= 2 * ring.degree()) {
    return fail(Code::kInvalidArgument, "the Galois element " + std::to_string(galois_element) +
                                            " is not odd and below 2N = " + std::to_string(2 * ring.degree()));
  }
  const AutomorphismTable automorphism = AutomorphismTable::of(galois_element, ring.degree());
  SecretPoly image(ring.make_unset<Domain::kNtt>(secret.expose().basis()));
  for (std::size_t i = 0; i < image.expose().limb_count(); ++i) {
    ring.kernels().permute(image.expose_mutable().limb(i).data(), secret.expose().limb(i).data(), automorphism, false,
                           {0, ring.degree()}, ring.modulus(secret.expose().basis(), i));
  }
  Hash256 seed;
  stream.fill(seed.bytes);
  return GaloisKey{galois_element, seed, seeded_halves(params, image, secret, seed, stream), {}};
}

Plaintext decrypt(const Params& params, const SecretPoly& secret, const Ciphertext& ct) {
  const Ring& ring = params.ring();
  MC_CHECK(ct.parts.size() == 2 || ct.parts.size() == 3);
  NttPoly message = ring.make_unset<Domain::kNtt>(ct.parts[0].basis());
  for (std::size_t i = 0; i < message.limb_count(); ++i) {
    const Modulus& m = ring.modulus(message.basis(), i);
    const auto limb = message.limb(i);
    const std::uint64_t* const s = matching_limb(secret.expose(), message.basis(), i).data();
    if (ct.parts.size() == 3) {  // Horner: (c_2 s + c_1) s + c_0
      ring.kernels().multiply(limb.data(), ct.parts[2].limb(i).data(), s, limb.size(), m);
      ring.kernels().add(limb.data(), ct.parts[1].limb(i).data(), limb.size(), m);
      ring.kernels().multiply(limb.data(), limb.data(), s, limb.size(), m);
    } else {
      ring.kernels().multiply(limb.data(), ct.parts[1].limb(i).data(), s, limb.size(), m);
    }
    ring.kernels().add(limb.data(), ct.parts[0].limb(i).data(), limb.size(), m);
  }
  return {std::move(message), ct.scale};
}

}  // namespace mc::fhe
