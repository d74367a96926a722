// SPDX-License-Identifier: Apache-2.0
#include "protocol/release_state.hpp"

#include <algorithm>

#include "protocol/refusal.hpp"

namespace mc::protocol {
namespace {

constexpr std::string_view kMagic = "MCWK";

void append(SecretBytes& bytes, const SecretKey256& key) {
  bytes.insert(bytes.end(), key.expose().begin(), key.expose().end());
}

Result<SecretKey256> read_key(Reader& reader) {
  MC_TRY(const ByteView key, reader.raw(32));
  return SecretKey256(key.first<32>());
}

ReleaseState without_pieces(const ReleaseState& state) {
  return {state.shape,  state.custodian,         state.epoch, state.params_id, state.key_commitment,
          state.newest, state.ledger_key.copy(), {}};
}

}  // namespace

ReleaseState make_release_state(const fhe::Params& params, CustodianSecrets secrets,
                                const SecretKey256& ceremony_secret, fhe::Window window) {
  MC_CHECK(window.value >= 1 && secrets.params_id == params.id());
  Writer context;
  context.hash(secrets.key_commitment);
  ReleaseState state{secrets.shape,
                     secrets.custodian,
                     secrets.epoch,
                     secrets.params_id,
                     secrets.key_commitment,
                     window,
                     derive_key(ceremony_secret, "medcommons/custodian/ledger/v1", context.bytes()),
                     {}};
  const fhe::Window before(window.value - 1);
  for (const fhe::PieceSeed& seed : secrets.seeds) {
    fhe::PieceSeed previous = fhe::release_key(seed, before);
    fhe::PieceSeed newest = previous.copy();
    fhe::advance_release_key(newest, before, window);
    state.pieces.push_back({fhe::piece_secret_key(params, seed), std::move(previous), std::move(newest)});
  }
  return state;
}

ReleaseState advanced(const ReleaseState& state, fhe::Window window) {
  MC_CHECK(window >= state.newest);
  ReleaseState next = without_pieces(state);
  next.newest = window;
  for (const ReleaseState::Piece& piece : state.pieces) {
    fhe::PieceSeed previous = window == state.newest ? piece.previous.copy() : piece.newest.copy();
    fhe::PieceSeed newest = piece.newest.copy();
    if (window > state.newest) {
      const fhe::Window before(window.value - 1);
      fhe::advance_release_key(previous, state.newest, before);
      fhe::advance_release_key(newest, state.newest, window);
    }
    next.pieces.push_back(
        {{piece.secret.piece, piece.secret.epoch, piece.secret.key.copy()}, std::move(previous), std::move(newest)});
  }
  return next;
}

Status check_release_state(const fhe::Params& params, const ReleaseState& state) {
  const std::string name = "custodian " + std::to_string(state.custodian.value);
  if (state.params_id != params.id()) {
    return fail(Code::kConflict, "the secrets of " + name + " are for parameter set " + state.params_id.hex() +
                                     ", the commons uses " + params.spec().name + " (" + params.id().hex() + ")");
  }
  const auto same_piece = [&](const ReleaseState::Piece& held, fhe::PieceId expected) {
    return held.secret.piece == expected && held.secret.epoch == state.epoch && held.previous.piece == expected &&
           held.previous.epoch == state.epoch && held.newest.piece == expected && held.newest.epoch == state.epoch;
  };
  if (!std::ranges::equal(state.pieces, state.shape.pieces_of(state.custodian), same_piece)) {
    return fail(Code::kConflict, "the secrets of " + name + " are not the pieces that a " + state.shape.text() +
                                     " committee gives it in epoch " + std::to_string(state.epoch.value));
  }
  return {};
}

Result<fhe::Window> open_window(const ReleaseState& state, std::uint64_t time_s, const std::string& what) {
  MC_TRY(const fhe::Window window, fhe::window_of(time_s));
  MC_TRY_STATUS(check_window_open(state, window, what));
  return window;
}

Status check_window_open(const ReleaseState& state, fhe::Window window, const std::string& what) {
  if (key_of_window(state, 0, window) != nullptr) return {};
  return refuse(Refusal::kWindowClosed, Code::kRefused,
                what + " is of " + fhe::window_text(window) + ", whose release key this custodian " +
                    (window < state.newest ? "has erased" : "does not have yet") + " (it holds the key of " +
                    fhe::window_text(state.newest) + " and of the day before)");
}

const fhe::PieceSeed* key_of_window(const ReleaseState& state, std::size_t piece, fhe::Window window) {
  MC_CHECK(piece < state.pieces.size());
  if (window == state.newest) return &state.pieces[piece].newest;
  if (window.value + 1 == state.newest.value) return &state.pieces[piece].previous;
  return nullptr;
}

SecretBytes encode_release_state(const ReleaseState& state) {
  // The public part through a Writer, the keys straight into memory that is wiped.
  Writer head;
  head.raw(view_of(kMagic));
  fhe::write_shape(head, state.shape);
  head.u8(state.custodian.value);
  head.u32(state.epoch.value);
  head.hash(state.params_id);
  head.hash(state.key_commitment);
  head.u32(state.newest.value);
  head.u32(static_cast<std::uint32_t>(state.pieces.size()));
  SecretBytes bytes(head.bytes().begin(), head.bytes().end());
  append(bytes, state.ledger_key);
  for (const ReleaseState::Piece& piece : state.pieces) {
    append(bytes, piece.secret.key);
    append(bytes, piece.previous.key);
    append(bytes, piece.newest.key);
  }
  const Hash256 digest = sha256(bytes);
  bytes.insert(bytes.end(), digest.bytes.begin(), digest.bytes.end());
  return bytes;
}

Result<ReleaseState> decode_release_state(ByteView bytes) {
  Reader reader(bytes, "release keys");
  MC_TRY(const ByteView magic, reader.raw(kMagic.size()));
  if (!std::ranges::equal(magic, view_of(kMagic))) return fail(reader.error("not a file of release keys"));
  MC_TRY(fhe::CommitteeShape shape, fhe::read_shape(reader));
  ReleaseState state{std::move(shape), {}, {}, {}, {}, {}, {}, {}};
  MC_TRY(const std::uint8_t custodian, reader.u8());
  state.custodian = CustodianId(custodian);
  if (!state.shape.is_custodian(state.custodian)) {
    return fail(reader.error("custodian " + std::to_string(custodian) + " of a " + state.shape.text() + " committee"));
  }
  MC_TRY(const std::uint32_t epoch, reader.u32());
  state.epoch = Epoch(epoch);
  MC_TRY(state.params_id, reader.hash());
  MC_TRY(state.key_commitment, reader.hash());
  MC_TRY(const std::uint32_t newest, reader.u32());
  if (newest == 0) return fail(reader.error("the release keys are of no day"));
  state.newest = fhe::Window(newest);
  const std::vector<fhe::PieceId> pieces = state.shape.pieces_of(state.custodian);
  MC_TRY(const std::uint32_t count, reader.count(fhe::kPiecesMax, 3 * 32));
  if (count != pieces.size()) {
    return fail(reader.error(std::to_string(count) + " pieces where a custodian of a " + state.shape.text() +
                             " committee holds " + std::to_string(pieces.size())));
  }
  MC_TRY(state.ledger_key, read_key(reader));
  for (const fhe::PieceId piece : pieces) {
    MC_TRY(SecretKey256 secret, read_key(reader));
    MC_TRY(SecretKey256 previous, read_key(reader));
    MC_TRY(SecretKey256 current, read_key(reader));
    state.pieces.push_back({{piece, state.epoch, std::move(secret)},
                            {piece, state.epoch, std::move(previous)},
                            {piece, state.epoch, std::move(current)}});
  }
  const std::size_t covered = reader.position();
  MC_TRY(const Hash256 digest, reader.hash());
  MC_TRY_STATUS(reader.finish());
  if (digest != sha256(bytes.first(covered))) return fail(reader.error("the bytes do not have their checksum"));
  return state;
}

}  // namespace mc::protocol
