// SPDX-License-Identifier: Apache-2.0
#include "protocol/board_message.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "fhe/threshold/galois_keygen.hpp"

namespace mc::protocol {
namespace {

constexpr std::string_view kMagic = "MCB2";
constexpr std::string_view kSignatureDomain = "medcommons/board/v2";
constexpr std::array<std::pair<Round, std::string_view>, 9> kRoundNames{{
    {Round::kContributionCommit, "contribution_commit"},
    {Round::kContributionReveal, "contribution_reveal"},
    {Round::kShareCommit, "share_commit"},
    {Round::kShareReveal, "share_reveal"},
    {Round::kRelinCommit, "relin_commit"},
    {Round::kRelinReveal, "relin_reveal"},
    {Round::kGaloisReveal, "galois_reveal"},
    {Round::kMigrationCommit, "migration_commit"},
    {Round::kMigrationReveal, "migration_reveal"},
}};

Hash256 message_digest(const Hash256& ceremony, const BoardSlot& slot, const Hash256& body_hash) {
  return Sha256("medcommons/board/message/v2")
      .update(ceremony.view())
      .update_u64(static_cast<std::uint64_t>(slot.round))
      .update_u64(slot.sender.value)
      .update_u64(slot.subject)
      .update_u64(slot.item)
      .update(body_hash.view())
      .finish();
}

// Decimal digits without sign or leading zeros, so that a slot has one name.
Result<std::uint64_t> canonical_number(std::string_view text, std::string_view name) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text != std::to_string(value)) {
    return fail(Code::kParse, "not the name of a board slot: " + std::string(name.substr(0, 80)));
  }
  return value;
}

}  // namespace

std::string_view round_name(Round round) {
  for (const auto& [known, name] : kRoundNames) {
    if (known == round) return name;
  }
  MC_CHECK(false && "every Round has a name");
}

std::string BoardSlot::name() const {
  return std::string(round_name(round)) + "-" + std::to_string(sender.value) + "-" + std::to_string(subject) + "-" +
         std::to_string(item);
}

Result<BoardSlot> board_slot_from_name(std::string_view name) {
  for (const auto& [round, word] : kRoundNames) {
    if (!name.starts_with(word) || name.size() <= word.size() || name[word.size()] != '-') continue;
    const std::string_view rest = name.substr(word.size() + 1);
    const std::size_t dash = rest.find('-');
    if (dash == std::string_view::npos) break;
    MC_TRY(const std::uint64_t sender, canonical_number(rest.substr(0, dash), name));
    const std::string_view last = rest.substr(dash + 1);
    const std::size_t second = last.find('-');
    if (second == std::string_view::npos) break;
    MC_TRY(const std::uint64_t subject, canonical_number(last.substr(0, second), name));
    MC_TRY(const std::uint64_t item, canonical_number(last.substr(second + 1), name));
    if (sender > 255 || item > UINT32_MAX) break;
    return BoardSlot{round, CustodianId(static_cast<std::uint8_t>(sender)), subject, static_cast<std::uint32_t>(item)};
  }
  return fail(Code::kParse, "not the name of a board slot: " + std::string(name.substr(0, 80)));
}

std::size_t board_body_bytes_max(const fhe::Params& params, const fhe::CommitteeShape& shape) {
  constexpr std::size_t kHeaders = 256;
  const std::size_t poly = fhe::packed_poly_bytes({params.top_level().value, true}, params.ring());
  // Round 1 of the relinearisation key and a migration share: two polynomials per digit. Commitments: a hash per share.
  const std::size_t share = 2 * params.digit_count(params.top_level()) * poly + kHeaders;
  return std::max(share, kHeaders + 32 * (2 + fhe::kGaloisElementsMax) * shape.pieces().size());
}

BoardMessage sign_board_message(const CustodianSigner& sender, const Hash256& ceremony, const BoardSlot& slot,
                                Bytes body, const Hash256& body_hash) {
  const Signature signature = sender.sign(kSignatureDomain, message_digest(ceremony, slot, body_hash));
  return {ceremony, slot, std::move(body), signature};
}

BoardMessage sign_board_message(const CustodianSigner& sender, const Hash256& ceremony, const BoardSlot& slot,
                                Bytes body) {
  const Hash256 hash = sha256(body);
  return sign_board_message(sender, ceremony, slot, std::move(body), hash);
}

bool verify_board_message(const PublicIdentity& sender, const BoardMessage& message, const Hash256& body_hash) {
  return verify_signature(sender, kSignatureDomain, message_digest(message.ceremony, message.slot, body_hash),
                          message.signature);
}

bool verify_board_message(const PublicIdentity& sender, const BoardMessage& message) {
  return verify_board_message(sender, message, sha256(message.body));
}

Bytes encode_board_message(const BoardMessage& message) {
  Writer writer;
  writer.raw(view_of(kMagic));
  writer.hash(message.ceremony);
  writer.u8(static_cast<std::uint8_t>(message.slot.round));
  writer.u8(message.slot.sender.value);
  writer.u64(message.slot.subject);
  writer.u32(message.slot.item);
  writer.sized(message.body);
  writer.raw(message.signature);
  return std::move(writer).bytes();
}

Result<BoardMessage> decode_board_message(ByteView bytes, std::size_t body_bytes_max) {
  Reader reader(bytes, "board message");
  MC_TRY(const ByteView magic, reader.raw(kMagic.size()));
  if (!std::ranges::equal(magic, view_of(kMagic))) return fail(reader.error("not a board message"));
  BoardMessage message;
  MC_TRY(message.ceremony, reader.hash());
  MC_TRY(const std::uint8_t round, reader.u8());
  if (round < 1 || round > kRoundNames.size())
    return fail(reader.error("round " + std::to_string(round) + " is unknown"));
  MC_TRY(const std::uint8_t sender, reader.u8());
  MC_TRY(const std::uint64_t subject, reader.u64());
  MC_TRY(const std::uint32_t item, reader.u32());
  message.slot = {static_cast<Round>(round), CustodianId(sender), subject, item};
  MC_TRY(const ByteView body, reader.sized(body_bytes_max));
  message.body.assign(body.begin(), body.end());
  MC_TRY(const ByteView signature, reader.raw(message.signature.size()));
  std::ranges::copy(signature, message.signature.begin());
  MC_TRY_STATUS(reader.finish());
  return message;
}

}  // namespace mc::protocol
