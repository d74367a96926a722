// SPDX-License-Identifier: Apache-2.0
#include "simulation/cast.hpp"

namespace mc::simulation {

std::string_view lie_name(Lie lie) {
  switch (lie) {
    case Lie::kSilence:
      return "silence";
    case Lie::kFalseHash:
      return "false_hash";
    case Lie::kFalseBytes:
      return "false_bytes";
    case Lie::kFalseShare:
      return "false_share";
    case Lie::kFalseSecret:
      return "false_secret";
    case Lie::kFalseChain:
      return "false_chain";
    case Lie::kFalseHead:
      return "false_head";
    case Lie::kEquivocation:
      return "equivocation";
    case Lie::kReplay:
      return "replay";
    case Lie::kOtherName:
      return "other_name";
  }
  MC_CHECK(false && "every Lie has a name");
}

std::vector<CustodianId> Cast::everyone() const {
  std::vector<CustodianId> all;
  for (std::uint32_t c = 0; c < shape.custodians(); ++c) all.emplace_back(static_cast<std::uint8_t>(c));
  return all;
}

protocol::CustodianIdentity Cast::identity(CustodianId custodian) const {
  return protocol::CustodianIdentity(simulated_secret(seed, "identity of " + std::to_string(custodian.value)));
}

std::vector<protocol::PublicIdentity> Cast::identities() const {
  std::vector<protocol::PublicIdentity> all;
  for (const CustodianId custodian : everyone()) all.push_back(identity(custodian).public_identity());
  return all;
}

std::string Cast::liars_text() const {
  std::string text;
  for (const auto& [custodian, lie] : liars) {
    text += (text.empty() ? "custodian " : ", custodian ") + std::to_string(custodian.value) + " (" +
            std::string(lie_name(lie)) + ")";
  }
  return text.empty() ? "nobody" : text;
}

std::map<CustodianId, Lie> draw_liars(const fhe::CommitteeShape& shape, std::span<const Lie> offered, Chance& chance) {
  std::map<CustodianId, Lie> liars;
  if (chance.below(3) == 0) return liars;
  const std::uint64_t count = 1 + chance.below(shape.threshold() - 1);
  while (liars.size() < count) {
    const CustodianId liar(static_cast<std::uint8_t>(chance.below(shape.custodians())));
    liars.try_emplace(liar, offered[chance.below(offered.size())]);
  }
  return liars;
}

bool blames_a_liar(const std::string& sentence, const Cast& cast) {
  constexpr std::string_view kPiece = "without ";  // "the piece without custodian 2" says nothing about custodian 2
  for (const auto& [custodian, lie] : cast.liars) {
    const std::string name = "custodian " + std::to_string(custodian.value);
    for (std::size_t at = sentence.find(name); at != std::string::npos; at = sentence.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      const bool whole = end == sentence.size() || sentence[end] < '0' || sentence[end] > '9';
      const bool of_a_piece = at >= kPiece.size() && sentence.compare(at - kPiece.size(), kPiece.size(), kPiece) == 0;
      if (whole && !of_a_piece) return true;
    }
  }
  return false;
}

tl::unexpected<Error> broken(const std::string& promise) {
  return fail(Code::kConflict, "broken promise: " + promise);
}

}  // namespace mc::simulation
