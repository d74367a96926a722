// SPDX-License-Identifier: Apache-2.0
// The promise on sums, whole: the records of 20,000 people sealed in `standard`, the plan executed, the answers flooded
// for argument S (R15, R16), opened by the requester, and compared with the sums in the clear.
#include <gtest/gtest.h>

#include <cmath>

#include "fhe/threshold/flooding.hpp"
#include "protocol/testing/commons.hpp"
#include "query/execute/execute.hpp"
#include "query/plan/compile.hpp"
#include "query/release/finish.hpp"
#include "query/release/noise.hpp"
#include "query/testing/clinic.hpp"

namespace mc::client {
namespace {

constexpr std::size_t kPeople = 20'000;

/// Two hospitals, three blocks. Nobody's column is kept sealed: it is sealed when it is fetched.
class TwoHospitals final : public query::Vault {
 public:
  TwoHospitals(const protocol::testing::Commons& commons, const data::Schema& schema)
      : commons_(commons), schema_(schema) {
    std::mt19937_64 random(20'000);
    for (const auto& [name, begin, people] : {std::tuple{"north", 0, 11'000}, std::tuple{"south", 11'000, 9'000}}) {
      std::vector<query::testing::Patient> patients;
      for (int i = 0; i < people; ++i) patients.push_back(query::testing::random_patient(schema, random));
      owners.push_back(
          {name, {static_cast<std::uint64_t>(begin), patients.size()}, std::vector<std::uint8_t>(patients.size(), 1)});
      patients_.push_back(std::move(patients));
    }
  }

  Result<fhe::Ciphertext> fetch(std::size_t owner, const std::string& handle, std::uint32_t block) const override {
    const fhe::Params& params = *commons_.params;
    MC_TRY(const data::Feature feature, data::feature_from_handle(schema_, handle));
    const std::uint64_t first = std::uint64_t{block} * params.slot_count();
    std::vector<double> slots(params.slot_count(), 0.0);
    for (std::size_t i = 0; i < patients_[owner].size(); ++i) {
      const std::uint64_t slot = owners[owner].range.begin + i;
      if (slot < first || slot >= first + slots.size()) continue;
      slots[slot - first] = query::testing::feature_value(schema_, feature, patients_[owner][i]);
    }
    MC_TRY(const fhe::Plaintext plain,
           commons_.encoder.encode(slots, params.top_level(), fhe::Scale::power_of_two(fhe::kSealScaleLog2)));
    KeyStream stream(SecretKey256(Sha256(handle).update_u64(owner << 32 | block).finish().bytes));
    MC_TRY(fhe::Ciphertext sealed, fhe::encrypt(params, commons_.committee.public_key, plain, stream));
    sealed.epoch = commons_.committee.epoch;
    return sealed;
  }
  /// Column `number`, of everybody who has a value.
  [[nodiscard]] std::vector<long double> column(std::size_t number) const {
    std::vector<long double> values;
    for (const auto& patients : patients_) {
      for (const query::testing::Patient& patient : patients) {
        if (const auto* value = std::get_if<double>(&patient[number])) values.push_back(*value);
      }
    }
    return values;
  }

  std::vector<query::OwnerSlots> owners;

 private:
  const protocol::testing::Commons& commons_;
  const data::Schema& schema_;
  std::vector<std::vector<query::testing::Patient>> patients_;
};

/// Certain digits of `got` where `truth` is the truth.
double digits(double got, long double truth) {
  const long double error = std::abs(static_cast<long double>(got) - truth);
  return error == 0 ? query::kDigitsMax : static_cast<double>(-std::log10(error / std::abs(truth)));
}

TEST(ManyPeople, SumsOverTwentyThousandPeopleKeepTenDigitsInS) {
  protocol::testing::Commons commons(3, 2, fhe::Params::named("standard").value_or_stop());
  const data::Schema schema = query::testing::clinic_schema();
  const TwoHospitals hospitals(commons, schema);
  const query::Plan plan =
      query::compile(
          "SELECT count(*), sum(age), sum(bmi), avg(\"Blood pressure\"), sum(\"Blood pressure\") FROM clinic", schema,
          "clinic", query::limb_budget("standard").value_or_stop())
          .value_or_stop();
  const fhe::Evaluator evaluator(commons.params, std::make_shared<const fhe::RelinKey>(commons.committee.relin_key));
  const auto answers =
      query::execute(plan, hospitals.owners, hospitals, {*commons.params, commons.encoder, evaluator, 2})
          .value_or_stop();

  const std::size_t slots = commons.params->slot_count();
  const auto bounds =
      query::answer_bounds(plan, *commons.params, query::noise_setting(3, hospitals.owners, slots)).value_or_stop();
  protocol::Authorisation authorisation = commons.authorise(answers);
  std::vector<std::uint32_t> noise_bound_log2;
  std::vector<double> errors;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    noise_bound_log2.push_back(static_cast<std::uint32_t>(std::ceil(bounds[i].noise_log2)));
    const std::uint32_t sigma = fhe::flooding_log2(noise_bound_log2[i]).value_or_stop();
    authorisation.sigma_log2[i] = static_cast<std::uint8_t>(sigma);
    errors.push_back(query::sum_error_bound(bounds[i], sigma, 3, slots));
  }
  std::vector<protocol::ShareMessage> messages;
  const protocol::OwnResults results(*commons.params, answers);
  const std::vector<std::uint64_t> opened_s(answers.size(), commons.kToday_s);
  for (std::uint32_t c = 0; c < 3; ++c) {
    const auto pieces = commons.committee.shape.pieces_of(commons.id(c));
    messages.push_back(commons.custodians[c]
                           .answer({authorisation, pieces},
                                   {results, noise_bound_log2, &commons.requester_key, commons.kToday_s, opened_s},
                                   commons.ledgers[c])
                           .value_or_stop());
  }
  const auto opened = protocol::combine(commons.context(authorisation), messages).value_or_stop();
  ASSERT_EQ(opened.verdict.assurance, protocol::Assurance::kVerified);
  const query::ResultTable table = query::finish(plan, opened.means, errors, slots).value_or_stop();

  EXPECT_EQ(table.n, static_cast<std::int64_t>(kPeople));
  EXPECT_EQ(std::get<std::int64_t>(table.rows[0][0]), static_cast<std::int64_t>(kPeople));
  const auto sum_of = [&](std::size_t column) {
    long double sum = 0;
    for (const long double value : hospitals.column(column)) sum += value;
    return sum;
  };
  const long double pressure = sum_of(7);
  EXPECT_EQ(std::get<std::int64_t>(table.rows[0][1]), static_cast<std::int64_t>(sum_of(0)));
  const std::pair<std::size_t, long double> reals[] = {
      {2, sum_of(1)}, {3, pressure / static_cast<long double>(hospitals.column(7).size())}, {4, pressure}};
  for (const auto& [column, truth] : reals) {
    const double got = std::get<double>(table.rows[0][column]);
    std::printf("%s: %.15g, %.1f digits right, %d promised\n", table.columns[column].c_str(), got, digits(got, truth),
                table.digits[column]);
    EXPECT_GE(digits(got, truth), 10) << table.columns[column];
    EXPECT_GE(table.digits[column], 10) << table.columns[column] << " in S";
  }
}

}  // namespace
}  // namespace mc::client
