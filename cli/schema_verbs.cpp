// SPDX-License-Identifier: Apache-2.0
// medcommons schema infer | show
#include "base/file.hpp"
#include "cli/infer_histories.hpp"
#include "cli/verb.hpp"
#include "data/schema/infer.hpp"
#include "data/schema/known_categories.hpp"
#include "data/schema/odd_values.hpp"
#include "data/schema/time_grid.hpp"

namespace mc::cli {
namespace {

constexpr std::size_t kSchemaBytesMax = std::size_t{16} << 20;

struct InferOptions {
  std::vector<std::string> files;
  std::string output;
  std::string name = "commons";
  std::vector<std::string> times;
  std::vector<std::string> missing;
  HistoryOptions histories;
};

Result<std::vector<DeclaredTimes>> declared_times(const std::vector<std::string>& texts) {
  std::vector<DeclaredTimes> declared;
  for (const std::string& text : texts) {
    MC_TRY(data::TimesRequest request, data::times_request_from_text(text));
    declared.push_back({std::move(request), {}});
  }
  return declared;
}

Status observe(const data::Table& table, std::vector<DeclaredTimes>& declared) {
  for (DeclaredTimes& one : declared) {
    // Histories are observed when they are made.
    if (one.request.kind != data::TimesRequest::Kind::kObserved || data::is_history_text(one.request.column)) continue;
    MC_TRY(std::set<double> numbers, data::observed_numbers(table, one.request.column));
    one.observed.merge(numbers);
  }
  return {};
}

Status declare(const std::vector<DeclaredTimes>& declared, data::Schema& schema) {
  for (const DeclaredTimes& one : declared) {
    MC_TRY_STATUS(data::declare_times(schema, one.request, one.observed));
    const std::size_t count = schema.find(one.request.column)->times.size();
    progress(one.request.column + ": " + std::to_string(count) + " times, one sealed ciphertext per time and block");
    if (one.request.kind == data::TimesRequest::Kind::kObserved) {
      progress("the schema now names every time that occurs in \"" + one.request.column +
               "\", and a schema is public: right for published and test data, for others declare a step");
    }
  }
  return {};
}

Result<std::vector<data::MissingCode>> missing_codes(const std::vector<std::string>& texts) {
  std::vector<data::MissingCode> codes;
  for (const std::string& text : texts) {
    MC_TRY(data::MissingCode code, data::missing_code_from_text(text));
    codes.push_back(std::move(code));
  }
  return codes;
}

Status check_columns(const std::vector<data::MissingCode>& codes, const std::string& id, const data::Schema& schema) {
  if (!id.empty() && schema.find(id) == nullptr) {
    return fail(Code::kNotFound, "--id '" + id + "': no file has a column \"" + id + "\"");
  }
  for (const data::MissingCode& code : codes) {
    if (!code.column || schema.find(*code.column) != nullptr) continue;
    return fail(Code::kNotFound,
                "--missing '" + *code.column + ":" + code.code + "': no file has a column \"" + *code.column + "\"");
  }
  return {};
}

Status infer(const InferOptions& options) {
  std::vector<data::Schema> proposals;
  std::vector<data::UnnamedTexts> texts;
  MC_TRY(const std::vector<data::MissingCode> codes, missing_codes(options.missing));
  MC_TRY(std::vector<DeclaredTimes> declared, declared_times(options.times));
  MC_TRY(InferredHistories histories, InferredHistories::create(options.histories, options.files));
  for (const std::string& file : options.files) {
    MC_TRY(data::Table table, data::read_csv_file(file));
    for (const std::string& note : table.notes()) progress(note);
    MC_TRY(data::Schema proposal, data::infer(table, std::filesystem::path(file).filename().string(), codes));
    for (const std::string& note : data::odd_values(table, proposal)) progress(note);
    texts.push_back(data::unnamed_texts(table, proposal));
    MC_TRY_STATUS(observe(table, declared));
    MC_TRY_STATUS(histories.propose(file, std::move(table), proposal));
    proposals.push_back(std::move(proposal));
  }
  for (const std::string& note : data::name_known_categories(proposals, texts)) progress(note);
  MC_TRY(data::Schema schema, data::merge(proposals, options.name));
  MC_TRY_STATUS(check_columns(codes, options.histories.id_column, schema));
  MC_TRY_STATUS(histories.declare(schema));
  MC_TRY_STATUS(histories.observe(schema, declared));
  MC_TRY_STATUS(declare(declared, schema));
  const std::string json = data::to_json(schema);
  if (options.output.empty()) {
    print(json);
    return {};
  }
  MC_TRY_STATUS(write_file_atomically(options.output, view_of(json)));
  progress(options.output + ": " + std::to_string(schema.columns.size()) + " columns proposed from " +
           std::to_string(proposals.size()) + " file(s); look at it with `medcommons schema show " + options.output +
           "`");
  return {};
}

}  // namespace

void add_schema_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* schema = app.add_subcommand("schema", "Propose or show a data dictionary (Frictionless Table Schema)");
  schema->require_subcommand(1);

  auto options = std::make_shared<InferOptions>();
  CLI::App* infer_verb = schema->add_subcommand("infer", "Propose a schema from CSV files, one per owner");
  infer_verb->add_option("files", options->files, "CSV files")->required();
  infer_verb->add_option("-o,--output", options->output, "where to write the schema; standard output when absent");
  infer_verb
      ->add_option("--times", options->times,
                   "the times at which survival is told: COLUMN:7 every 7 units, COLUMN:30,60,90 those, "
                   "COLUMN:observed every one in the files (the schema is public)")
      ->allow_extra_args(false);
  infer_verb
      ->add_option("--missing", options->missing,
                   "a code that stands for a missing value, -9 in every column or age:-9 in one, beside empty cells, "
                   "NA, NaN, N/A, NULL, null, ? and .; the schema names it, and sealing goes by the schema")
      ->allow_extra_args(false);
  infer_verb->add_option("--name", options->name, "name of the schema");
  infer_verb
      ->add_option("--events", options->histories.events,
                   "TABLE.csv:NAME=FILE.csv, a file of events of the persons in TABLE.csv, which the dictionary "
                   "calls NAME; once per file")
      ->allow_extra_args(false);
  infer_verb
      ->add_option("--layout", options->histories.layouts,
                   "NAME:person=COLUMN,time=COLUMN[,what=,value=,unit=,origin=,until=]: what its columns are "
                   "called; origin and until are columns of the tables (each person's day 0 and last day)")
      ->allow_extra_args(false);
  infer_verb
      ->add_option("--series", options->histories.series,
                   "SERIES:NAME=CODE,CODE*: these codes are one series; without any, every code that recurs is")
      ->allow_extra_args(false);
  infer_verb
      ->add_option("--history", options->histories.histories,
                   "what can be asked of a series, as SQL writes it: 'latest(hba1c, 365)', 'had(mi, 0, 365)', "
                   "'time_to(mi)' (default: a few for each series)")
      ->allow_extra_args(false);
  infer_verb->add_option("--id", options->histories.id_column,
                         "column with person identifiers, which events name (default: row numbers from 1)");
  infer_verb->callback([&invocation, options] { invocation.action = [options] { return infer(*options); }; });

  auto file = std::make_shared<std::string>();
  CLI::App* show = schema->add_subcommand("show", "Columns, types, categories, ranges and bin edges of a schema");
  show->add_option("schema", *file, "schema.json")->required();
  show->callback([&invocation, file] {
    invocation.action = [file]() -> Status {
      MC_TRY(const std::string text, read_text_file(*file, kSchemaBytesMax));
      const auto schema_read = data::schema_from_json(text);
      if (!schema_read) return fail(schema_read.error().within(*file));
      print(data::describe(*schema_read));
      return {};
    };
  });
}

}  // namespace mc::cli
