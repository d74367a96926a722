// SPDX-License-Identifier: Apache-2.0
#include "wasm/engine.hpp"

#include <variant>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "fhe/ring/kernels.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::wasm {

using namespace mc::fhe;

struct Parameters {
  ParamsPtr params;
  Encoder encoder;
};

struct Object {
  std::variant<Parameters, KeyStream, SecretPoly, PublicKey, Evaluator, Plaintext, Ciphertext, Bytes> value;
};

namespace {

std::string& last_error() {
  static std::string text;
  return text;
}

void refuse(std::string text) {
  last_error() = std::move(text);
}

template <class T>
constexpr std::string_view kKind = "";
template <>
constexpr std::string_view kKind<Parameters> = "a parameter set";
template <>
constexpr std::string_view kKind<KeyStream> = "a stream";
template <>
constexpr std::string_view kKind<SecretPoly> = "a secret key";
template <>
constexpr std::string_view kKind<PublicKey> = "a public key";
template <>
constexpr std::string_view kKind<Evaluator> = "an evaluator";
template <>
constexpr std::string_view kKind<Plaintext> = "a plaintext";
template <>
constexpr std::string_view kKind<Ciphertext> = "a ciphertext";
template <>
constexpr std::string_view kKind<Bytes> = "bytes";

/// Null, and an error, when the object is of another kind.
template <class T>
T* as(mc_object object) {
  T* const value = object == nullptr ? nullptr : std::get_if<T>(&object->value);
  if (value == nullptr) refuse("an object is not " + std::string(kKind<T>));
  return value;
}

template <class T>
mc_object give(T value) {
  return new Object{std::move(value)};
}

template <class T>
mc_object give(Result<T> result) {
  if (result) return give(std::move(*result));
  refuse(std::move(result).error().message);
  return nullptr;
}

// What the C++ callers of fhe/ckks take for granted, and a page may get wrong: that things are of one parameter set.

bool fits(const Params& params, const SecretPoly& secret) {
  const NttPoly& poly = secret.expose();
  const bool same = poly.degree() == params.ring().degree() && poly.basis() == (Basis{params.top_level().value, true});
  if (!same) refuse("the secret key is not one of the parameter set " + params.spec().name);
  return same;
}

/// Null when the object is no ciphertext or one of another ring.
const Ciphertext* ciphertext_of(const Params& params, mc_object object) {
  const auto* ct = as<Ciphertext>(object);
  if (ct == nullptr) return nullptr;
  if (ct->parts.front().degree() == params.ring().degree() && ct->level() <= params.top_level()) return ct;
  refuse("the ciphertext is not one of the parameter set " + params.spec().name);
  return nullptr;
}

Result<Evaluator> make_evaluator(const ParamsPtr& params, const SecretPoly& secret, KeyStream& stream,
                                 std::span<const std::int32_t> steps) {
  auto keys = std::make_shared<EvaluationKeys>(params);
  MC_TRY_STATUS(keys->add(make_relin_key(*params, secret, stream)));
  for (const std::int32_t step : steps) {
    const std::uint64_t element = galois_element_of_rotation(step, params->ring().degree());
    MC_TRY(const GaloisKey key, make_galois_key(*params, secret, element, stream));
    MC_TRY_STATUS(keys->add(key));
  }
  return Evaluator(std::move(keys));
}

/// The whole of `bytes` by one of the readers of fhe/ckks.
template <class T>
Result<T> read_all(Result<T> (*read)(Reader&, const Params&), const Params& params, ByteView bytes,
                   std::string_view what) {
  Reader reader(bytes, what);
  MC_TRY(T value, read(reader, params));
  MC_TRY_STATUS(reader.finish());
  return value;
}

/// The ciphertext, or the error of what was done to it.
Result<Ciphertext> after(Status status, Ciphertext& ct) {
  if (!status) return fail(std::move(status).error());
  return std::move(ct);
}

template <class Operation>
mc_object of_one(mc_object evaluator, mc_object a, const Operation& operation) {
  const auto* with = as<Evaluator>(evaluator);
  const Ciphertext* ct = with == nullptr ? nullptr : ciphertext_of(with->params(), a);
  return ct == nullptr ? nullptr : give(operation(*with, *ct));
}

template <class Operation>
mc_object of_two(mc_object evaluator, mc_object a, mc_object b, const Operation& operation) {
  const auto* with = as<Evaluator>(evaluator);
  const Ciphertext* left = with == nullptr ? nullptr : ciphertext_of(with->params(), a);
  const Ciphertext* right = left == nullptr ? nullptr : ciphertext_of(with->params(), b);
  return right == nullptr ? nullptr : give(operation(*with, *left, *right));
}

}  // namespace
}  // namespace mc::wasm

using namespace mc;
using namespace mc::fhe;
using namespace mc::wasm;

std::uint8_t* mc_allocate(std::size_t size) {
  return new std::uint8_t[size];
}

void mc_release(std::uint8_t* memory, std::size_t size) {
  if (memory != nullptr) wipe(memory, size);
  delete[] memory;
}

void mc_drop(mc_object object) {
  delete object;
}

const char* mc_error() {
  return last_error().c_str();
}

mc_object mc_parameters(const char* name, std::size_t name_bytes, int allow_insecure) {
  const auto params = Params::named(std::string_view(name, name_bytes), allow_insecure != 0);
  if (!params) {
    refuse(params.error().message);
    return nullptr;
  }
  return give(Parameters{*params, Encoder(*params)});
}

std::uint32_t mc_slot_count(mc_object parameters) {
  const auto* set = as<Parameters>(parameters);
  return set == nullptr ? 0 : static_cast<std::uint32_t>(set->params->slot_count());
}

std::uint32_t mc_top_level(mc_object parameters) {
  const auto* set = as<Parameters>(parameters);
  return set == nullptr ? 0 : set->params->top_level().value;
}

const char* mc_kernels(mc_object parameters) {
  const auto* set = as<Parameters>(parameters);
  return set == nullptr ? nullptr : set->params->ring().kernels().name.data();  // a literal
}

mc_object mc_stream(const std::uint8_t* seed) {
  if (seed == nullptr) return give(KeyStream::fresh());
  return give(KeyStream(SecretKey256(std::span<const std::uint8_t, 32>(seed, 32))));
}

mc_object mc_secret_key(mc_object parameters, mc_object stream) {
  const auto* set = as<Parameters>(parameters);
  auto* source = as<KeyStream>(stream);
  if (set == nullptr || source == nullptr) return nullptr;
  return give(make_secret_key(*set->params, *source));
}

mc_object mc_public_key(mc_object parameters, mc_object secret_key, mc_object stream) {
  const auto* set = as<Parameters>(parameters);
  const auto* secret = as<SecretPoly>(secret_key);
  auto* source = as<KeyStream>(stream);
  if (set == nullptr || secret == nullptr || source == nullptr || !fits(*set->params, *secret)) return nullptr;
  const NttPoly uniform = sample_uniform(set->params->ring(), {set->params->top_level().value, false}, *source);
  return give(make_public_key(*set->params, *secret, uniform, *source));
}

mc_object mc_evaluator(mc_object parameters, mc_object secret_key, mc_object stream, const std::int32_t* steps,
                       std::size_t step_count) {
  const auto* set = as<Parameters>(parameters);
  const auto* secret = as<SecretPoly>(secret_key);
  auto* source = as<KeyStream>(stream);
  if (set == nullptr || secret == nullptr || source == nullptr || !fits(*set->params, *secret)) return nullptr;
  return give(make_evaluator(set->params, *secret, *source, {steps, step_count}));
}

mc_object mc_encode(mc_object parameters, const double* slots, std::size_t count, std::uint32_t level,
                    std::uint32_t scale_primes) {
  const auto* set = as<Parameters>(parameters);
  if (set == nullptr) return nullptr;
  if (level > set->params->top_level().value || scale_primes > level) {
    refuse("encode: a scale of " + std::to_string(scale_primes) + " primes at level " + std::to_string(level) +
           " of a chain of " + std::to_string(set->params->top_level().value));
    return nullptr;
  }
  return give(set->encoder.encode({slots, count}, Level(level), Scale::of_top_primes(level, scale_primes)));
}

int mc_decode(mc_object parameters, mc_object plaintext, double* slots) {
  const auto* set = as<Parameters>(parameters);
  const auto* message = as<Plaintext>(plaintext);
  if (set == nullptr || message == nullptr) return 0;
  const auto decoded = set->encoder.decode(*message);
  if (!decoded) {
    refuse(decoded.error().message);
    return 0;
  }
  std::copy(decoded->begin(), decoded->end(), slots);
  return 1;
}

mc_object mc_encrypt(mc_object parameters, mc_object public_key, mc_object plaintext, mc_object stream) {
  const auto* set = as<Parameters>(parameters);
  const auto* key = as<PublicKey>(public_key);
  const auto* message = as<Plaintext>(plaintext);
  auto* source = as<KeyStream>(stream);
  if (set == nullptr || key == nullptr || message == nullptr || source == nullptr) return nullptr;
  return give(encrypt(*set->params, *key, *message, *source));
}

mc_object mc_decrypt(mc_object parameters, mc_object secret_key, mc_object ciphertext) {
  const auto* set = as<Parameters>(parameters);
  const auto* secret = as<SecretPoly>(secret_key);
  if (set == nullptr || secret == nullptr || !fits(*set->params, *secret)) return nullptr;
  const Ciphertext* ct = ciphertext_of(*set->params, ciphertext);
  return ct == nullptr ? nullptr : give(decrypt(*set->params, *secret, *ct));
}

mc_object mc_add(mc_object evaluator, mc_object a, mc_object b) {
  return of_two(evaluator, a, b, [](const Evaluator& with, const Ciphertext& left, const Ciphertext& right) {
    Ciphertext sum = left;
    return after(with.add_inplace(sum, right), sum);
  });
}

mc_object mc_multiply(mc_object evaluator, mc_object a, mc_object b) {
  return of_two(evaluator, a, b, [](const Evaluator& with, const Ciphertext& left, const Ciphertext& right) {
    return with.multiply(left, right);
  });
}

mc_object mc_relinearise(mc_object evaluator, mc_object a) {
  return of_one(evaluator, a, [](const Evaluator& with, const Ciphertext& ct) { return with.relinearise(ct); });
}

mc_object mc_rescale(mc_object evaluator, mc_object a, std::uint32_t count) {
  return of_one(evaluator, a, [&](const Evaluator& with, const Ciphertext& ct) {
    Ciphertext copy = ct;
    return after(with.rescale_inplace(copy, count), copy);
  });
}

mc_object mc_relinearise_rescale(mc_object evaluator, mc_object a, std::uint32_t count) {
  return of_one(evaluator, a,
                [&](const Evaluator& with, const Ciphertext& ct) { return with.relinearise_rescale(ct, count); });
}

mc_object mc_rotate(mc_object evaluator, mc_object a, std::int32_t steps) {
  return of_one(evaluator, a, [&](const Evaluator& with, const Ciphertext& ct) { return with.rotate(ct, steps); });
}

mc_object mc_write(mc_object parameters, mc_object object) {
  const auto* set = as<Parameters>(parameters);
  if (set == nullptr) return nullptr;
  Writer writer;
  if (const auto* key = object == nullptr ? nullptr : std::get_if<PublicKey>(&object->value); key != nullptr) {
    if (key->p0.degree() != set->params->ring().degree() || key->p0.basis().q_limbs != set->params->q().size()) {
      refuse("the public key is not one of the parameter set " + set->params->spec().name);
      return nullptr;
    }
    write_public_key(writer, *key, *set->params);
  } else {
    const Ciphertext* ct = ciphertext_of(*set->params, object);
    if (ct == nullptr) return nullptr;
    write_ciphertext(writer, *ct, *set->params);
  }
  return give(std::move(writer).bytes());
}

mc_object mc_read_ciphertext(mc_object parameters, const std::uint8_t* bytes, std::size_t size) {
  const auto* set = as<Parameters>(parameters);
  if (set == nullptr) return nullptr;
  return give(read_all(&read_ciphertext, *set->params, {bytes, size}, "ciphertext"));
}

mc_object mc_read_public_key(mc_object parameters, const std::uint8_t* bytes, std::size_t size) {
  const auto* set = as<Parameters>(parameters);
  if (set == nullptr) return nullptr;
  return give(read_all(&read_public_key, *set->params, {bytes, size}, "public key"));
}

const std::uint8_t* mc_bytes(mc_object bytes) {
  const auto* value = as<Bytes>(bytes);
  return value == nullptr ? nullptr : value->data();
}

std::size_t mc_byte_count(mc_object bytes) {
  const auto* value = as<Bytes>(bytes);
  return value == nullptr ? 0 : value->size();
}
