// SPDX-License-Identifier: Apache-2.0
#include "node/upload_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "node/limits.hpp"
#include "node/logging.hpp"
#include "node/role.hpp"

namespace mc::node {
namespace {

class Watching {
 public:
  Watching(client::CommonsDocument document, Verifier& verifier)
      : document_(std::move(document)), chain_(document_), verifier_(verifier) {}

  void until(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    std::string last_error;
    do {
      const Status looked = look(stop);
      // Before anything is published, and while a peer does not answer, there is nothing to say: questions say it.
      if (looked || looked.error().code != Code::kRefused || looked.error().message == last_error) continue;
      last_error = looked.error().message;
      log_warning("upload refused: " + last_error);
    } while (!woken.wait_for(lock, stop, pause_, [&] { return stop.stop_requested(); }));
  }

 private:
  Status look(const std::stop_token& stop) {
    MC_TRY(const FinalChain final, final_chain(document_, chain_.commons()));
    if (seen_ == final.block.number) return {};  // nothing can have been published
    MC_TRY(const client::DatasetView view, verifier_.look(final.commons, document_.purpose, final.block.time_s));
    const double before_s = verifier_.uploads_progress().seconds;
    Status checked = verifier_.check_uploads(view, final.commons, stop);
    // What is missing is looked for again, but less and less often: most of a large upload is much to check in vain.
    const bool is_missing = !checked && checked.error().code != Code::kRefused;
    pause_ = is_missing ? std::min(2 * pause_, kUploadPauseMax) : kUploadPause;
    if (is_missing) return checked;
    seen_ = final.block.number;
    if (const auto done = verifier_.uploads_progress(); done.checked != 0 && done.seconds != before_s) {
      log_info(fmt::format("checked the proofs of {} uploaded ciphertexts in {:.1f} s", done.checked, done.seconds));
    }
    return checked;
  }

  const client::CommonsDocument document_;
  ChainLink chain_;
  Verifier& verifier_;
  std::optional<std::uint64_t> seen_;  // the block at which everything had been looked at
  std::chrono::seconds pause_ = kUploadPause;
};

}  // namespace

UploadWatch::UploadWatch(client::CommonsDocument document, Verifier& verifier)
    : thread_([document = std::move(document), &verifier](const std::stop_token& stop) {
        Watching(document, verifier).until(stop);
      }) {}

}  // namespace mc::node
