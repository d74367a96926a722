// SPDX-License-Identifier: Apache-2.0
#include "protocol/board_message.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "fhe/ckks/ciphertext.hpp"

namespace mc::protocol {
namespace {

constexpr std::string_view kMagic = "MCBM";
constexpr std::string_view kSignatureDomain = "medcommons/board/v1";
constexpr std::array<std::pair<Round, std::string_view>, 6> kRoundNames{{
    {Round::kContributionCommit, "contribution_commit"},
    {Round::kContributionReveal, "contribution_reveal"},
    {Round::kShareCommit, "share_commit"},
    {Round::kShareReveal, "share_reveal"},
    {Round::kRelinCommit, "relin_commit"},
    {Round::kRelinReveal, "relin_reveal"},
}};

Hash256 message_digest(const Hash256& ceremony, const BoardSlot& slot, ByteView body) {
  return Sha256("medcommons/board/message/v1")
      .update(ceremony.view())
      .update_u64(static_cast<std::uint64_t>(slot.round))
      .update_u64(slot.sender.value)
      .update_u64(slot.subject)
      .update_sized(body)
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
  return std::string(round_name(round)) + "-" + std::to_string(sender.value) + "-" + std::to_string(subject);
}

Result<BoardSlot> board_slot_from_name(std::string_view name) {
  for (const auto& [round, word] : kRoundNames) {
    if (!name.starts_with(word) || name.size() <= word.size() || name[word.size()] != '-') continue;
    const std::string_view rest = name.substr(word.size() + 1);
    const std::size_t dash = rest.find('-');
    if (dash == std::string_view::npos) break;
    MC_TRY(const std::uint64_t sender, canonical_number(rest.substr(0, dash), name));
    MC_TRY(const std::uint64_t subject, canonical_number(rest.substr(dash + 1), name));
    if (sender > 255) break;
    return BoardSlot{round, CustodianId(static_cast<std::uint8_t>(sender)), subject};
  }
  return fail(Code::kParse, "not the name of a board slot: " + std::string(name.substr(0, 80)));
}

std::size_t board_body_bytes_max(const fhe::Params& params, const fhe::CommitteeShape& shape) {
  const fhe::Basis q{params.top_level().value, false}, qp{params.top_level().value, true};
  constexpr std::size_t kHeaders = 256;
  const std::size_t shares = fhe::packed_poly_bytes(q, params.ring()) +
                             2 * params.q().size() * fhe::packed_poly_bytes(qp, params.ring()) + kHeaders;
  return std::max(shares, kHeaders + 128 * shape.pieces().size());
}

BoardMessage sign_board_message(const CustodianIdentity& sender, const Hash256& ceremony, const BoardSlot& slot,
                                Bytes body) {
  const Signature signature = sender.sign(kSignatureDomain, message_digest(ceremony, slot, body));
  return {ceremony, slot, std::move(body), signature};
}

bool verify_board_message(const PublicIdentity& sender, const BoardMessage& message) {
  return verify_signature(sender, kSignatureDomain, message_digest(message.ceremony, message.slot, message.body),
                          message.signature);
}

Bytes encode_board_message(const BoardMessage& message) {
  Writer writer;
  writer.raw(view_of(kMagic));
  writer.hash(message.ceremony);
  writer.u8(static_cast<std::uint8_t>(message.slot.round));
  writer.u8(message.slot.sender.value);
  writer.u64(message.slot.subject);
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
  message.slot = {static_cast<Round>(round), CustodianId(sender), subject};
  MC_TRY(const ByteView body, reader.sized(body_bytes_max));
  message.body.assign(body.begin(), body.end());
  MC_TRY(const ByteView signature, reader.raw(message.signature.size()));
  std::ranges::copy(signature, message.signature.begin());
  MC_TRY_STATUS(reader.finish());
  return message;
}

}  // namespace mc::protocol
