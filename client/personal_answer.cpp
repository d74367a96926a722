// SPDX-License-Identifier: Apache-2.0
#include "client/personal_answer.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "client/message_format.hpp"
#include "query/parse/parser.hpp"

namespace mc::client {
namespace {

constexpr std::string_view kKeyFormat = "medcommons/personal-key/1";
constexpr std::string_view kAnswerFormat = "medcommons/personal-answer/1";
constexpr std::size_t kMessagesMax = 256;  // as many as a committee has custodians, and twice that
constexpr std::size_t kMessageBytesMax = std::size_t{8} << 20;
constexpr std::size_t kPersonalAuthorisationBytesMax = std::size_t{1} << 20;

template <std::size_t Size>
Result<std::array<std::uint8_t, Size>> raw(Reader& reader) {
  MC_TRY(const ByteView bytes, reader.raw(Size));
  std::array<std::uint8_t, Size> out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

}  // namespace

Bytes encode_personal_key(const PersonalKey& key) {
  Writer writer;
  writer.text(kKeyFormat);
  writer.raw(key.study.view());
  writer.raw(key.researcher.view());
  writer.raw(key.person.person.view());
  writer.raw(key.person.signature);
  writer.sized(key.key);
  return std::move(writer).bytes();
}

Result<PersonalKey> decode_personal_key(ByteView bytes) {
  Reader reader(bytes, "a patient's key");
  MC_TRY_STATUS(expect_format(reader, kKeyFormat));
  PersonalKey key;
  MC_TRY(key.study, reader.hash());
  MC_TRY(key.researcher.bytes, raw<20>(reader));
  MC_TRY(key.person.person, reader.hash());
  MC_TRY(key.person.signature, raw<65>(reader));
  MC_TRY(const ByteView packed, reader.sized(kPersonalKeyBytesMax));
  key.key.assign(packed.begin(), packed.end());
  MC_TRY_STATUS(reader.finish());
  return key;
}

Bytes encode_personal_answer(const PersonalAnswer& answer) {
  Writer writer;
  writer.text(kAnswerFormat);
  writer.text(answer.sql);
  writer.sized(protocol::encode_authorisation(answer.authorisation));
  writer.u32(static_cast<std::uint32_t>(answer.messages.size()));
  for (const protocol::ShareMessage& message : answer.messages) writer.sized(protocol::encode_share_message(message));
  return std::move(writer).bytes();
}

Result<PersonalAnswer> decode_personal_answer(const fhe::Params& params, ByteView bytes) {
  Reader reader(bytes, "a sealed answer");
  MC_TRY_STATUS(expect_format(reader, kAnswerFormat));
  PersonalAnswer answer;
  MC_TRY(answer.sql, reader.text(query::kSqlBytesMax));
  MC_TRY(const ByteView authorisation, reader.sized(kPersonalAuthorisationBytesMax));
  MC_TRY(answer.authorisation, protocol::decode_authorisation(authorisation));
  MC_TRY(const std::uint32_t count, reader.count(kMessagesMax, 4));
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(const ByteView message, reader.sized(kMessageBytesMax));
    MC_TRY(protocol::ShareMessage decoded, protocol::decode_share_message(params, message));
    answer.messages.push_back(std::move(decoded));
  }
  MC_TRY_STATUS(reader.finish());
  return answer;
}

Hash256 personal_key_digest(const CommonsDocument& document, const Hash256& study, const Hash256& requester_key,
                            const Hash256& person) {
  Sha256 digest(kKeyFormat);
  digest.update_u64(document.deployment.chain_id).update(document.deployment.ledger.view());
  digest.update_sized(view_of(document.dataset));
  digest.update(study.view()).update(requester_key.view()).update(person.view());
  return digest.finish();
}

SecretKey256 derive_personal_secret(const SecretKey256& patient_seed, std::string_view row_id) {
  return derive_key(patient_seed, "medcommons/personal-answer/1", view_of(row_id));
}

Result<PersonalKey> make_personal_key(const CommonsDocument& document, const governance::CommonsChain& chain,
                                      const OwnerKeys& owner, const std::string& row_id,
                                      const governance::Address& researcher) {
  MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(document.profile));
  const governance::Wallet wallet = governance::derive_patient_wallet(owner.patient_seed, row_id);
  PersonalKey out;
  out.researcher = researcher;
  MC_TRY(out.study, chain.next_study_id(researcher));
  const fhe::RequesterKey key =
      fhe::make_requester_key(*params, derive_personal_secret(owner.patient_seed, row_id),
                              {document.deployment.chain_id, out.study, wallet.address().bytes});
  out.key = fhe::encode_requester_key(*params, key);
  out.person.person = governance::person_commitment(owner.patient_seed, governance::dataset_id(document.dataset),
                                                    owner.wallet.address(), row_id);
  const auto signature =
      wallet.sign(personal_key_digest(document, out.study, fhe::hash_requester_key(*params, key), out.person.person))
          .bytes();
  MC_CHECK(signature.size() == out.person.signature.size());
  std::copy(signature.begin(), signature.end(), out.person.signature.begin());
  return out;
}

std::string not_the_persons(const CommonsDocument& document, const Hash256& study, const fhe::RequesterKey& key,
                            const Hash256& key_hash, const DatasetView& view, const query::ForPerson& person) {
  const std::string whose = "the person of this record, " + view.person_account.text();
  if (key.context.requester != view.person_account.bytes) {
    return "the study's key is of " + governance::Address{key.context.requester}.text() + ", not of " + whose;
  }
  const auto signature = governance::signature_from_bytes(person.signature);
  const auto signer =
      signature ? governance::recover(personal_key_digest(document, study, key_hash, person.person), *signature)
                : Result<governance::Address>(fail(signature.error()));
  if (signer && *signer == view.person_account) return {};
  return whose + ", has not signed that answers may go to the key of this study";
}

}  // namespace mc::client
