// SPDX-License-Identifier: Apache-2.0
// Secrets at rest, as bytes. A custodian's folder has one 256-bit folder key. Every secret file is sealed under it with
// XChaCha20-Poly1305; the folder key itself is in the lock, sealed under a passphrase (Argon2id, RFC 9106) or under
// another 256-bit key that is kept elsewhere. To change the passphrase only the lock is written anew. Pure functions
// but for fresh nonces and salts; no disk.
//   lock    "MCLK" version kind operations memory salt, and the box of the folder key
//   secret  "MCSE" version, and the box of the content; associated data: the header and the file's name, so that files
//           cannot be exchanged
//   box     24-byte nonce, ciphertext, 16-byte tag
#pragma once

#include <string_view>
#include <variant>

#include "base/codec.hpp"
#include "base/hash.hpp"

namespace mc::protocol {

/// What Argon2id is asked to spend. The default is libsodium's "moderate": three passes over 256 MiB, about a second.
struct PassphraseCost {
  std::uint64_t operations = 3;
  std::uint64_t memory_bytes = std::uint64_t{256} << 20;
  friend bool operator==(const PassphraseCost&, const PassphraseCost&) = default;
};
/// A lock that asks for more is refused before any memory is taken.
inline constexpr PassphraseCost kPassphraseCostMax{16, std::uint64_t{1} << 30};
/// Shorter ones can be tried out.
inline constexpr std::size_t kPassphraseBytesMin = 12;

struct Passphrase {
  SecretBytes text;
};
struct UnlockKey {
  SecretKey256 key;
};
/// What opens a lock.
using Unlock = std::variant<Passphrase, UnlockKey>;

/// A lock's bytes, with a fresh salt and nonce.
///   errors  kInvalidArgument: a passphrase below kPassphraseBytesMin; kUnavailable: no memory for Argon2id
Result<Bytes> lock_folder_key(const SecretKey256& folder_key, const Unlock& unlock, PassphraseCost cost = {});
/// kRefused when it opens with the other kind of secret, or when passphrase or key are wrong or the bytes were changed
/// (which of the two cannot be told); kCorrupt when it is no lock.
Result<SecretKey256> unlock_folder_key(ByteView lock, const Unlock& unlock);

/// A secret file's bytes, with a fresh nonce.
Bytes seal_secret(const SecretKey256& folder_key, std::string_view name, ByteView content);
/// kCorrupt when the bytes were cut, changed, moved from another name, or sealed under another folder key.
Result<SecretBytes> open_secret(const SecretKey256& folder_key, std::string_view name, ByteView bytes);

/// The box alone, for records that are no files. `associated` is bound and not stored.
Bytes seal_box(const SecretKey256& key, ByteView associated, ByteView content);
/// kCorrupt when anything differs.
Result<SecretBytes> open_box(const SecretKey256& key, ByteView associated, ByteView box);
inline constexpr std::size_t kBoxBytes = 24 + 16;  // that a box adds

}  // namespace mc::protocol
