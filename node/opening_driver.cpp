// SPDX-License-Identifier: Apache-2.0
#include "node/opening_driver.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include "client/researcher.hpp"
#include "node/limits.hpp"
#include "node/logging.hpp"
#include "protocol/comparison.hpp"
#include "protocol/refusal.hpp"

namespace mc::node {
namespace {

using client::OpeningStand;
constexpr std::size_t kStandBytesMax = 1024;
/// A custodian that opens somebody else's column is asked again so often: columns take a tenth of a second.
constexpr int kBusyTries = 20;
constexpr std::chrono::milliseconds kBusyPause{100};

class Driver {
 public:
  Driver(const client::CommonsDocument& document, const fhe::CommitteeShape& shape, const Hash256& manifest,
         const client::TransportFactory& connect)
      : epoch_(document.epoch), shape_(shape), manifest_(manifest) {
    for (std::uint8_t i = 0; i < shape.custodians(); ++i) {
      lines_.emplace(CustodianId(i), connect(document.custodians[i].url, "custodian " + std::to_string(i)));
    }
  }

  Status run(const std::stop_token& stop) {
    stop_ = stop;
    MC_TRY_STATUS(ask_stands());
    while (const std::optional<std::uint32_t> entry = next()) {
      if (stop.stop_requested()) return fail(Code::kUnavailable, "the opening was stopped");
      MC_TRY_STATUS(carry(*entry));
    }
    return {};
  }

 private:
  /// Asks all that are left at once; who fails drops out.
  template <class T>
  Result<std::map<CustodianId, T>> ask_all(const std::function<Result<T>(CustodianId)>& question) {
    std::map<CustodianId, std::optional<Result<T>>> replies;
    for (const auto& [id, line] : lines_) replies[id];
    {
      std::vector<std::jthread> threads;
      for (auto& [id, reply] : replies) {
        threads.emplace_back([&question, &reply = reply, id = id] { reply.emplace(question(id)); });
      }
    }
    std::map<CustodianId, T> answered;
    for (auto& [id, reply] : replies) {
      if (*reply) {
        answered.emplace(id, std::move(**reply));
        continue;
      }
      said_ += (said_.empty() ? "" : "; ") + reply->error().within("custodian " + std::to_string(id.value)).message;
      lines_.erase(id);
    }
    if (answered.size() >= shape_.answers_to_detect()) return answered;
    return fail(Code::kUnavailable, "of " + std::to_string(shape_.answers_to_detect()) +
                                        " custodians that are needed to open a column " +
                                        std::to_string(answered.size()) + " answer: " + said_);
  }

  Status ask_stands() {
    MC_TRY(stands_, ask_all<OpeningStand>([&](CustodianId id) -> Result<OpeningStand> {
             MC_TRY(const Bytes reply, lines_.at(id)->get("/v1/openings/" + manifest_.hex(), kStandBytesMax));
             return client::decode_opening_stand(reply);
           }));
    return {};
  }

  /// Again as long as the custodian says that others keep it busy.
  Result<Bytes> post(CustodianId id, const std::string& path, const client::OpeningCall& call, std::size_t bytes_max) {
    const Bytes body = client::encode_opening_call(call);
    for (int attempt = 1;; ++attempt) {
      auto reply = lines_.at(id)->post(path, body, client::kBinary, bytes_max);
      const bool is_busy =
          !reply && protocol::reason_of(reply.error()) == protocol::refusal_name(protocol::Refusal::kRateLimited);
      if (!is_busy || attempt == kBusyTries || stop_.stop_requested()) return reply;
      std::this_thread::sleep_for(kBusyPause);
    }
  }

  /// The first entry that somebody still has to judge.
  [[nodiscard]] std::optional<std::uint32_t> next() const {
    std::optional<std::uint32_t> first;
    for (const auto& [id, stand] : stands_) {
      if (stand.verdict == OpeningStand::Verdict::kAwaited) first = std::min(first.value_or(stand.next), stand.next);
    }
    return first;
  }

  /// One column: everybody hears what the others say, without bytes of pieces that it holds itself.
  Status carry(std::uint32_t entry) {
    const std::size_t before = lines_.size();
    std::vector<CustodianId> live;
    for (const auto& [id, line] : lines_) live.push_back(id);
    MC_TRY(const auto senders, protocol::choose_senders(shape_, live));
    MC_TRY(const auto said, ask_all<client::RunMessage>([&](CustodianId id) -> Result<client::RunMessage> {
             const client::OpeningCall call{manifest_, entry, senders.at(id), {}};
             MC_TRY(const Bytes reply, post(id, "/v1/openings/share", call, client::kOpeningBytesMax));
             return client::decode_opening_share(epoch_, reply);
           }));
    std::erase_if(stands_, [&](const auto& of) { return !lines_.contains(of.first); });
    if (lines_.size() < before) return {};  // pieces may be missing: once more, with those who are left
    Status judged;
    for (auto& [id, stand] : stands_) {
      if (stand.verdict != OpeningStand::Verdict::kAwaited) continue;
      auto now = judged_by(id, entry, said);
      if (now) {
        stand = *now;
      } else if (judged) {
        judged = fail(now.error());
      }
    }
    return judged;
  }

  Result<OpeningStand> judged_by(CustodianId id, std::uint32_t entry,
                                 const std::map<CustodianId, client::RunMessage>& said) {
    const client::OpeningCall call{manifest_, entry, {}, client::said_by_others(id, shape_, said)};
    const auto reply = post(id, "/v1/openings/judge", call, kStandBytesMax);
    if (!reply) return fail(reply.error().within("custodian " + std::to_string(id.value)));
    return client::decode_opening_stand(*reply);
  }

  const Epoch epoch_;
  const fhe::CommitteeShape& shape_;
  const Hash256 manifest_;
  std::map<CustodianId, std::unique_ptr<client::Transport>> lines_;  // of those who are left
  std::map<CustodianId, OpeningStand> stands_;
  std::string said_;  // by those who are not
  std::stop_token stop_;
};

void watch(const client::CommonsDocument& document, const Verifier& verifier, const client::TransportFactory& connect,
           const std::stop_token& stop) {
  const auto shape = client::committee_shape(document);
  if (!shape) return;
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  std::shared_ptr<const Verifier::Uploads> done;
  std::chrono::seconds pause = kUploadPause;
  std::string last_error;
  do {
    const std::shared_ptr<const Verifier::Uploads> uploads = verifier.proven_uploads();
    if (uploads == done) continue;
    std::string error;
    for (const auto& [name, manifest] : *uploads) {
      if (manifest.epoch != document.epoch) continue;  // its custodians say what follows
      const Status driven = drive_opening(document, *shape, name, connect, stop);
      if (!driven) error = driven.error().message;
    }
    // What custodians do not answer is asked again, but less and less often.
    pause = error.empty() ? kUploadPause : std::min(2 * pause, kUploadPauseMax);
    if (error.empty()) {
      done = uploads;
      if (!uploads->empty()) log_info("the columns of " + std::to_string(uploads->size()) + " uploads are opened");
    } else if (error != last_error) {
      log_warning("opening of columns: " + error);
    }
    last_error = error;
  } while (!woken.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); }));
}

}  // namespace

Status drive_opening(const client::CommonsDocument& document, const fhe::CommitteeShape& shape, const Hash256& manifest,
                     const client::TransportFactory& connect, const std::stop_token& stop) {
  return Driver(document, shape, manifest, connect).run(stop);
}

OpeningWatch::OpeningWatch(client::CommonsDocument document, const Verifier& verifier,
                           client::TransportFactory connect) {
  if (!document.opens_columns()) return;
  thread_ = std::jthread([document = std::move(document), &verifier, connect = std::move(connect)](
                             const std::stop_token& stop) { watch(document, verifier, connect, stop); });
}

}  // namespace mc::node
