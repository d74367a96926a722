// SPDX-License-Identifier: Apache-2.0
// The C functions of engine.wasm: a thin face of fhe/ckks for a page or a node program (wasm/engine.mjs wraps them).
//
// Objects live in the module and are named by their address; 0 means "refused", and mc_error says why in one sentence.
// The caller drops every object. Bytes go in through mc_allocate and come out through mc_bytes. An object of the wrong
// kind is refused as bad input is. One thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mc::wasm {
struct Object;
}

#if defined(__wasm__)
#define MC_EXPORT(name) __attribute__((export_name(#name))) name
#else
#define MC_EXPORT(name) name
#endif

extern "C" {
using mc_object = mc::wasm::Object*;

/// Memory for the host to write in; wiped when it is released.
std::uint8_t* MC_EXPORT(mc_allocate)(std::size_t size);
void MC_EXPORT(mc_release)(std::uint8_t* memory, std::size_t size);
void MC_EXPORT(mc_drop)(mc_object object);
/// Why the last call that returned 0 did so; ends with a zero byte.
const char* MC_EXPORT(mc_error)();

/// A named parameter set (Params::named) with its encoder.
mc_object MC_EXPORT(mc_parameters)(const char* name, std::size_t name_bytes, int allow_insecure);
std::uint32_t MC_EXPORT(mc_slot_count)(mc_object parameters);
std::uint32_t MC_EXPORT(mc_top_level)(mc_object parameters);
/// Which kernels compute; ends with a zero byte.
const char* MC_EXPORT(mc_kernels)(mc_object parameters);

/// Randomness: fresh from the host when `seed` is 0, otherwise a function of these 32 bytes (tests).
mc_object MC_EXPORT(mc_stream)(const std::uint8_t* seed);
mc_object MC_EXPORT(mc_secret_key)(mc_object parameters, mc_object stream);
mc_object MC_EXPORT(mc_public_key)(mc_object parameters, mc_object secret_key, mc_object stream);
/// An evaluator with the relinearisation key of one secret and keys for these rotations.
mc_object MC_EXPORT(mc_evaluator)(mc_object parameters, mc_object secret_key, mc_object stream,
                                  const std::int32_t* steps, std::size_t step_count);

/// At the scale of the `scale_primes` highest primes of `level`.
mc_object MC_EXPORT(mc_encode)(mc_object parameters, const double* slots, std::size_t count, std::uint32_t level,
                               std::uint32_t scale_primes);
/// Writes N/2 numbers; returns 1, or 0 when refused.
int MC_EXPORT(mc_decode)(mc_object parameters, mc_object plaintext, double* slots);
mc_object MC_EXPORT(mc_encrypt)(mc_object parameters, mc_object public_key, mc_object plaintext, mc_object stream);
mc_object MC_EXPORT(mc_decrypt)(mc_object parameters, mc_object secret_key, mc_object ciphertext);

mc_object MC_EXPORT(mc_add)(mc_object evaluator, mc_object a, mc_object b);
mc_object MC_EXPORT(mc_multiply)(mc_object evaluator, mc_object a, mc_object b);
mc_object MC_EXPORT(mc_relinearise)(mc_object evaluator, mc_object a);
mc_object MC_EXPORT(mc_rescale)(mc_object evaluator, mc_object a, std::uint32_t count);
/// Both in one division: faster, and one rounding less.
mc_object MC_EXPORT(mc_relinearise_rescale)(mc_object evaluator, mc_object a, std::uint32_t count);
mc_object MC_EXPORT(mc_rotate)(mc_object evaluator, mc_object a, std::int32_t steps);

/// The bytes of docs/formats.md of a ciphertext or public key; and back.
mc_object MC_EXPORT(mc_write)(mc_object parameters, mc_object object);
mc_object MC_EXPORT(mc_read_ciphertext)(mc_object parameters, const std::uint8_t* bytes, std::size_t size);
mc_object MC_EXPORT(mc_read_public_key)(mc_object parameters, const std::uint8_t* bytes, std::size_t size);
const std::uint8_t* MC_EXPORT(mc_bytes)(mc_object bytes);
std::size_t MC_EXPORT(mc_byte_count)(mc_object bytes);
}
