// SPDX-License-Identifier: Apache-2.0
// Whatever the strict decoder accepts, the encoder writes back to the same bytes, and what the encoder writes is
// accepted; with one byte changed it is refused or is another value's encoding. Refusals are read without harm.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "governance/abi.hpp"
#include "governance/revert.hpp"

namespace mc::governance {
namespace {

constexpr std::size_t kItemsMax = 1000;

Result<AbiWriter> rewritten(ByteView bytes) {
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 8, "fuzz"));
  MC_TRY(const std::uint64_t number, reader.u64());
  MC_TRY(const bool flag, reader.boolean());
  MC_TRY(const Address address, reader.address());
  MC_TRY(const Hash256 hash, reader.hash());
  MC_TRY(const Bytes blob, reader.bytes(kItemsMax));
  MC_TRY(const std::vector<Address> addresses, reader.addresses(kItemsMax));
  MC_TRY(const std::vector<Hash256> hashes, reader.hashes(kItemsMax));
  std::vector<AbiWriter> tuples;
  MC_TRY_STATUS(reader.dynamic_tuples(2, kItemsMax, [&](AbiReader& fields) -> Status {
    MC_TRY(const std::uint64_t first, fields.u64());
    MC_TRY(const std::vector<std::uint64_t> others, fields.uints(kItemsMax, UINT16_MAX));
    tuples.push_back(AbiWriter().uint(first).uints(others));
    return {};
  }));
  MC_TRY_STATUS(reader.finish());
  AbiWriter writer;
  writer.uint(number).boolean(flag).address(address).hash(hash).bytes(blob).addresses(addresses).hashes(hashes).tuples(
      tuples);
  return writer;
}

// A valid encoding whose values are taken from the input.
Bytes encoding_from(ByteView bytes) {
  const auto take = [&](std::size_t size) {
    const ByteView out = bytes.first(std::min(size, bytes.size()));
    bytes = bytes.subspan(out.size());
    return out;
  };
  const std::size_t number = bytes.size();
  Address address;
  std::ranges::copy(take(20), address.bytes.begin());
  Hash256 hash;
  std::ranges::copy(take(32), hash.bytes.begin());
  const std::vector<Address> addresses(take(3).size(), address);
  const std::vector<Hash256> hashes(take(4).size(), hash);
  AbiWriter writer;
  writer.uint(number).boolean(number % 2 == 0).address(address).hash(hash).bytes(take(kItemsMax));
  std::vector<AbiWriter> tuples;
  for (const std::uint8_t byte : take(5))
    tuples.push_back(AbiWriter().uint(byte).uints(std::vector<std::uint64_t>(byte % 4, byte)));
  return writer.addresses(addresses).hashes(hashes).tuples(tuples).encode();
}

}  // namespace
}  // namespace mc::governance

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mc::ByteView bytes(data, size);
  if (const auto writer = mc::governance::rewritten(bytes)) {
    MC_CHECK(mc::equal_secret(writer->encode(), bytes));
  }
  MC_CHECK(!mc::governance::revert_error(bytes).message.empty());

  mc::Bytes valid = mc::governance::encoding_from(bytes);
  MC_CHECK(mc::governance::rewritten(valid).has_value());
  if (size >= 3) {
    valid[(data[0] + 256u * data[1]) % valid.size()] ^= data[2];
    if (const auto writer = mc::governance::rewritten(valid)) MC_CHECK(mc::equal_secret(writer->encode(), valid));
  }
  return 0;
}
