// SPDX-License-Identifier: Apache-2.0
#include "client/guarded_question.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <thread>

#include "client/ask_again.hpp"
#include "client/count_calls.hpp"
#include "protocol/answer_ledger.hpp"
#include "query/release/privacy.hpp"

namespace mc::client {
namespace {

constexpr std::size_t kKeyBytesMax = 4096;
constexpr std::size_t kVerdictBytesMax = std::size_t{1} << 20;
/// A question whose other sums would have to do with so small a share of its rho is not answered.
constexpr std::uint64_t kSharesMax = 64;
/// Deviations are powers of two, so that a share that is smaller by a trifle costs the same: some 200 tries are enough.
constexpr double kLeastStep = 1.02;

double release_modulus_log2(const fhe::Params& params) {
  double bits = 0;
  for (std::uint32_t i = 0; i < fhe::kReleaseBasis.q_limbs; ++i) bits += std::log2(static_cast<double>(params.q()[i]));
  return bits;
}

/// What each of several custodians says, asked at the same time; whoever does not answer is left out.
template <class Reply, class Ask>
Result<std::vector<Reply>> ask_all(std::span<const CustodianId> custodians, std::size_t needed, const Ask& ask) {
  std::vector<std::optional<Result<Reply>>> replies(custodians.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < custodians.size(); ++i) {
    threads.emplace_back([&, i] { replies[i] = ask(custodians[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<Reply> all;
  std::string absences;
  for (std::size_t i = 0; i < custodians.size(); ++i) {
    Result<Reply>& reply = *replies[i];
    if (reply) {
      all.push_back(std::move(*reply));
      continue;
    }
    const Error error = reply.error().within("custodian " + std::to_string(custodians[i].value));
    if (error.code != Code::kUnavailable) return fail(error);
    absences += "; " + error.message;
  }
  if (all.size() >= needed) return all;
  return fail(Code::kUnavailable, "counts are opened when " + std::to_string(needed) + " custodians answer, " +
                                      std::to_string(all.size()) + " do" + absences);
}

}  // namespace

Result<GuardedNoise> guarded_noise(const query::Plan& plan, const DatasetView& view, const fhe::Params& params,
                                   std::uint32_t pieces, std::uint64_t rho_nano, const KnownSigmas& known) {
  std::vector<query::MomentId> opened;
  std::vector<query::AnswerBound> bounds;
  // Some counts only the custodians see; they are paid for as well.
  for (const query::PlanPart& part : {query::all_groups(plan), query::PlanPart{query::PlanPart::Kind::kCounts}}) {
    MC_TRY(const Recomputed of_part, release_bounds(plan, view, params, pieces, part));
    const std::vector<query::MomentId> released = query::released_by(plan, part);
    for (std::size_t i = 0; i < released.size(); ++i) {
      if (std::ranges::find(opened, released[i]) != opened.end()) continue;
      opened.push_back(released[i]);
      bounds.push_back(of_part.bounds[i]);
    }
  }
  const query::Sensitivities sensitivities = query::sensitivities(plan, opened, bounds, params.slot_count());
  // Counts and the other sums are released one after the other: each costs what its dearest kind of person costs, and
  // those need not be the same.
  const std::vector<query::MomentId> counted = query::count_moments(plan);
  std::vector<std::uint32_t> counts, others;
  for (std::uint32_t i = 0; i < opened.size(); ++i) {
    (std::ranges::find(counted, opened[i]) != counted.end() ? counts : others).push_back(i);
  }
  const auto price_of = [&](std::span<const std::uint32_t> part, std::span<const std::uint8_t> sigma_log2) {
    std::vector<std::uint8_t> sigmas;
    for (const std::uint32_t i : part) sigmas.push_back(sigma_log2[i]);
    return query::rho_cost_nano(sensitivities.of(part), sigmas);
  };
  std::uint64_t least = UINT64_MAX;  // what was tried and cost least
  for (std::uint64_t wanted = rho_nano; wanted > 0;) {
    MC_TRY(query::PrivateNoise chosen,
           query::private_noise(bounds, sensitivities, wanted, pieces, release_modulus_log2(params)));
    GuardedNoise noise;
    for (std::size_t i = 0; i < opened.size(); ++i) {
      if (const auto found = known.find(opened[i]); found != known.end()) chosen.sigma_log2[i] = found->second;
      noise.sigma_log2[opened[i]] = chosen.sigma_log2[i];
    }
    const std::uint64_t of_counts = price_of(counts, chosen.sigma_log2),
                        of_others = price_of(others, chosen.sigma_log2);
    noise.rho_nano = of_counts + std::min(of_others, UINT64_MAX - of_counts);
    if (noise.rho_nano <= rho_nano) return noise;
    least = std::min(least, noise.rho_nano);
    const double over = static_cast<double>(noise.rho_nano) / static_cast<double>(rho_nano);
    wanted = static_cast<std::uint64_t>(static_cast<double>(wanted) / std::clamp(over, kLeastStep, 2.0));
    if (wanted < rho_nano / kSharesMax) break;
  }
  return fail(Code::kLimit,
              "sums of this question were released before with less noise, which they keep: it would cost rho " +
                  rho_text(least) + ", more than the " + rho_text(rho_nano) + " it may; ask with a larger --rho");
}

std::string rho_text(std::uint64_t rho_nano) {
  char text[32];
  const std::uint64_t micro = rho_nano / 1000 + (rho_nano % 1000 == 0 ? 0 : 1);
  std::snprintf(text, sizeof text, "%.10g", static_cast<double>(micro) / 1e6);
  return text;
}

PartNoise noise_of_part(std::span<const query::MomentId> released, const Recomputed& bounds, const GuardedNoise& noise,
                        std::span<const query::MomentId> paid) {
  PartNoise part;
  std::vector<std::uint32_t> unpaid;
  std::vector<std::uint8_t> sigmas;
  for (std::uint32_t i = 0; i < released.size(); ++i) {
    const std::uint8_t sigma = std::max(noise.sigma_log2.at(released[i]), bounds.sigma_log2[i]);
    part.sigma_log2.push_back(sigma);
    if (std::ranges::find(paid, released[i]) != paid.end()) continue;
    unpaid.push_back(i);
    sigmas.push_back(sigma);
  }
  // The chain counts whole millionths and takes nothing that is free.
  part.rho_nano = std::max<std::uint64_t>(1, query::rho_cost_nano(bounds.sensitivities.of(unpaid), sigmas));
  return part;
}

std::map<std::size_t, std::uint8_t> known_sigmas(const CountsRound& round, std::span<const Hash256> multiplicands,
                                                 std::size_t needed) {
  const Bytes call = encode_sigmas_call(multiplicands);
  std::vector<std::map<std::uint8_t, std::size_t>> votes(multiplicands.size());
  for (const CustodianId custodian : round.available) {
    const auto reply = round.connect(custodian)->post("/v1/sigmas", call, kBinary, multiplicands.size());
    if (!reply || reply->size() != multiplicands.size()) continue;
    for (std::size_t i = 0; i < votes.size(); ++i) {
      if ((*reply)[i] != protocol::kNeverReleased) ++votes[i][(*reply)[i]];
    }
  }
  std::map<std::size_t, std::uint8_t> known;
  for (std::size_t i = 0; i < votes.size(); ++i) {
    for (const auto& [sigma, count] : votes[i]) {
      if (count >= needed) known.emplace(i, sigma);
    }
  }
  return known;
}

Result<query::GuardedVerdict> verdict_on_counts(const CountsRound& round, const ReleaseCall& call, std::size_t needed,
                                                std::size_t& bytes) {
  CountsCall counts{call, {}};
  MC_TRY(counts.keys,
         ask_all<protocol::CountKey>(round.available, needed, [&](CustodianId custodian) -> Result<protocol::CountKey> {
           MC_TRY(const Bytes reply, round.connect(custodian)->get("/v1/counts/key", kKeyBytesMax));
           return protocol::decode_count_key(reply);
         }));
  MC_TRY_STATUS(protocol::check_count_keys(round.identities, round.epoch, counts.keys));
  std::vector<CustodianId> readers;
  for (const protocol::CountKey& key : counts.keys) readers.push_back(key.custodian);

  const Bytes body = encode_counts_call(counts);
  VerdictCall verdict_call{protocol::hash_authorisation(call.authorisation), {}};
  std::atomic<std::size_t> received = 0;
  MC_TRY(verdict_call.messages,
         ask_all<protocol::CountMessage>(readers, needed, [&](CustodianId custodian) -> Result<protocol::CountMessage> {
           MC_TRY(const Bytes reply,
                  post_until_executed(*round.connect(custodian), "/v1/counts", body, kCountBytesMax));
           received += reply.size();
           return protocol::decode_count_message(round.params, reply);
         }));
  readers.clear();
  for (const protocol::CountMessage& message : verdict_call.messages) readers.push_back(message.custodian);

  const Bytes messages = encode_verdict_call(verdict_call);
  MC_TRY(const std::vector<query::GuardedVerdict> verdicts,
         ask_all<query::GuardedVerdict>(readers, needed, [&](CustodianId custodian) -> Result<query::GuardedVerdict> {
           MC_TRY(const Bytes reply,
                  post_until_executed(*round.connect(custodian), "/v1/counts/verdict", messages, kVerdictBytesMax));
           received += reply.size();
           return decode_verdict(reply);
         }));
  bytes += received;
  query::GuardedVerdict together = verdicts.front();
  for (const query::GuardedVerdict& verdict : verdicts) {
    if (verdict.refused) return verdict;
    if (verdict.shown.size() != together.shown.size()) {
      return fail(Code::kRefused, "the custodians speak of different numbers of groups");
    }
    for (std::size_t i = 0; i < verdict.shown.size(); ++i) together.shown[i] &= verdict.shown[i];
    if (verdict.steps < together.steps) {
      together.steps = verdict.steps;
      together.ended_by = verdict.ended_by;
    }
    std::vector<query::MomentId> left_out;
    std::ranges::set_union(together.left_out, verdict.left_out, std::back_inserter(left_out));
    together.left_out = std::move(left_out);
  }
  if (together.hidden() < together.shown.size()) return together;
  return query::GuardedVerdict{
      true, "every group is too small for one of the custodians", {}, query::DisclosureRule::kSuppressBelow};
}

}  // namespace mc::client
