// SPDX-License-Identifier: Apache-2.0
#include "node/verdict_courier.hpp"

#include <algorithm>

#include "node/keygen_setup.hpp"
#include "node/logging.hpp"
#include "node/role.hpp"
#include "node/sound_moves.hpp"

namespace mc::node {
namespace {

using protocol::JointVerdict;

std::string epoch_text(Epoch epoch) {
  return "the committee of key epoch " + std::to_string(epoch.value);
}

std::optional<std::size_t> place_of(const client::CommonsDocument& document, Epoch epoch) {
  const auto found = std::ranges::find(document.earlier, epoch, &client::EarlierCommittee::epoch);
  if (found == document.earlier.end()) return std::nullopt;
  return static_cast<std::size_t>(found - document.earlier.begin());
}

Result<std::vector<protocol::OpeningVerdict>> said_of(const Hash256& manifest, client::StoreClient& store) {
  MC_TRY(const std::vector<Bytes> texts, store.opening_verdicts(manifest));
  std::vector<protocol::OpeningVerdict> said;
  for (const Bytes& text : texts) {
    // One that cannot be read hides none of the others.
    if (auto verdict = protocol::decode_opening_verdict(text)) said.push_back(std::move(*verdict));
  }
  return said;
}

Status hear_of(OpeningDesk& desk, const Hash256& name, Epoch epoch, const client::CommonsDocument& document,
               const EarlierCommittees& committees, client::StoreClient& store) {
  const std::string whose = "were sealed for " + epoch_text(epoch);
  const std::optional<std::size_t> index = place_of(document, epoch);
  if (!index) return desk.hear(name, JointVerdict::kNone, whose + ", which this commons does not know");
  MC_TRY(const std::optional<Epoch> unsound, unsound_move_since(document, epoch));
  if (unsound) return desk.hear(name, JointVerdict::kNone, unsound_move_text(*unsound));
  MC_TRY(const protocol::KeygenSetup committee, committees(*index));
  MC_TRY(const std::vector<protocol::OpeningVerdict> said, said_of(name, store));
  const JointVerdict verdict = protocol::joint_opening_verdict(committee, name, said);
  if (verdict != JointVerdict::kNone) {
    log_info("the upload " + name.hex() + " was opened by " + epoch_text(epoch) + " and " +
             (verdict == JointVerdict::kPassed ? "passed" : "is refused"));
  }
  return desk.hear(name, verdict,
                   whose + ", of which fewer than " + std::to_string(committee.shape.threshold()) +
                       " custodians say what they found in them; the owner has to upload them again, under another "
                       "account");
}

}  // namespace

Status tell_verdicts(OpeningDesk& desk, client::StoreClient& store) {
  Status first;  // what is wrong with one keeps no other back
  for (const protocol::OpeningVerdict& verdict : desk.untold()) {
    Status told = store.put_opening_verdict(verdict.manifest, protocol::encode_opening_verdict(verdict));
    if (told) {
      desk.told(verdict.manifest);
    } else if (first) {
      first = std::move(told);
    }
  }
  return first;
}

Status hear_verdicts(OpeningDesk& desk, const Verifier::Uploads& uploads, const client::CommonsDocument& document,
                     const EarlierCommittees& committees, client::StoreClient& store) {
  Status first;
  for (const auto& [name, manifest] : uploads) {
    if (manifest.epoch == document.epoch) continue;
    MC_TRY(const client::OpeningStand stand, desk.stand(name));
    if (stand.verdict != client::OpeningStand::Verdict::kAwaited) continue;
    Status heard = hear_of(desk, name, manifest.epoch, document, committees, store);
    if (!heard && first) first = std::move(heard);
  }
  return first;
}

void VerdictCourier::carry() {
  if (desk_ == nullptr) return;
  const Status carried = try_to_carry();
  const std::string error = carried ? "" : carried.error().message;
  if (!error.empty() && error != last_error_) log_warning("verdicts on uploads: " + error);
  last_error_ = error;
}

Status VerdictCourier::try_to_carry() {
  const auto transport = http_transports()(document_.store_url, "the store");
  client::StoreClient store(*transport);
  MC_TRY_STATUS(tell_verdicts(*desk_, store));
  const ChainLink chain(document_);
  const EarlierCommittees committees = [&](std::size_t index) {
    return keygen_setup(client::at_earlier(document_, index), chain.commons());
  };
  return hear_verdicts(*desk_, *verifier_.proven_uploads(), document_, committees, store);
}

}  // namespace mc::node
