// SPDX-License-Identifier: Apache-2.0
// A researcher's side: propose a study, ask, have the answer released to her own key, open it. She trusts nobody's
// word: she plans the query herself, recomputes the consent mask, compares the custodians' shares, and combines them
// (R9).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "client/commons_document.hpp"
#include "client/guarded_question.hpp"
#include "client/personal_answer.hpp"
#include "client/public_records.hpp"
#include "client/recompute.hpp"
#include "client/release_request.hpp"
#include "client/study_file.hpp"
#include "protocol/combine.hpp"
#include "protocol/share_collector.hpp"
#include "query/plan/plan.hpp"
#include "query/release/finish.hpp"

namespace mc::client {

struct ResearcherKeys {
  governance::Wallet wallet;
  SecretKey256 answer_secret;  // requester keys of all studies derive from it
};
Result<ResearcherKeys> load_or_create_researcher_keys(const std::filesystem::path& folder);

/// What an answer of a guarded commons cost, and how much noise it carries (R19).
struct GuardedReport {
  std::uint64_t rho_nano = 0;                // of its counts and of the rest, as debited
  std::uint64_t rho_left_micro = 0;          // of the study's budget
  std::uint64_t dataset_left_micro = 0;      // of the data set's, which all studies share
  double count_deviation = 0;                // sigma_total of a count, in persons: the largest of them
  std::vector<double> sigma_total;           // of every released sum, in its own standardised units
  std::vector<std::vector<double>> cell_sd;  // what the noise does to every number of the table
  std::size_t hidden = 0;                    // groups
  std::vector<std::string> left_out;         // of groups that are shown: query/release/left_out.hpp
  query::RulesInForce rules;
};

/// An answer with everything a reader needs to judge it.
struct Answer {
  query::Plan plan;
  query::ResultTable table;
  protocol::Verdict verdict;
  Hash256 study;
  std::uint32_t release_number = 0;
  std::uint32_t sigma_log2_max = 0;  // flooding per piece
  std::uint32_t refreshes = 0;       // of a plan that needs them
  std::optional<GuardedReport> guarded;
  Bytes sealed;  // of a question FOR PERSON: what she opens with Researcher::open_personal; there is no table
  std::map<std::string, double> timing_ms;     // by step
  std::map<std::string, std::uint64_t> bytes;  // by way
  std::vector<std::string> notes;              // one sentence each
};

/// Told when a step begins ("executing on ciphertext").
using StepFunction = std::function<void(const std::string&)>;

class Researcher {
 public:
  Researcher(const CommonsDocument& document, const ResearcherKeys& keys, governance::CommonsChain chain,
             TransportFactory connect);

  /// The plan of a query over this commons; all errors in the text show here.
  Result<query::Plan> plan(std::string_view sql) const;

  /// Proposes a study that allows these questions, with a fresh requester key of its own (R10); returns its id. What is
  /// sensitive is encrypted to every member who has published a key.
  /// `personal`: a patient's key instead of one of hers; questions are FOR PERSON.
  ///   errors  kConflict when the patient made it for another study than the next of hers; check_offered's, of a
  ///           question that this commons answers nobody
  Result<Hash256> propose(const StudyRequest& request, const PersonalKey* personal = nullptr);

  /// Where ask() keeps the custodians' signed statements when they contradict each other, name a liar, or cannot be
  /// verified yet; nowhere unless told.
  void keep_evidence_in(std::filesystem::path folder) { evidence_folder_ = std::move(folder); }

  /// An active study of hers that allows the plan: the named one, or the first with releases left.
  ///   errors  kRefused with the plan hash and what to do when there is none
  Result<governance::Study> study_for(const Hash256& plan_hash, const std::optional<Hash256>& wanted) const;

  /// The whole way from SQL to an opened table.
  ///   errors  every refusal of study, node and custodians, with the clause that failed; kUnavailable naming the
  ///           custodians that are missing when fewer than t answer; kRefused when the custodians contradict each other
  ///           (the sentence names the file with their signed statements: keep_evidence_in)
  /// A question FOR PERSON comes back sealed (Answer::sealed): only she has the key.
  /// `rho_nano`: what a guarded commons may charge, counts included; 0 for an even share of what the study has left.
  /// `parameters`: the file with the values of the query's sealed parameters (read_parameters_file), when it has some.
  Result<Answer> ask(std::string_view sql, const std::optional<Hash256>& study, const StepFunction& step = {},
                     std::uint64_t rho_nano = 0, const std::optional<std::string>& parameters = {});

  /// The patient's part, with her wallet and derive_personal_secret as `keys`: opens what ask() has sealed for her,
  /// comparing the custodians' shares herself.
  ///   errors  kRefused when it is for another person's key, or the custodians contradict each other; decode's
  Result<Answer> open_personal(ByteView sealed) const;

 private:
  struct Asking;
  Status look(Asking& asking);
  Status send_query(Asking& asking);
  Status foresee(Asking& asking);
  Status check_receipt(Asking& asking);
  /// Of a plan that needs refreshes: the run is authorised, and the custodians compute it with the compute node between
  /// them.
  /// Records asking.authorisation on chain, and waits until it is final.
  Status record(Asking& asking, std::span<const Hash256> multiplicands);
  Status authorise_run(Asking& asking);
  Status run(Asking& asking);
  /// Of a guarded commons, before the counts: that the question can be paid, then the runs that its plan needs.
  Status prepare_guarded(Asking& asking, std::uint64_t rho_nano);
  /// Before anything is computed or debited: study and data set have left what the whole question costs, runs with it.
  Status afford(Asking& asking, std::uint64_t rho_nano) const;
  /// What the part of the question that is next releases: computed now, or in the run before.
  Status compute_part(Asking& asking);
  [[nodiscard]] Result<protocol::Authorisation> next_authorisation(const Asking& asking) const;
  /// Of a guarded commons: the custodians open the counts to each other and say which groups may be shown.
  Status open_counts(Asking& asking, std::uint64_t rho_nano);
  /// Whose rules hold for the question, and that they do not forbid every answer (docs/design/0027).
  Status take_rules(Asking& asking) const;
  Status choose_noise(Asking& asking, std::uint64_t rho_nano) const;
  Status spread_noise(Asking& asking) const;
  Status price_part(Asking& asking);
  [[nodiscard]] CountsRound round_of(const Asking& asking) const;
  /// Of a query with sealed parameters: reads, seals and proves them, and has the custodians force them in a run.
  Status take_parameters(Asking& asking, const std::optional<std::string>& file) const;
  Status seal(Asking& asking, Bytes& sealed) const;
  Status force_parameters(Asking& asking);
  Status find_custodians(Asking& asking);
  Status authorise(Asking& asking);
  Status collect_shares(Asking& asking);
  /// One custodian's answer; `bytes`: its size on the wire.
  Result<protocol::ShareMessage> ask_custodian(const Asking& asking, const fhe::CommitteeShape& shape,
                                               const protocol::Ask& ask, std::size_t& bytes) const;
  Status open(Asking& asking) const;
  Status open_shares(Asking& asking) const;
  Status report_guarded(Asking& asking, const query::Plan& shown, std::span<const double> errors,
                        std::uint32_t pieces) const;
  [[nodiscard]] std::string kept_evidence(const Asking& asking) const;
  /// `requester`: the account that proposed the study; its key belongs to that one for ever.
  [[nodiscard]] fhe::RequesterContext requester_context(const Hash256& study,
                                                        const governance::Address& requester) const;
  Result<bool> is_requester(const governance::Study& study) const;

  const CommonsDocument document_;
  const ResearcherKeys& keys_;
  governance::CommonsChain chain_;
  TransportFactory connect_;
  std::filesystem::path evidence_folder_;
};

/// The identities of the committee as the document has them, each checked against its hash on chain.
Result<std::vector<protocol::PublicIdentity>> committee_identities(const CommonsDocument& document,
                                                                   const governance::CommonsChain& chain);
Result<fhe::CommitteeShape> committee_shape(const CommonsDocument& document);

}  // namespace mc::client
