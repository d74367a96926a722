// SPDX-License-Identifier: Apache-2.0
// Content that the members of a commons can open and nobody else: encrypted once under a fresh key
// (XChaCha20-Poly1305), which is sealed to each member's X25519 key on chain (libsodium's sealed boxes). Who the
// members were is visible, in the order of their keys; what is said to them is not (G3).
#pragma once

#include <span>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace mc::protocol {

inline constexpr std::size_t kMemberBoxRecipientsMax = 200'000;
inline constexpr std::size_t kMemberBoxContentMax = std::size_t{1} << 20;

/// The X25519 public key that belongs to a member's box secret: what she publishes on chain.
Hash256 member_box_key(const SecretKey256& box_secret);

/// Bytes that every owner of one of `keys` opens to `content`; different on every call.
///   errors  kInvalidArgument without a recipient, or for a key of small order; kLimit
Result<Bytes> seal_to_members(ByteView content, std::span<const Hash256> keys);

/// The content, for one of the recipients.
///   errors  kNotFound when the box is not for this member; kCorrupt for bytes that seal_to_members never writes
Result<SecretBytes> open_as_member(ByteView box, const SecretKey256& box_secret);

}  // namespace mc::protocol
