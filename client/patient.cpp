// SPDX-License-Identifier: Apache-2.0
#include "client/patient.hpp"

#include <algorithm>

namespace mc::client {
namespace {

// Statements that a person may make between two revocations on chain within a second.
constexpr std::uint64_t kSequencesBetween = 1u << 16;

bool stands_so(const governance::ConsentLeaf& leaf, bool revoked_on_chain, const ConsentChange& change) {
  using enum governance::ConsentAction;
  const bool granted = leaf.granted && !revoked_on_chain;
  if (change.action == kRevoke) return !granted;
  if (change.action == kGrant) return granted && leaf.use == change.use && leaf.expiry_s == change.expiry_s;
  return leaf.delegate == change.delegate && leaf.delegate_until_s == change.expiry_s &&
         (change.delegate.is_zero() || leaf.scope == change.use);
}

}  // namespace

Result<ConsentReceipt> change_consent(const CommonsDocument& document, const governance::CommonsChain& chain,
                                      StoreClient& store, const SecretKey256& patient_seed,
                                      const ConsentChange& change) {
  const Hash256 dataset = governance::dataset_id(document.dataset);
  const Hash256 person = governance::person_commitment(patient_seed, dataset, change.owner, change.row_id);
  MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(document.profile));
  PublicRecords records(document, params);
  MC_TRY_STATUS(records.follow_consent(chain, store));
  auto leaf = records.consent().leaf(change.owner, person);
  if (!leaf) {
    return fail(leaf.error().code == Code::kNotFound
                    ? Error{Code::kNotFound,
                            "there is no row '" + change.row_id + "' with this owner in '" + document.dataset + "'"}
                    : leaf.error());
  }
  const std::optional<std::uint64_t> revoked = records.consent().revoked_on_chain(*leaf);
  if (stands_so(*leaf, revoked.has_value(), change)) {
    const bool delegates = change.action == governance::ConsentAction::kDelegate;
    const bool grants = change.action == governance::ConsentAction::kGrant;
    return fail(Code::kConflict, "row '" + change.row_id + "': the consent is " +
                                     (delegates ? "delegated just so"
                                      : grants  ? "granted"
                                                : "revoked") +
                                     " already");
  }
  if (revoked && change.signer != nullptr && change.action == governance::ConsentAction::kGrant) {
    return fail(Code::kRefused, "row '" + change.row_id +
                                    "': the consent was revoked on chain; only the patient herself grants it again");
  }
  governance::ConsentStatement statement;
  statement.dataset = dataset;
  statement.owner = change.owner;
  statement.person = person;
  statement.action = change.action;
  statement.use = change.use;
  statement.sequence = (change.signer != nullptr ? leaf->sequence : std::max(leaf->sequence, revoked.value_or(0))) + 1;
  statement.expiry_s = change.expiry_s;
  statement.delegate = change.delegate;
  MC_TRY_STATUS(governance::check_statement(statement));
  const governance::Wallet own = governance::derive_patient_wallet(patient_seed, change.row_id);
  const governance::Wallet& patient = change.signer == nullptr ? own : *change.signer;
  const auto signed_statement =
      governance::sign_consent(governance::consent_domain(document.deployment), statement, patient);
  MC_TRY_STATUS(store.post_statement(governance::encode(signed_statement)));

  MC_TRY(const Hash256 root, records.follow_consent(chain, store));
  MC_TRY(governance::ConsentLeaf now, records.consent().leaf(change.owner, person));
  // The sequence and not the state: a grant for another purpose leaves the state as it was.
  if (now.sequence < statement.sequence) {
    return fail(Code::kConflict,
                "row '" + change.row_id +
                    "': the store took the statement, but the consent root on chain does "
                    "not contain it yet; ask `consent show` again, and tell the node's operator if it stays so");
  }
  return ConsentReceipt{now, root};
}

Result<std::uint64_t> revoke_on_chain(const CommonsDocument& document, const governance::CommonsChain& chain,
                                      const SecretKey256& patient_seed, const ConsentChange& change) {
  const Hash256 dataset = governance::dataset_id(document.dataset);
  const Hash256 person = governance::person_commitment(patient_seed, dataset, change.owner, change.row_id);
  const governance::Wallet own = governance::derive_patient_wallet(patient_seed, change.row_id);
  const governance::Wallet& sender = change.signer == nullptr ? own : *change.signer;
  MC_TRY(const governance::Block now, chain.chain().latest_block());
  // Above what she counted since she last left so, which no store need tell her.
  std::uint64_t sequence = now.time_s;
  MC_TRY(const std::vector<governance::ChainRevocation> earlier, chain.chain_revocations(dataset));
  for (const governance::ChainRevocation& revocation : earlier) {
    if (revocation.owner != change.owner || revocation.person != person) continue;
    if (revocation.sender == sender.address()) sequence = std::max(sequence, revocation.sequence + kSequencesBetween);
  }
  MC_TRY_STATUS(chain.revoke_consent(sender, dataset, change.owner, person, sequence));
  return sequence;
}

}  // namespace mc::client
