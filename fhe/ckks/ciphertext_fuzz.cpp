// SPDX-License-Identifier: Apache-2.0
// Whatever bytes arrive, decoders answer with a value or an error; and a value is written back to the same bytes.
#include <algorithm>

#include "base/check.hpp"
#include "fhe/ckks/evaluation_keys.hpp"

namespace {

using namespace mc;
using namespace mc::fhe;

const ParamsPtr& tiny() {
  // N = 16, so that whole keys are a few hundred bytes and the fuzzer reaches every field.
  static const ParamsPtr params =
      Params::create(
          {.name = "fuzz", .log_n = LogN(4), .q_bits = {50, 46, 22}, .p_bits = {50}, .insecure_for_tests = true})
          .value_or_stop();
  return params;
}

template <class Read, class Write>
void check(ByteView bytes, Read read, Write write) {
  Reader reader(bytes, "fuzzed bytes");
  const auto value = read(reader);
  if (!value.has_value()) return;
  Writer writer;
  write(writer, *value);
  const Bytes& back = writer.bytes();
  MC_CHECK(back.size() == reader.position() && std::equal(back.begin(), back.end(), bytes.begin()));
}

/// A key that was read has the shape of its parameter set: whoever evaluates with it takes it.
template <class Key>
void check_taken(const Key& key) {
  EvaluationKeys keys(tiny(), key.epoch);
  MC_CHECK(keys.add(key).has_value());
}

/// A good encoding with bytes replaced as the input says: (position, value) of three bytes each.
Bytes edited(Bytes good, ByteView edits) {
  for (; edits.size() >= 3; edits = edits.subspan(3)) good[(edits[0] | edits[1] << 8) % good.size()] = edits[2];
  return good;
}

Bytes good_ciphertext(const Params& params) {
  Ciphertext ct;
  for (int part = 0; part < 2; ++part) ct.parts.push_back(params.ring().make<Domain::kNtt>({2, false}));
  ct.scale = Scale::power_of_two(92) / Scale::of_top_primes(3, 1);
  Writer writer;
  write_ciphertext(writer, ct, params);
  return std::move(writer).bytes();
}

Bytes good_relin_key(const Params& params) {
  RelinKey key;
  for (std::uint32_t i = 0; i < params.digit_count(params.top_level()); ++i) {
    key.b.push_back(params.ring().make<Domain::kNtt>({params.top_level().value, true}));
  }
  Writer writer;
  write_relin_key(writer, key, params);
  return std::move(writer).bytes();
}

Bytes good_galois_key(const Params& params) {
  GaloisKey key;
  key.galois_element = 5;
  for (std::uint32_t i = 0; i < params.digit_count(params.top_level()); ++i) {
    key.b.push_back(params.ring().make<Domain::kNtt>({params.top_level().value, true}));
  }
  Writer writer;
  write_galois_key(writer, key, params);
  return std::move(writer).bytes();
}

}  // namespace

// The first byte chooses the decoder; an odd one puts the right parameter id in front, which no fuzzer would guess.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Params& params = *tiny();
  Bytes bytes;
  if (data[0] & 1) bytes.assign(params.id().bytes.begin(), params.id().bytes.end());
  bytes.insert(bytes.end(), data + 1, data + size);
  switch (data[0] >> 1 & 7) {
    case 0:
      check(bytes, read_scale, write_scale);
      break;
    case 1:
      check(
          bytes, [&](Reader& r) { return read_public_key(r, params); },
          [&](Writer& w, const PublicKey& key) { write_public_key(w, key, params); });
      break;
    case 7:
      bytes = edited(good_relin_key(params), ByteView(data + 1, size - 1));
      [[fallthrough]];
    case 2:
      check(
          bytes, [&](Reader& r) { return read_relin_key(r, params); },
          [&](Writer& w, const RelinKey& key) {
            check_taken(key);
            write_relin_key(w, key, params);
          });
      break;
    case 5:
      bytes = edited(good_galois_key(params), ByteView(data + 1, size - 1));
      [[fallthrough]];
    case 6:
      check(
          bytes, [&](Reader& r) { return read_galois_key(r, params); },
          [&](Writer& w, const GaloisKey& key) {
            check_taken(key);
            write_galois_key(w, key, params);
          });
      break;
    case 3:
    case 4:
      bytes = edited(good_ciphertext(params), ByteView(data + 1, size - 1));
      [[fallthrough]];
    default:
      check(
          bytes, [&](Reader& r) { return read_ciphertext(r, params); },
          [&](Writer& w, const Ciphertext& ct) { write_ciphertext(w, ct, params); });
  }
  return 0;
}
