// SPDX-License-Identifier: Apache-2.0
#include "client/upload_proof.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/published_cohort.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::client {
namespace {

using ::testing::HasSubstr;

/// A commons in memory with a proven upload of owner 1 (Victoria), one row.
class UploadProof : public ::testing::Test {
 protected:
  UploadProof() : committee_(commons_.params, fhe::CommitteeShape::create(3, 2).value_or_stop(), 1) {
    key_.epoch = commons_.document.epoch;
    publish(1, 0.75);
  }

  /// One row, every feature of it `value`.
  void publish(std::uint64_t owner, double value) {
    KeyStream stream(testing::numbered_secret(owner));
    witnesses_.clear();
    commons_.publish(
        owner, 1, 42,
        [&](const data::Manifest& manifest, const data::Feature&, data::ManifestEntry& entry) {
          data::SealedBlock sealed =
              data::seal_block(header(manifest, entry), std::vector{value}, params_, encoder_, key_, stream)
                  .value_or_stop();
          store_blob(entry, sealed.bytes);
          witnesses_.push_back(std::move(sealed.witness));
        },
        [&](data::Manifest& manifest) { prove(manifest); });
  }

  /// The attack of R21: owner 2 puts an encryption of zero on every ciphertext of owner 1 and publishes the sums as her
  /// own rows. She knows only what is in the zeros; `proof` is what she hands in.
  void publish_copies(const data::ManifestEntry& victims, const std::function<void(data::Manifest&)>& proof) {
    const Bytes stolen = commons_.served.blobs.at(victims.blob.hex());
    KeyStream stream(testing::numbered_secret(99));
    witnesses_.clear();
    commons_.publish(
        2, 1, 42,
        [&](const data::Manifest& manifest, const data::Feature&, data::ManifestEntry& entry) {
          const data::SealedHeader own = header(manifest, entry);
          data::SealedBlock zero =
              data::seal_block(own, std::vector{0.0}, params_, encoder_, key_, stream).value_or_stop();
          data::SealedBlob copy = data::decode_sealed(stolen, params_).value_or_stop();
          const data::SealedBlob added = data::decode_sealed(zero.bytes, params_).value_or_stop();
          for (std::size_t part = 0; part < 2; ++part)
            params_.ring().add(copy.ciphertext.parts[part], added.ciphertext.parts[part]);
          copy.header = own;
          store_blob(entry, data::encode_sealed(copy, params_));
          witnesses_.push_back(std::move(zero.witness));
        },
        proof);
  }

  void prove(data::Manifest& manifest) {
    const fhe::PlaintextProof proof = fhe::prove_plaintexts(
        params_, key_, upload_statement(commons_.document, manifest, 0), witnesses_, testing::numbered_secret(7));
    name_proof(manifest, fhe::encode_plaintext_proof(params_, proof));
  }
  void name_proof(data::Manifest& manifest, const Bytes& bytes) {
    manifest.proofs = {{sha256(bytes), bytes.size()}};
    commons_.served.blobs[sha256(bytes).hex()] = bytes;
  }

  [[nodiscard]] data::SealedHeader header(const data::Manifest& manifest, const data::ManifestEntry& entry) const {
    return data::expected_header(manifest, entry, params_);
  }
  void store_blob(data::ManifestEntry& entry, const Bytes& bytes) {
    entry.blob = sha256(bytes);
    entry.bytes = bytes.size();
    commons_.served.blobs[entry.blob.hex()] = bytes;
  }
  [[nodiscard]] DatasetView look() {
    return PublicRecords(commons_.document, commons_.params)
        .look(commons_.chain(), commons_.store(), 42, 0)
        .value_or_stop();
  }
  [[nodiscard]] Status check(const data::Manifest& manifest) {
    return check_upload(commons_.document, params_, key_, manifest, commons_.store(), progress_);
  }
  [[nodiscard]] Status check_all(UploadVerdicts& verdicts, const DatasetView& view, const std::stop_token& stop = {}) {
    return verdicts.check(
        view, [&](Epoch) -> Result<fhe::PublicKey> { return key_; }, commons_.store(), progress_, stop);
  }

  mutable ProofProgress progress_;
  testing::PublishedCommons commons_;
  fhe::testing::TestCommittee committee_;
  const fhe::Params& params_ = *commons_.params;
  fhe::PublicKey key_ = committee_.public_key;
  fhe::Encoder encoder_{commons_.params};
  std::vector<fhe::EncryptionWitness> witnesses_;
};

TEST_F(UploadProof, OfAnHonestOwnerHolds) {
  EXPECT_TRUE(check(look().manifests[0]).has_value());
}

// The mean of one's own rows is what everybody may ask for; these rows are somebody else's.
TEST_F(UploadProof, OfCopiedCiphertextsDoesNotExist) {
  const data::Manifest victim = look().manifests[0];
  publish_copies(victim.entries[0], [&](data::Manifest& manifest) { manifest.proofs = victim.proofs; });
  const data::Manifest replayed = look().manifests[1];

  const fhe::SecretPoly secret = committee_.collective_secret();
  const Bytes bytes = commons_.store().blob(replayed.entries[0].blob).value_or_stop();
  const fhe::Ciphertext copy = data::decode_sealed(bytes, params_).value_or_stop().ciphertext;
  const auto slots = encoder_.decode(fhe::decrypt(params_, secret, copy)).value_or_stop();
  EXPECT_NEAR(slots[0], 0.75, 1e-9) << "what a version without proofs would give away";

  EXPECT_THAT(check(replayed).error().message, HasSubstr("it does not verify"));
  data::Manifest own_words = replayed;
  prove(own_words);  // of the zeros, which is all she knows
  EXPECT_THAT(check(own_words).error().message, HasSubstr("it does not verify"));
}

TEST_F(UploadProof, UnderAnotherNamePlaceOrCommonsIsRefused) {
  const data::Manifest honest = look().manifests[0];
  const auto refused = [&](const std::function<void(data::Manifest&, CommonsDocument&)>& change) {
    data::Manifest manifest = honest;
    CommonsDocument document = commons_.document;
    change(manifest, document);
    const Status status = check_upload(document, params_, key_, manifest, commons_.store(), progress_);
    return status ? std::string() : status.error().message;
  };
  EXPECT_THAT(refused([](auto& m, auto&) { m.owner[3] ^= 1; }), HasSubstr("owner"));
  EXPECT_THAT(refused([](auto& m, auto&) { m.dataset = "other"; }), HasSubstr("data set"));
  EXPECT_THAT(refused([](auto& m, auto&) { m.schema.bytes[0] ^= 1; }), HasSubstr("schema"));
  EXPECT_THAT(refused([](auto& m, auto&) { m.range.count = 2; }), HasSubstr("slots"));
  EXPECT_THAT(refused([](auto& m, auto&) { m.epoch = Epoch(2); }), HasSubstr("epoch 2"));
  EXPECT_THAT(refused([](auto& m, auto&) { std::swap(m.entries[0], m.entries[1]); }), HasSubstr("does not verify"));
  EXPECT_THAT(refused([](auto& m, auto&) { m.entries.pop_back(); }), HasSubstr("ciphertexts, wanted"));
  EXPECT_THAT(refused([](auto&, auto& d) { d.deployment.chain_id = 1; }), HasSubstr("does not verify"));
  EXPECT_THAT(refused([](auto&, auto& d) { d.deployment.ledger.bytes[0] ^= 1; }), HasSubstr("does not verify"));
}

TEST_F(UploadProof, BytesThatAreNoProofAreRefusedForGoodAndMissingOnesAreNot) {
  data::Manifest manifest = look().manifests[0];
  name_proof(manifest, Bytes(100, 1));
  EXPECT_EQ(check(manifest).error().code, Code::kRefused);
  manifest.proofs[0].blob = sha256(view_of("nobody has it"));
  EXPECT_EQ(check(manifest).error().code, Code::kNotFound);
}

TEST_F(UploadProof, EveryManifestIsCheckedOnceAndTheVerdictKept) {
  publish(2, 0.5);
  UploadVerdicts verdicts(commons_.document, commons_.params);
  const DatasetView view = look();
  const std::string blob = view.manifests[1].entries[0].blob.hex();
  const Bytes kept = commons_.served.blobs.extract(blob).mapped();
  const Status missing = check_all(verdicts, view);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("owner " + view.owners[1].owner));
  commons_.served.blobs[blob] = kept;
  EXPECT_TRUE(check_all(verdicts, view).has_value()) << "what was missing is looked for again";
  commons_.served.blobs.clear();
  EXPECT_TRUE(check_all(verdicts, view).has_value());
}

TEST_F(UploadProof, ARefusalIsKeptAsWell) {
  publish_copies(look().manifests[0].entries[0], [&](data::Manifest& manifest) { prove(manifest); });
  UploadVerdicts verdicts(commons_.document, commons_.params);
  const DatasetView view = look();
  const Status refused = check_all(verdicts, view);
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_THAT(refused.error().message, HasSubstr("owner " + view.owners[1].owner));
  commons_.served.blobs.clear();
  EXPECT_EQ(check_all(verdicts, view).error().message, refused.error().message);
}

TEST_F(UploadProof, ACheckSaysHowFarItIsAndStopsWhereItIsAsked) {
  publish(2, 0.5);
  UploadVerdicts verdicts(commons_.document, commons_.params);
  const DatasetView view = look();
  const std::size_t each = view.manifests[0].entries.size();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(check_all(verdicts, view, stop.get_token()).error().code, Code::kUnavailable);
  EXPECT_EQ(progress_.read().checked, 0u) << "asked before the first proof";

  EXPECT_TRUE(check_all(verdicts, view).has_value());
  const ProofProgress::Reading all = progress_.read();
  EXPECT_EQ(all.ciphertexts, 2 * each);
  EXPECT_EQ(all.checked, 2 * each);
  EXPECT_GT(all.seconds, 0);
  EXPECT_TRUE(check_all(verdicts, view).has_value());
  EXPECT_EQ(progress_.read().seconds, all.seconds) << "there was nothing to check";
}

}  // namespace
}  // namespace mc::client
