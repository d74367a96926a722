// SPDX-License-Identifier: Apache-2.0
// A sealed blob: a header that says what is inside, and one ciphertext. docs/formats_sealed.md describes the bytes.
// Its name is the SHA-256 of its bytes; everything here reads untrusted bytes and allocates by no unchecked length.
#pragma once

#include <array>
#include <string>

#include "base/codec.hpp"
#include "base/strong.hpp"
#include "data/packing/feature.hpp"
#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"

namespace mc::data {

inline constexpr std::uint16_t kSealedVersion = 1;
inline constexpr std::size_t kDatasetNameBytesMax = 128;
inline constexpr std::size_t kHandleBytesMax = 1024;
inline constexpr std::size_t kSealedBytesMax = std::size_t{64} << 20;

/// An owner's chain address.
using OwnerAddress = std::array<std::uint8_t, 20>;

/// What is inside, in the clear. Whoever asks for a blob builds the header it must have and compares (check_header).
struct SealedHeader {
  Hash256 params_id;  // fhe::Params::id
  Hash256 schema;     // schema_hash
  std::string dataset;
  Epoch epoch;  // of the collective key
  OwnerAddress owner{};
  std::string handle;  // of the feature
  std::uint32_t block = 0;
  SlotRange range;  // the owner's whole range in the data set, counted through all blocks
  fhe::Level level;
  fhe::Scale scale;
  friend bool operator==(const SealedHeader&, const SealedHeader&) = default;
};

struct SealedBlob {
  SealedHeader header;
  fhe::Ciphertext ciphertext;
};

/// SHA-256 of the bytes: a blob's name.
Hash256 content_hash(ByteView bytes);

/// Header, ciphertext length, ciphertext. The ciphertext's level and scale must be the header's (MC_CHECK).
Bytes encode_sealed(const SealedBlob& blob, const fhe::Params& params);

/// The header alone, without any parameter set: what a store needs. The announced ciphertext length must be what is
/// left.
///   errors  kCorrupt naming the byte; kLimit; kUnsupported for another version
Result<SealedHeader> read_sealed_header(ByteView bytes);

/// Header and ciphertext; refuses another parameter set, a ciphertext whose level or scale is not the header's, and
/// residues that are not canonical.
Result<SealedBlob> decode_sealed(ByteView bytes, const fhe::Params& params);

/// One sentence that names the first thing that differs and both values ("sealed blob age/value, block 0: key epoch 1,
/// wanted 2"): kConflict.
Status check_header(const SealedHeader& found, const SealedHeader& wanted);

/// The whole way from stored bytes to a ciphertext that may be computed with: name, header, ciphertext.
///   errors  kCorrupt when the bytes do not hash to `name` (truncated or altered); check_header's; decode_sealed's
Result<SealedBlob> open_blob(ByteView bytes, const Hash256& name, const SealedHeader& wanted,
                             const fhe::Params& params);

/// The header of a fresh upload: top level, scale 2^kSealScaleLog2.
SealedHeader fresh_header(const fhe::Params& params, const Hash256& schema, std::string dataset, Epoch epoch,
                          const OwnerAddress& owner, const SlotRange& range, std::string handle, std::uint32_t block);

/// A blob's bytes, and what its encryption hides: from that the owner proves that she knows what is inside (R21).
struct SealedBlock {
  Bytes bytes;
  fhe::EncryptionWitness witness;
};

/// Encodes and encrypts one block's slot values under the collective key and writes the blob. `row_values` are the
/// owner's rows in this block (Cohort::pack over the BlockPart); they are put at their slots, all other slots are 0.
///   range   values below 2 in magnitude (fhe/ckks/encryption_witness.hpp)
///   errors  kInvalidArgument when the number of values is not the range's share of the block
///   cost    bench: sealed/seal_block
Result<SealedBlock> seal_block(const SealedHeader& header, std::span<const double> row_values,
                               const fhe::Params& params, const fhe::Encoder& encoder, const fhe::PublicKey& key,
                               KeyStream& stream);

}  // namespace mc::data
