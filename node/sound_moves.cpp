// SPDX-License-Identifier: Apache-2.0
#include "node/sound_moves.hpp"

#include <algorithm>

#include "fhe/threshold/committee.hpp"
#include "governance/address.hpp"

namespace mc::node {

Result<std::optional<Epoch>> unsound_move_since(const client::CommonsDocument& document, Epoch epoch) {
  if (epoch == document.epoch) return std::optional<Epoch>();
  auto committee = std::ranges::find(document.earlier, epoch, &client::EarlierCommittee::epoch);
  if (committee == document.earlier.end()) {
    return fail(Code::kNotFound, "this commons had no committee of key epoch " + std::to_string(epoch.value));
  }
  for (; committee != document.earlier.end(); ++committee) {
    MC_TRY(const fhe::CommitteeShape shape,
           fhe::CommitteeShape::create(static_cast<std::uint32_t>(committee->identities.size()), committee->threshold));
    if (committee->participants.size() < shape.answers_to_detect()) return std::optional(committee->epoch);
  }
  return std::optional<Epoch>();
}

Status check_moves(const client::CommonsDocument& document, std::span<const data::Manifest> manifests) {
  for (const data::Manifest& manifest : manifests) {
    MC_TRY(const std::optional<Epoch> unsound, unsound_move_since(document, manifest.epoch));
    if (!unsound) continue;
    return fail(Code::kRefused,
                "the columns of " + governance::Address{manifest.owner}.text() + " " + unsound_move_text(*unsound));
  }
  return {};
}

std::string unsound_move_text(Epoch from) {
  return "came through a move from the committee of key epoch " + std::to_string(from.value) +
         " that so few took part in that a lie would not have been noticed; the owner has to upload them again, under "
         "another account";
}

}  // namespace mc::node
