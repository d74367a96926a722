// SPDX-License-Identifier: Apache-2.0
// Answers about one record that its person alone can read (docs/design/0028): the key that a patient hands to whoever
// asks on her behalf, what her signature over it says, and the sealed answer that she gets in return.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "client/commons_document.hpp"
#include "client/owner.hpp"
#include "client/public_records.hpp"
#include "governance/commons_chain.hpp"
#include "protocol/authorisation.hpp"
#include "protocol/share_message.hpp"
#include "query/parse/for_person.hpp"

namespace mc::client {

/// A requester key of a patient's for one study that somebody else will propose, and her word that it is hers.
struct PersonalKey {
  Hash256 study;
  governance::Address researcher;  // who will propose it; the study's id is the next of hers
  query::ForPerson person;
  Bytes key;  // fhe::encode_requester_key, in the context of the patient's own account
  friend bool operator==(const PersonalKey&, const PersonalKey&) = default;
};

/// What custodians signed and sent for an answer that whoever asked cannot open.
struct PersonalAnswer {
  std::string sql;  // canonical
  protocol::Authorisation authorisation;
  std::vector<protocol::ShareMessage> messages;
  friend bool operator==(const PersonalAnswer&, const PersonalAnswer&) = default;
};

inline constexpr std::size_t kPersonalKeyBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kPersonalAnswerBytesMax = std::size_t{64} << 20;

Bytes encode_personal_key(const PersonalKey& key);
Result<PersonalKey> decode_personal_key(ByteView bytes);
Bytes encode_personal_answer(const PersonalAnswer& answer);
Result<PersonalAnswer> decode_personal_answer(const fhe::Params& params, ByteView bytes);

/// What a patient signs: that answers of this study about this record may go to this key.
Hash256 personal_key_digest(const CommonsDocument& document, const Hash256& study, const Hash256& requester_key,
                            const Hash256& person);

/// In local mode a patient's secrets derive from her hospital's seed, as her wallet does.
SecretKey256 derive_personal_secret(const SecretKey256& patient_seed, std::string_view row_id);

/// The key of row `row_id` for the next study of `researcher`.
///   errors  the chain's
Result<PersonalKey> make_personal_key(const CommonsDocument& document, const governance::CommonsChain& chain,
                                      const OwnerKeys& owner, const std::string& row_id,
                                      const governance::Address& researcher);

/// Why a key is not the person's of a restricted view, in a sentence; empty when it is. The key's context must name her
/// account, and her account must have signed its hash for this study and record.
std::string not_the_persons(const CommonsDocument& document, const Hash256& study, const fhe::RequesterKey& key,
                            const Hash256& key_hash, const DatasetView& view, const query::ForPerson& person);

}  // namespace mc::client
