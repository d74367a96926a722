// SPDX-License-Identifier: Apache-2.0
// medcommons explain: the plan of a query, without running it.
#include <nlohmann/json.hpp>

#include <thread>

#include "base/file.hpp"
#include "cli/local_session.hpp"
#include "cli/rules_json.hpp"
#include "cli/verb.hpp"
#include "client/forecast.hpp"
#include "client/guarded_question.hpp"
#include "client/opened_columns.hpp"
#include "client/owner_rules.hpp"
#include "client/researcher.hpp"
#include "client/risk_model.hpp"
#include "client/store_client.hpp"
#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/release/untrusted_owners.hpp"

namespace mc::cli {
namespace {

constexpr std::size_t kSchemaBytesMax = std::size_t{16} << 20;

struct ExplainOptions {
  std::string sql, dir, schema = "schema.json", dataset = "commons", profile = "standard", privacy = "exact";
  double rho = 0.1;
};

/// What a question meets in a commons that is up: what it will take, and whose rules hold for its answer.
struct Prospect {
  client::Forecast forecast;
  client::UploadsAwaited awaited;  // that custodians check first
  client::OpenedColumns opened;    // of a commons that opens columns
  query::RulesInForce rules;
  std::string ignored;      // rules that an exact commons does not apply
  governance::Budget left;  // of a guarded commons, for all studies together
};

Result<Prospect> foresee(const query::Plan& plan, const LocalSession& session, double rho) {
  const client::CommonsDocument& document = session.document;
  const auto transport = node::http_transports()(document.store_url, "the store");
  client::StoreClient store(*transport);
  MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(document.profile));
  client::PublicRecords records(document, params);
  MC_TRY(const governance::Block now, session.chain->chain().latest_block());
  MC_TRY(const client::DatasetView view, records.look(session.commons(), store, document.purpose, now.time_s));
  MC_TRY(const fhe::CommitteeShape shape, client::committee_shape(document));
  client::Workplace place;
  place.cores = std::max(1u, std::thread::hardware_concurrency());
  place.custodians = shape.custodians();
  place.pieces = shape.pieces().size();
  place.pieces_held = shape.pieces_of(CustodianId(0)).size();
  Prospect prospect;
  MC_TRY(prospect.forecast,
         client::foresee(plan, view, document, params, static_cast<std::uint64_t>(rho * 1e9), place));
  const std::vector<client::CustodianHealth> custodians = client::ask_custodians(document, node::http_transports());
  prospect.awaited = client::uploads_awaited(custodians);
  prospect.opened = client::opened_columns(custodians);
  // A study can only add to them.
  MC_TRY(prospect.rules, client::rules_in_force(document, {}, view));
  prospect.ignored = client::ignored_rules(document, view);
  if (!document.exact) {
    MC_TRY(prospect.left, session.commons().spent_on(governance::dataset_id(document.dataset)));
  }
  return prospect;
}

std::string rules_line(const Prospect& prospect, const LocalSession& session) {
  if (!session.document.exact) return "  rules: " + query::rules_text(prospect.rules) + "; a study can add to them\n";
  return prospect.ignored.empty() ? "" : "  rules: " + prospect.ignored + "\n";
}

std::string budget_line(const Prospect& prospect) {
  const std::uint64_t left_nano = prospect.left.left_micro() * 1000;
  std::string line =
      "  budget: rho " + client::rho_text(left_nano) + " of the data set is left for all studies together";
  if (prospect.forecast.rho_nano > left_nano) {
    line +=
        ", which is not enough: ask with a smaller --rho, or have the chambers raise it (`medcommons budget propose`)";
  }
  return line + "\n";
}

/// Whether this commons answers such a plan, and whom one trusts in who approves it.
std::string offered_line(const query::Plan& plan, const client::CommonsDocument& document) {
  const Status offered = client::check_offered(document, plan);
  if (!offered) return "  not answered here: " + offered.error().message + "\n";
  if (!document.owners_trusted) return "";
  const std::string trust = query::trust_in_owners(plan, document.exact);
  return trust.empty() ? "" : "  owners: " + trust + "\n";
}

/// A commons that is not founded, as far as it decides which plan a question has and whether it is answered.
client::CommonsDocument unfounded(const ExplainOptions& options, bool exact) {
  client::CommonsDocument document;
  document.profile = options.profile;
  document.exact = exact;
  return document;
}

Result<query::Plan> plan_of(const ExplainOptions& options, const data::Schema& schema, bool exact) {
  MC_TRY(const query::LimbBudget budget, client::limb_budget_of(unfounded(options, exact)));
  return query::compile(options.sql, schema, options.dataset, budget);
}

/// What a guarded commons would do with a question whose plan was shown for an exact one.
std::string guarded_line(const ExplainOptions& options, const data::Schema& schema, const query::Plan& exact) {
  const std::string begin = "  in a guarded commons: ";
  const Result<query::Plan> plan = plan_of(options, schema, false);
  if (!plan) return begin + "not answered: " + plan.error().message + "\n";
  const Status offered = client::check_offered(unfounded(options, false), *plan);
  if (!offered) return begin + "not answered: " + offered.error().message + "\n";
  return begin + (exact.training ? "told from counts and not trained" : "answered") +
         ", with noise in every sum; --privacy guarded shows that plan\n";
}

Status explain(ExplainOptions options, bool json) {
  query::Plan plan;
  std::optional<LocalSession> session;
  std::string elsewhere;
  const bool exact = options.privacy == "exact";
  if (!options.dir.empty()) {
    MC_TRY(session, open_session(options.dir));
    options.profile = session->document.profile;
    MC_TRY(plan, client::plan_with_models(options.sql, session->document, node::http_transports()));
  } else {
    auto text = read_text_file(options.schema, kSchemaBytesMax);
    if (!text) return fail(text.error().code, text.error().message + "; give --dir DIR or --schema schema.json");
    auto parsed = data::schema_from_json(*text);
    if (!parsed) return fail(parsed.error().within(options.schema));
    MC_TRY(plan, plan_of(options, *parsed, exact));
    elsewhere = exact ? guarded_line(options, *parsed, plan) : offered_line(plan, unfounded(options, false));
  }
  MC_TRY(const query::LimbBudget budget,
         client::limb_budget_of(session ? session->document : unfounded(options, exact)));
  std::string text = query::explain(plan, budget) + elsewhere;
  std::optional<Prospect> prospect;
  if (session) {
    text += offered_line(plan, session->document);
    // The plan is worth reading while the commons sleeps.
    auto foreseen = foresee(plan, *session, options.rho);
    if (foreseen) {
      prospect = std::move(*foreseen);
      text += client::opened_columns_text(session->document, plan, prospect->opened) +
              client::forecast_text(prospect->forecast, session->document, plan.has_run(), prospect->awaited) +
              (session->document.exact ? "" : budget_line(*prospect)) + rules_line(*prospect, *session);
    } else {
      text += "time, digits and privacy are not known now: " + foreseen.error().message + "\n";
    }
  }
  if (!json) {
    print(text);
    return {};
  }
  nlohmann::ordered_json object = {{"plan_hash", query::plan_hash(plan).hex()},
                                   {"sql", plan.sql},
                                   {"depth", plan.depth},
                                   {"released_sums", plan.answer_count()},
                                   {"text", text}};
  if (prospect) {
    const client::Forecast* forecast = &prospect->forecast;
    object["estimated_seconds"] = forecast->seconds;
    object["uploads_awaited"] = {
        {"ciphertexts", prospect->awaited.ciphertexts},
        {"seconds", prospect->awaited.seconds ? nlohmann::ordered_json(*prospect->awaited.seconds) : nullptr}};
    if (session->document.opens_columns()) {
      object["columns"] = {{"all", prospect->opened.columns}, {"opened", prospect->opened.opened}};
    }
    object["persons"] = forecast->persons;
    object["refreshes"] = plan.has_run() ? forecast->work.steps : 0.0;
    object["digits"] = forecast->digits ? nlohmann::ordered_json(*forecast->digits) : nullptr;
    object["rho"] = static_cast<double>(forecast->rho_nano) * 1e-9;
    if (!session->document.exact) {
      object["dataset_rho_left"] = static_cast<double>(prospect->left.left_micro()) * 1e-6;
    }
    if (!session->document.exact) object["rules"] = rules_json(prospect->rules);
    if (!session->document.exact) object["rules_of"] = rules_of_json(prospect->rules);
  }
  print(object.dump() + "\n");
  return {};
}

}  // namespace

void add_explain_verb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* verb = app.add_subcommand(
      "explain", "Print the plan of a query, what it releases and what it costs, without running it");
  verb->add_option("sql", options->sql, "SELECT …")->required();
  verb->add_option("--dir", options->dir,
                   "folder of a commons: its schema, and while it is up time, digits and privacy");
  verb->add_option("--rho", options->rho,
                   "privacy budget to foresee the noise for, in a guarded commons (default: 0.1)")
      ->check(CLI::Range(1e-6, 100.0));
  verb->add_option("--schema", options->schema, "schema.json to use without a commons (default: schema.json here)");
  verb->add_option("--privacy", options->privacy, "without a commons: of which kind the plan is (default: exact)")
      ->check(CLI::IsMember({"exact", "guarded"}));
  verb->add_option("--dataset", options->dataset, "name of the data set, as in FROM (default: commons)");
  verb->add_flag("--json", invocation.json, "as JSON");
  verb->callback([&invocation, options] {
    invocation.action = [options, &invocation] { return explain(*options, invocation.json); };
  });
}

}  // namespace mc::cli
