// SPDX-License-Identifier: Apache-2.0
// medcommons explain: the plan of a query, without running it.
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "cli/local_session.hpp"
#include "cli/verb.hpp"
#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"

namespace mc::cli {
namespace {

constexpr std::size_t kSchemaBytesMax = std::size_t{16} << 20;

struct ExplainOptions {
  std::string sql, dir, schema = "schema.json", dataset = "commons", profile = "standard";
};

Status explain(ExplainOptions options, bool json) {
  data::Schema schema;
  if (!options.dir.empty()) {
    MC_TRY(const LocalSession session, open_session(options.dir));
    schema = session.document.schema;
    options.dataset = session.document.dataset;
    options.profile = session.document.profile;
  } else {
    auto text = read_text_file(options.schema, kSchemaBytesMax);
    if (!text) return fail(text.error().code, text.error().message + "; give --dir DIR or --schema schema.json");
    auto parsed = data::schema_from_json(*text);
    if (!parsed) return fail(parsed.error().within(options.schema));
    schema = std::move(*parsed);
  }
  MC_TRY(const query::LimbBudget budget, query::limb_budget(options.profile));
  MC_TRY(const query::Plan plan, query::compile(options.sql, schema, options.dataset, budget));
  const std::string text = query::explain(plan, budget);
  if (!json) {
    print(text);
    return {};
  }
  const nlohmann::ordered_json object = {{"plan_hash", query::plan_hash(plan).hex()},
                                         {"sql", plan.sql},
                                         {"depth", plan.depth},
                                         {"released_sums", plan.answer_count()},
                                         {"text", text}};
  print(object.dump() + "\n");
  return {};
}

}  // namespace

void add_explain_verb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* verb = app.add_subcommand(
      "explain", "Print the plan of a query, what it releases and what it costs, without running it");
  verb->add_option("sql", options->sql, "SELECT …")->required();
  verb->add_option("--dir", options->dir, "folder of a commons whose schema to use");
  verb->add_option("--schema", options->schema, "schema.json to use without a commons (default: schema.json here)");
  verb->add_option("--dataset", options->dataset, "name of the data set, as in FROM (default: commons)");
  verb->add_flag("--json", invocation.json, "as JSON");
  verb->callback([&invocation, options] {
    invocation.action = [options, &invocation] { return explain(*options, invocation.json); };
  });
}

}  // namespace mc::cli
