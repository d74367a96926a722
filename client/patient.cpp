// SPDX-License-Identifier: Apache-2.0
#include "client/patient.hpp"

namespace mc::client {

Result<ConsentReceipt> change_consent(const CommonsDocument& document, const governance::CommonsChain& chain,
                                      StoreClient& store, const SecretKey256& patient_seed,
                                      const ConsentChange& change) {
  const Hash256 dataset = governance::dataset_id(document.dataset);
  const Hash256 person = governance::person_commitment(patient_seed, dataset, change.owner, change.row_id);
  MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(document.profile));
  PublicRecords records(document, params);
  const auto look = [&]() -> Result<DatasetView> {
    MC_TRY(const governance::Block now, chain.chain().latest_block());
    return records.look(chain, store, change.purpose, now.time_s);
  };
  MC_TRY([[maybe_unused]] const DatasetView before, look());
  auto leaf = records.consent().leaf(change.owner, person);
  if (!leaf) {
    return fail(leaf.error().code == Code::kNotFound
                    ? Error{Code::kNotFound,
                            "there is no row '" + change.row_id + "' with this owner in '" + document.dataset + "'"}
                    : leaf.error());
  }
  const bool grant = change.action == governance::ConsentAction::kGrant;
  if (leaf->granted == grant && (!grant || leaf->purpose == change.purpose)) {
    return fail(Code::kConflict,
                "row '" + change.row_id + "': the consent is " + (grant ? "granted" : "revoked") + " already");
  }
  governance::ConsentStatement statement;
  statement.dataset = dataset;
  statement.owner = change.owner;
  statement.person = person;
  statement.action = change.action;
  statement.purpose = change.purpose;
  statement.sequence = leaf->sequence + 1;
  const governance::Wallet patient = governance::derive_patient_wallet(patient_seed, change.row_id);
  const auto signed_statement =
      governance::sign_consent(governance::consent_domain(document.deployment), statement, patient);
  MC_TRY_STATUS(store.post_statement(governance::encode(signed_statement)));

  MC_TRY(const DatasetView after, look());
  MC_TRY(governance::ConsentLeaf now, records.consent().leaf(change.owner, person));
  // The sequence and not the state: a grant for another purpose leaves the state as it was.
  if (now.sequence < statement.sequence) {
    return fail(Code::kConflict,
                "row '" + change.row_id +
                    "': the store took the statement, but the consent root on chain does "
                    "not contain it yet; ask `consent show` again, and tell the node's operator if it stays so");
  }
  return ConsentReceipt{now, after.consent_root};
}

}  // namespace mc::client
