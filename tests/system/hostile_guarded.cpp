// SPDX-License-Identifier: Apache-2.0
// hostile_guarded DIR STUDY SQL KIND [OTHER]: an approved researcher of a guarded commons who writes her authorisations
// herself, records and pays for them, and tells what each custodian says, sorted, each once. The study is active and
// allows SQL and OTHER.
//   told       an authorisation that opens counts, shown to custodians as a release
//   cheap      counts under flooding alone for the least rho there is
//   free       counts that were opened and paid for, opened once more for nothing by naming them
//   unjudged   a release whose counts nobody opened
//   other      a release of OTHER that names SQL's counts
//   hidden     all groups, also those that the custodians hide
//   left_out   a table with the rows that the custodians leave out
//   everybody  without them, and with the number of everybody, from which the others can be taken
//   finer      counts with less noise than they were opened with, which name what was paid for the wider ones
//   underpaid  everything as the verdict says, for the least rho
//   twice      an answer, and the same sums again with half the noise, all of it paid for
//   overlap    groups that are none of the plan's: one more
#include <algorithm>
#include <cstdio>
#include <set>

#include "client/count_calls.hpp"
#include "client/researcher.hpp"
#include "client/share_reply.hpp"
#include "node/local_commons.hpp"
#include "node/local_members.hpp"
#include "node/role.hpp"
#include "protocol/run.hpp"
#include "query/plan/partial_plan.hpp"

namespace mc {
namespace {

constexpr std::string_view kBinary = "application/octet-stream";
constexpr std::size_t kReplyBytesMax = std::size_t{64} << 20;
constexpr std::uint64_t kRhoNano = 300'000'000;

/// What a part of a question releases, as everybody computes it.
struct Part {
  query::PlanPart part;
  client::QueryReceipt receipt;
  client::Recomputed bounds;
  std::vector<query::MomentId> released;
};

class Mallory {
 public:
  static Result<std::unique_ptr<Mallory>> create(const std::filesystem::path& dir, const std::string& study) {
    const node::LocalPaths paths{std::filesystem::absolute(dir)};
    MC_TRY(client::CommonsDocument document, node::local_document(paths));
    MC_TRY(client::ResearcherKeys keys,
           client::load_or_create_researcher_keys(paths.researcher(std::string(node::kResearcherName))));
    std::unique_ptr<Mallory> mallory(new Mallory(std::move(document), std::move(keys)));
    MC_TRY(const Hash256 id, hash_from_hex(study));
    MC_TRY_STATUS(mallory->look(id));
    return mallory;
  }

  Status mount(const std::string& sql, const std::string& kind, const std::string& other) {
    MC_TRY(const query::Plan plan, researcher_.plan(sql));
    MC_TRY(const Part counts, part_of(plan, {query::PlanPart::Kind::kCounts}));
    MC_TRY(const client::GuardedNoise noise, client::guarded_noise(plan, view_, *params_, pieces_, kRhoNano));
    const client::PartNoise paid = client::noise_of_part(counts.released, counts.bounds, noise, {});
    if (kind == "cheap") {
      MC_TRY(const client::ReleaseCall call, authorised(plan, counts, counts.bounds.sigma_log2, 1, {}));
      return tell_counts(call);
    }
    MC_TRY(const client::ReleaseCall call, authorised(plan, counts, paid.sigma_log2, paid.rho_nano, {}));
    if (kind == "told") return tell("/v1/releases", client::encode_release_call(call));
    const Hash256 named = protocol::hash_authorisation(call.authorisation);
    if (kind == "unjudged") {
      return release(plan, query::all_groups(plan), noise, named, {});
    }
    std::size_t bytes = 0;
    MC_TRY(const query::GuardedVerdict verdict, client::verdict_on_counts(round(), call, 3, bytes));
    if (kind == "free") {
      MC_TRY(const client::ReleaseCall again, authorised(plan, counts, paid.sigma_log2, 1, named));
      return tell_counts(again);
    }
    if (kind == "other") {
      MC_TRY(const query::Plan another, researcher_.plan(other));
      MC_TRY(const client::GuardedNoise of_other, client::guarded_noise(another, view_, *params_, pieces_, kRhoNano));
      return release(another, query::all_groups(another), of_other, named, {});
    }
    if (verdict.refused) return fail(Code::kRefused, verdict.sentence);
    const query::PlanPart shown{query::PlanPart::Kind::kGroups, verdict.shown, verdict.steps, verdict.left_out};
    if (kind == "hidden") {
      if (verdict.hidden() == 0) return fail(Code::kInvalidArgument, "nothing is hidden");
      return release(plan, query::all_groups(plan), noise, named, counts.released);
    }
    if (kind == "left_out" || kind == "everybody") {
      if (verdict.left_out.empty()) return fail(Code::kInvalidArgument, "nothing is left out");
      query::PlanPart more = shown;
      if (kind == "left_out") {
        more.left_out.clear();
      } else {
        std::erase(more.left_out, plan.groups.front().n);
      }
      return release(plan, more, noise, named, counts.released);
    }
    if (kind == "finer") {
      client::GuardedNoise finer = noise;
      for (const query::MomentId id : counts.released) finer.sigma_log2.at(id) -= 2;
      return release(plan, shown, finer, named, counts.released);
    }
    if (kind == "underpaid") return release(plan, shown, noise, named, counts.released, 1);
    if (kind == "overlap") {
      MC_TRY(const Part part, part_of(plan, shown));
      const client::PartNoise part_noise = client::noise_of_part(part.released, part.bounds, noise, counts.released);
      MC_TRY(client::ReleaseCall more, authorised(plan, part, part_noise.sigma_log2, part_noise.rho_nano, named));
      more.shown.push_back(1);
      return tell("/v1/releases", client::encode_release_call(more));
    }
    MC_TRY_STATUS(release(plan, shown, noise, named, counts.released));
    client::GuardedNoise half = noise;
    for (auto& [id, sigma] : half.sigma_log2) {
      if (std::ranges::find(counts.released, id) == counts.released.end()) sigma -= 1;
    }
    return release(plan, shown, half, named, counts.released);
  }

 private:
  Mallory(client::CommonsDocument document, client::ResearcherKeys keys)
      : document_(std::move(document)),
        link_(document_),
        keys_(std::move(keys)),
        researcher_(document_, keys_, link_.commons(), node::http_transports()) {}

  /// Everything that an honest requester looks at as well.
  Status look(const Hash256& id) {
    MC_TRY(study_, link_.commons().study(id));
    MC_TRY(params_, fhe::Params::named(document_.profile));
    MC_TRY(const fhe::CommitteeShape shape, client::committee_shape(document_));
    pieces_ = static_cast<std::uint32_t>(shape.pieces().size());
    for (std::uint8_t i = 0; i < document_.custodians.size(); ++i) everybody_.emplace_back(i);
    MC_TRY(identities_, client::committee_identities(document_, link_.commons()));
    const auto transport = node::http_transports()(document_.store_url, "the store");
    client::StoreClient store(*transport);
    client::PublicRecords records(document_, params_);
    MC_TRY(const governance::Block now, link_.chain().latest_block());
    MC_TRY(view_, records.look(link_.commons(), store, study_.asked(), now.time_s));
    return {};
  }

  [[nodiscard]] std::unique_ptr<client::Transport> custodian(CustodianId id) const {
    return node::http_transports()(document_.custodians[id.value].url, "custodian " + std::to_string(id.value));
  }
  [[nodiscard]] client::CountsRound round() const {
    return {*params_, identities_, document_.epoch, everybody_, [this](CustodianId id) { return custodian(id); }};
  }

  Result<Part> part_of(const query::Plan& plan, query::PlanPart part) const {
    const auto compute = node::http_transports()(document_.compute_url, "the compute node");
    MC_TRY(const Bytes reply, compute->post("/v1/queries", client::encode_query_call({plan.sql, study_.id, part, {}}),
                                            kBinary, kReplyBytesMax));
    Part found{std::move(part), {}, {}, {}};
    MC_TRY(found.receipt, client::decode_query_receipt(reply));
    MC_TRY(found.bounds, client::release_bounds(plan, view_, *params_, pieces_, found.part));
    found.released = query::released_by(plan, found.part);
    return found;
  }

  /// Recorded on chain and paid for.
  Result<client::ReleaseCall> authorised(const query::Plan& plan, const Part& part,
                                         const std::vector<std::uint8_t>& sigma_log2, std::uint64_t rho_nano,
                                         const Hash256& counts) const {
    MC_TRY(const std::uint32_t used, link_.commons().releases_used(study_.id));
    protocol::Authorisation a;
    a.chain_id = document_.deployment.chain_id;
    a.study = study_.id;
    a.release_number = used + 1;
    a.epoch = document_.epoch;
    a.plan = query::plan_hash(plan);
    a.data_root = view_.data_root;
    a.consent_root = view_.consent_root;
    a.mask = view_.mask;
    a.result = part.receipt.result;
    a.requester_key = study_.proposal.requester_key;
    a.sigma_log2 = sigma_log2;
    a.rho_nano = rho_nano;
    a.opens_counts = part.part.kind == query::PlanPart::Kind::kCounts;
    a.counts = counts;
    MC_TRY([[maybe_unused]] const governance::Receipt receipt,
           link_.commons().authorise(keys_.wallet, client::chain_record(a), part.receipt.multiplicands));
    return client::ReleaseCall{a, plan.sql, {}, part.part.shown, part.part.steps, {}, part.part.left_out};
  }

  /// `paid`: what of it the named counts have paid for.
  Status release(const query::Plan& plan, const query::PlanPart& shown, const client::GuardedNoise& noise,
                 const Hash256& counts, std::span<const query::MomentId> paid, std::uint64_t rho_nano = 0) const {
    MC_TRY(const Part part, part_of(plan, shown));
    const client::PartNoise part_noise = client::noise_of_part(part.released, part.bounds, noise, paid);
    MC_TRY(const client::ReleaseCall call,
           authorised(plan, part, part_noise.sigma_log2, rho_nano == 0 ? part_noise.rho_nano : rho_nano, counts));
    return tell("/v1/releases", client::encode_release_call(call));
  }

  Status tell_counts(const client::ReleaseCall& call) const {
    client::CountsCall counts{call, {}};
    for (const CustodianId id : everybody_) {
      MC_TRY(const Bytes key, custodian(id)->get("/v1/counts/key", kReplyBytesMax));
      MC_TRY(counts.keys.emplace_back(), protocol::decode_count_key(key));
    }
    return tell("/v1/counts", client::encode_counts_call(counts));
  }

  Status tell(const std::string& path, const Bytes& body) const {
    std::set<std::string> said;
    for (const CustodianId id : everybody_) {
      const auto reply = custodian(id)->post(path, body, kBinary, kReplyBytesMax);
      said.insert(reply ? "answered" : reply.error().message);
    }
    for (const std::string& sentence : said) std::printf("%s\n", sentence.c_str());
    return {};
  }

  client::CommonsDocument document_;
  node::ChainLink link_;
  client::ResearcherKeys keys_;
  client::Researcher researcher_;
  governance::Study study_;
  fhe::ParamsPtr params_;
  std::uint32_t pieces_ = 0;
  std::vector<CustodianId> everybody_;
  std::vector<protocol::PublicIdentity> identities_;
  client::DatasetView view_;
};

Status run(int count, char** arguments) {
  if (count < 5 || count > 6) {
    return fail(Code::kInvalidArgument, "usage: hostile_guarded DIR STUDY SQL KIND [OTHER]");
  }
  MC_TRY(const std::unique_ptr<Mallory> mallory, Mallory::create(arguments[1], arguments[2]));
  return mallory->mount(arguments[3], arguments[4], count == 6 ? arguments[5] : "");
}

}  // namespace
}  // namespace mc

int main(int count, char** arguments) {
  const mc::Status status = mc::run(count, arguments);
  if (status) return 0;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return 1;
}
