// SPDX-License-Identifier: Apache-2.0
// Any bytes as a sealed blob, and any change to a true one: what is accepted writes the same bytes again.
#include <algorithm>

#include "data/sealed/sealed.hpp"

namespace {

using namespace mc::data;

const mc::fhe::Params& params() {
  static const auto kParams = mc::fhe::Params::named("test_insecure", true).value_or_stop();
  return *kParams;
}

// A blob whose ciphertext is all zero: cheap, and canonical.
const mc::Bytes& true_blob() {
  static const mc::Bytes kBlob = [] {
    const SealedHeader header =
        fresh_header(params(), mc::Hash256{}, "commons", mc::Epoch(1), {}, {0, 5}, "age/value", 0);
    const auto& ring = params().ring();
    const mc::fhe::Basis basis{header.level.value, false};
    const mc::fhe::Ciphertext zero{{ring.make<mc::fhe::Domain::kNtt>(basis), ring.make<mc::fhe::Domain::kNtt>(basis)},
                                   header.scale};
    return encode_sealed({header, zero}, params());
  }();
  return kBlob;
}

void read(mc::ByteView bytes) {
  const auto header = read_sealed_header(bytes);
  const auto blob = decode_sealed(bytes, params());
  if (!blob) return;
  MC_CHECK(header.has_value() && *header == blob->header && check_header(*header, blob->header).has_value());
  const mc::Bytes again = encode_sealed(*blob, params());
  MC_CHECK(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read({data, size});
  if (size < 3) return 0;
  // Two bytes say where the others are laid over a true blob; most of them meet the header.
  mc::Bytes altered = true_blob();
  const std::size_t at = (data[0] | std::size_t{data[1]} << 8) % std::min<std::size_t>(altered.size(), 400);
  const std::size_t count = std::min(size - 2, altered.size() - at);
  std::copy_n(data + 2, count, altered.begin() + static_cast<std::ptrdiff_t>(at));
  read(altered);
  return 0;
}
