// SPDX-License-Identifier: Apache-2.0
#include "client/sealed_parameters.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "client/message_format.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/threshold/piece.hpp"
#include "query/bind/score_columns.hpp"
#include "query/parameters/forced_numbers.hpp"
#include "query/parse/parser.hpp"

namespace mc::client {
namespace {

constexpr std::string_view kFormat = "medcommons/sealed-parameters/1";

Status add_weight(const query::PlanParameter& parameter, const nlohmann::json& value, ParameterBits& bits) {
  const double weight = value.is_number() ? value.get<double>() : NAN;
  if (!(weight >= -1 && weight <= 1)) {
    return fail(
        Code::kInvalidArgument,
        "the parameter " + parameter.name +
            " is a weight, a number from -1 to 1; divide all weights by the largest, and multiply the sum by it");
  }
  for (const std::uint8_t bit : query::bits_of_weight(weight)) bits.push_back(bit);
  return {};
}

Status add_list(const query::PlanParameter& parameter, const nlohmann::json& value, ParameterBits& bits) {
  const auto wrong = [&](const std::string& what) {
    return fail(Code::kInvalidArgument, "the parameter " + parameter.name + " " + what);
  };
  if (!value.is_array()) return wrong("is a list of categories");
  const std::size_t first = bits.size();
  bits.resize(first + parameter.categories.size(), 0);
  for (const nlohmann::json& entry : value) {
    const std::string text = entry.is_string()           ? entry.get<std::string>()
                             : entry.is_number_integer() ? std::to_string(entry.get<std::int64_t>())
                                                         : std::string();
    const auto found = std::ranges::find(parameter.categories, text);
    if (found == parameter.categories.end()) return wrong("names what is no category of its column");
    bits[first + static_cast<std::size_t>(found - parameter.categories.begin())] = 1;
  }
  return {};
}

Result<double> number_of(const nlohmann::json& file, const std::string& name) {
  const auto value = file.find(name);
  if (value == file.end()) return fail(Code::kNotFound, "the file of parameters does not say what " + name + " is");
  if (value->is_number()) return value->get<double>();
  return fail(Code::kInvalidArgument, "the parameter " + name + " is a threshold, a number");
}

/// The bins for which the comparison holds. Both ends of BETWEEN.
Status add_threshold(const query::PlanParameter& parameter, const data::Schema& schema, const nlohmann::json& file,
                     ParameterBits& bits) {
  MC_TRY(const double value, number_of(file, parameter.name));
  std::optional<double> upper;
  if (!parameter.threshold.upper.empty()) {
    MC_TRY(upper, number_of(file, parameter.threshold.upper));
  }
  auto chosen = query::chosen_bins(parameter.threshold, schema, value, upper);
  if (!chosen) return fail(chosen.error().within("the parameter " + parameter.name));
  bits.insert(bits.end(), chosen->begin(), chosen->end());
  wipe(chosen->data(), chosen->size());
  return {};
}

/// The coefficients of a sealed model, as weights.
Status add_model(const query::SealedScore& score, const data::Schema& schema, const nlohmann::json& value,
                 ParameterBits& bits) {
  const bool has_equation = value.is_object() && value.contains("equation") && value["equation"].is_string();
  if (!has_equation) {
    return fail(Code::kInvalidArgument, "the parameter " + score.model +
                                            " is a model, an object with its \"equation\", as `model add --sealed` "
                                            "writes it");
  }
  // No message of the parser's: it would repeat what stands in the file.
  auto equation = query::parse_equation(value["equation"].get_ref<const std::string&>(), {});
  if (!equation || equation->sealed_scale) {
    return fail(Code::kParse,
                "the equation of " + score.model + " in the file of parameters is none with coefficients");
  }
  auto weights = query::sealed_weights(score, *equation, schema);
  for (query::EquationTerm& term : equation->terms) wipe(&term.coefficient, sizeof(double));
  wipe(&equation->intercept, sizeof(double));
  if (!weights) return fail(weights.error());
  for (const double weight : *weights) {
    for (const std::uint8_t bit : query::bits_of_weight(weight)) bits.push_back(bit);
  }
  wipe(weights->data(), weights->size() * sizeof(double));
  return {};
}

Hash256 subject_of(const Hash256& study, const Hash256& plan) {
  return Sha256("medcommons/parameters/1").update(study.view()).update(plan.view()).finish();
}

/// Another one for other bits: two plaintexts never share randomness.
KeyStream seal_stream(const SealingJob& job, std::span<const std::uint8_t> bits) {
  Writer context;
  context.hash(job.study);
  context.hash(job.plan);
  context.u32(job.document.epoch.value);
  context.hash(fhe::hash_poly(job.params, job.key.p0));
  context.sized(bits);
  KeyStream stream(derive_key(job.secret, "medcommons/seal-parameters/1", context.bytes()));
  Bytes used = std::move(context).bytes();
  wipe(used.data(), used.size());
  return stream;
}

}  // namespace

Bytes encode_sealed_parameters(const fhe::Params& params, const SealedParameters& sealed) {
  Writer writer;
  writer.text(kFormat);
  writer.hash(sealed.study);
  writer.hash(sealed.plan);
  writer.u32(sealed.ciphertext.epoch.value);
  fhe::write_ciphertext(writer, sealed.ciphertext, params);
  writer.sized(fhe::encode_plaintext_proof(params, sealed.proof));
  return std::move(writer).bytes();
}

Result<SealedParameters> decode_sealed_parameters(const fhe::Params& params, ByteView bytes) {
  Reader reader(bytes, "sealed parameters");
  MC_TRY_STATUS(expect_format(reader, kFormat));
  SealedParameters sealed;
  MC_TRY(sealed.study, reader.hash());
  MC_TRY(sealed.plan, reader.hash());
  MC_TRY(const std::uint32_t epoch, reader.u32());
  MC_TRY(sealed.ciphertext, fhe::read_ciphertext(reader, params));
  sealed.ciphertext.epoch = Epoch(epoch);
  MC_TRY(const ByteView proof, reader.sized(fhe::kPlaintextProofBytesMax));
  MC_TRY(sealed.proof, fhe::decode_plaintext_proof(params, proof));
  MC_TRY_STATUS(reader.finish());
  return sealed;
}

Result<ParameterBits> read_parameters_file(const query::Plan& plan, const data::Schema& schema, std::string_view json) {
  const query::PlanParameters& parameters = plan.parameters;
  const nlohmann::json file = nlohmann::json::parse(json, nullptr, false);
  if (!file.is_object()) return fail(Code::kParse, "the file of parameters is no JSON object");
  MC_TRY(const query::Query query, query::parse(plan.sql));
  MC_TRY(const query::ScoredQuery scored, query::with_score_columns(query, schema));
  ParameterBits bits;
  std::set<std::string> read;
  for (std::size_t i = 0; i < parameters.list.size();) {
    const query::PlanParameter& parameter = parameters.list[i];
    const auto score = std::ranges::find_if(
        scored.sealed, [&](const query::SealedScore& one) { return one.parameter(0) == parameter.name; });
    const bool of_model = score != scored.sealed.end();
    const std::string name = of_model ? score->model : parameter.name;
    read.insert(name);
    const auto value = file.find(name);
    if (value == file.end()) return fail(Code::kNotFound, "the file of parameters does not say what " + name + " is");
    if (of_model) {
      MC_TRY_STATUS(add_model(*score, schema, *value, bits));
      i += score->monomials.size();  // they stand together, in this order
      continue;
    }
    if (parameter.kind == query::ParameterKind::kThreshold) {
      if (!parameter.threshold.upper.empty()) read.insert(parameter.threshold.upper);
      MC_TRY_STATUS(add_threshold(parameter, schema, file, bits));
    } else {
      MC_TRY_STATUS(parameter.kind == query::ParameterKind::kWeight ? add_weight(parameter, *value, bits)
                                                                    : add_list(parameter, *value, bits));
    }
    ++i;
  }
  for (const auto& [name, value] : file.items()) {
    if (read.contains(name)) continue;
    return fail(Code::kInvalidArgument, "the file names a parameter " + name + " that the query does not have");
  }
  MC_CHECK(bits.size() == parameters.bit_count());
  return bits;
}

fhe::PlaintextStatement parameter_statement(const CommonsDocument& document, const fhe::Params& params,
                                            const governance::Address& requester, const SealedParameters& sealed) {
  fhe::PlaintextStatement statement;
  statement.kind = fhe::PlaintextKind::kParameter;
  statement.chain_id = document.deployment.chain_id;
  statement.commons = document.deployment.ledger.bytes;
  statement.owner = requester.bytes;
  statement.dataset = document.dataset;
  statement.subject = subject_of(sealed.study, sealed.plan);
  statement.epoch = sealed.ciphertext.epoch;
  statement.ciphertexts = {fhe::hash_ciphertext(sealed.ciphertext, params)};
  return statement;
}

Result<SealedParameters> seal_parameters(const SealingJob& job, std::span<const std::uint8_t> bits) {
  fhe::Plaintext message = query::plaintext_of_bits(job.params, bits);
  KeyStream stream = seal_stream(job, bits);
  auto made = fhe::encrypt_with_witness(job.params, job.key, message, stream);
  wipe(message.poly);
  if (!made) return fail(made.error());
  SealedParameters sealed{job.study, job.plan, std::move(made->ciphertext), {}};
  sealed.ciphertext.epoch = job.document.epoch;
  const fhe::PlaintextStatement statement = parameter_statement(job.document, job.params, job.requester, sealed);
  sealed.proof = fhe::prove_plaintexts(job.params, job.key, statement, std::span(&made->witness, 1),
                                       derive_key(job.secret, "medcommons/parameter-proof/1", {}));
  return sealed;
}

Status check_sealed_parameters(const CommonsDocument& document, const fhe::Params& params, const fhe::PublicKey& key,
                               const governance::Address& requester, const Hash256& study, const Hash256& plan,
                               const SealedParameters& sealed) {
  if (sealed.study != study || sealed.plan != plan || sealed.ciphertext.epoch != document.epoch) {
    return fail(Code::kRefused, "the parameters are sealed for study " + sealed.study.hex() + ", plan " +
                                    sealed.plan.hex() + " and key epoch " +
                                    std::to_string(sealed.ciphertext.epoch.value) + ", not for this question");
  }
  const fhe::PlaintextStatement statement = parameter_statement(document, params, requester, sealed);
  return fhe::verify_plaintexts(params, key, statement, sealed.proof,
                                [&](std::size_t) -> Result<fhe::Ciphertext> { return sealed.ciphertext; });
}

}  // namespace mc::client
