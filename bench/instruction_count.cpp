// SPDX-License-Identifier: Apache-2.0
// Runs every main operation of the engine once, each in a function of its own, for tests/house/instruction_counts.sh to
// count its instructions: a measure of work that no other program on the machine disturbs. Kernels: those that
// MEDCOMMONS_KERNELS names; exit status 77 when this machine does not have them. --compiler prints what this program
// was made with, for counts depend on it; --operations prints the names of the functions, without "counted_".
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "fhe/ring/kernels.hpp"
#include "fhe/ring/sampling.hpp"

namespace {

using namespace mc;
using namespace mc::fhe;

constexpr std::int64_t kEightSteps[] = {1, 2, 3, 4, 5, 6, 7, 8};

/// Keys and operands, and a place for results so that nothing is optimised away.
struct Bed {
  Bed(ParamsPtr set, std::span<const std::int64_t> steps)
      : params(std::move(set)),
        encoder(params),
        secret(make_secret_key(*params, stream)),
        key(make_public_key(*params, secret, sample_uniform(params->ring(), {params->top_level().value, false}, stream),
                            stream)),
        evaluator(make_keys(steps)),
        scale(Scale::of_top_primes(params->top_level().value, 1)),
        slots(params->slot_count()),
        limb(params->ring().degree(), 1) {
    for (double& x : slots) x = static_cast<double>(stream.next_u64() >> 11) / 0x1p52 - 1;
    plain = encoder.encode(slots, params->top_level(), scale).value_or_stop();
    a = encrypt(*params, key, plain, stream).value_or_stop();
    b = encrypt(*params, key, plain, stream).value_or_stop();
    evaluator.multiply_add(accumulator, a, b).value_or_stop();
  }

  EvaluationKeysPtr make_keys(std::span<const std::int64_t> steps) {
    auto keys = std::make_shared<EvaluationKeys>(params);
    keys->add(make_relin_key(*params, secret, stream)).value_or_stop();
    for (const std::int64_t step : steps) {
      const std::uint64_t element = galois_element_of_rotation(step, params->ring().degree());
      if (keys->galois(element) != nullptr) continue;
      keys->add(make_galois_key(*params, secret, element, stream).value_or_stop()).value_or_stop();
    }
    return keys;
  }

  KeyStream stream = public_stream("instruction count", {});
  ParamsPtr params;
  Encoder encoder;
  SecretPoly secret;
  PublicKey key;
  Evaluator evaluator;
  Scale scale;
  std::vector<double> slots;
  AlignedWords limb;
  Plaintext plain;
  Ciphertext a, b, accumulator, result;
  std::vector<Ciphertext> results;
  GaloisKey galois;
};

/// At the end of a counted function: its last call stays a call, and the function is left where it ends.
inline void end_here() {
  asm volatile("" ::: "memory");
}

}  // namespace

// C names, which the counter knows them by.
#define MC_COUNTED(name) extern "C" [[gnu::noinline]] void counted_##name(Bed& bed)

MC_COUNTED(mul_relin_rescale) {
  const Ciphertext product = bed.evaluator.multiply(bed.a, bed.b).value_or_stop();
  bed.result = bed.evaluator.relinearise_rescale(product, 1).value_or_stop();
  end_here();
}
MC_COUNTED(mul_relin_rescale_grouped) {
  const Ciphertext product = bed.evaluator.multiply(bed.a, bed.b).value_or_stop();
  bed.result = bed.evaluator.relinearise_rescale(product, 1).value_or_stop();
  end_here();
}
MC_COUNTED(rotate) {
  bed.result = bed.evaluator.rotate(bed.a, 1).value_or_stop();
  end_here();
}
MC_COUNTED(rotate_grouped) {
  bed.result = bed.evaluator.rotate(bed.a, 1).value_or_stop();
  end_here();
}
MC_COUNTED(rotate8_hoisted) {
  bed.results = bed.evaluator.rotate_each(bed.a, kEightSteps).value_or_stop();
  end_here();
}
MC_COUNTED(rotate8_sum) {
  bed.result = bed.evaluator.sum_of_rotations(bed.a, kEightSteps).value_or_stop();
  end_here();
}
MC_COUNTED(sum_slots) {
  bed.result = bed.evaluator.sum_slots(bed.a).value_or_stop();
  end_here();
}
MC_COUNTED(mul_accumulate) {
  bed.evaluator.multiply_add(bed.accumulator, bed.a, bed.b).value_or_stop();
  end_here();
}
MC_COUNTED(encode) {
  bed.plain = bed.encoder.encode(bed.slots, bed.params->top_level(), bed.scale).value_or_stop();
  end_here();
}
MC_COUNTED(decode) {
  bed.slots = bed.encoder.decode(bed.plain).value_or_stop();
  end_here();
}
MC_COUNTED(encrypt) {
  bed.result = encrypt(*bed.params, bed.key, bed.plain, bed.stream).value_or_stop();
  end_here();
}
MC_COUNTED(decrypt) {
  bed.plain = decrypt(*bed.params, bed.secret, bed.a);
  end_here();
}
MC_COUNTED(rotation_key) {
  bed.galois = make_galois_key(*bed.params, bed.secret, 5, bed.stream).value_or_stop();
  end_here();
}
MC_COUNTED(ntt_forward) {
  bed.params->ring().kernels().forward_ntt(bed.limb.data(), bed.params->ring().ntt_tables_at(1));
  end_here();
}

namespace {

struct Operation {
  const char* name;
  void (*run)(Bed&);
  bool is_grouped = false;
};

constexpr Operation kOperations[] = {
    {"mul_relin_rescale", counted_mul_relin_rescale},
    {"mul_relin_rescale_grouped", counted_mul_relin_rescale_grouped, true},
    {"rotate", counted_rotate},
    {"rotate_grouped", counted_rotate_grouped, true},
    {"rotate8_hoisted", counted_rotate8_hoisted},
    {"rotate8_sum", counted_rotate8_sum},
    {"sum_slots", counted_sum_slots},
    {"mul_accumulate", counted_mul_accumulate},
    {"encode", counted_encode},
    {"decode", counted_decode},
    {"encrypt", counted_encrypt},
    {"decrypt", counted_decrypt},
    {"rotation_key", counted_rotation_key},
    {"ntt_forward", counted_ntt_forward},
};

Result<ParamsPtr> set_of(std::vector<std::uint8_t> q_bits, std::vector<std::uint8_t> p_bits) {
  return Params::create({.name = "instruction_count",
                         .log_n = LogN(12),
                         .q_bits = std::move(q_bits),
                         .p_bits = std::move(p_bits),
                         .insecure_for_tests = true});
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 2 && std::strcmp(arguments[1], "--compiler") == 0) {
    std::printf("%s %s\n", __VERSION__,
#if defined(NDEBUG)
                "optimised"
#else
                "with debug checks"
#endif
    );
    return 0;
  }
  const auto params = set_of({50, 45, 45}, {50});
  if (!params) {
    std::fprintf(stderr, "%s\n", params.error().message.c_str());
    return 77;
  }
  if (count == 2 && std::strcmp(arguments[1], "--operations") == 0) {
    for (const Operation& operation : kOperations) std::printf("%s\n", operation.name);
    return 0;
  }
  std::vector<std::int64_t> steps = Evaluator::sum_slots_steps((*params)->slot_count());
  steps.insert(steps.end(), std::begin(kEightSteps), std::end(kEightSteps));
  Bed bed(*params, steps);
  // Three primes to a digit, the last digit incomplete.
  Bed grouped(set_of({50, 46, 45, 45, 45}, {50, 46, 46}).value_or_stop(), std::span(kEightSteps).first(1));
  for (const Operation& operation : kOperations) operation.run(operation.is_grouped ? grouped : bed);
  return 0;
}
