// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/plaintext_proof.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "fhe/threshold/monomial_challenge.hpp"
#include "fhe/threshold/testing/proven_batch.hpp"

namespace mc::fhe {
namespace {

using ::testing::HasSubstr;
using testing::numbered_hash;
using testing::ProvenBatch;

const ProvenBatch& batch() {
  static const ProvenBatch made(5);
  return made;
}
const PlaintextProof& proof() {
  static const PlaintextProof made = batch().prove();
  return made;
}
const Bytes& proof_bytes() {
  static const Bytes made = encode_plaintext_proof(*batch().params, proof());
  return made;
}

TEST(PlaintextProof, OfManyAndOfOneVerifies) {
  EXPECT_TRUE(batch().verify(proof()).has_value());
  const ProvenBatch one(1);
  EXPECT_TRUE(one.verify(one.prove()).has_value());
}

TEST(PlaintextProof, OfValuesAtTheEdgeOfTheScaleVerifies) {
  ProvenBatch edge(0);
  KeyStream stream(testing::numbered_key(9));
  for (const double value : {1.0, -1.0, 0.0, 1.999}) edge.add(value, stream);
  EXPECT_TRUE(edge.verify(edge.prove()).has_value());
}

TEST(PlaintextProof, MadeTwiceItIsTheSameBytes) {
  EXPECT_EQ(encode_plaintext_proof(*batch().params, batch().prove()), proof_bytes());
  EXPECT_NE(batch().prove(8).u, proof().u) << "another secret, other masks";
}

TEST(PlaintextProof, RepetitionsReachAHundredAndThirtyBits) {
  EXPECT_EQ(plaintext_proof_repetitions(LogN(14)), 9u);
  EXPECT_EQ(plaintext_proof_repetitions(LogN(15)), 9u);
  EXPECT_EQ(plaintext_proof_repetitions(LogN(10)), 12u);
  for (std::uint8_t log_n = 10; log_n <= 16; ++log_n) {
    const std::uint32_t v = plaintext_proof_repetitions(LogN(log_n));
    EXPECT_GE(v * (log_n + 1u), 130u);
    EXPECT_LT((v - 1) * (log_n + 1u), 130u);
  }
}

TEST(PlaintextProof, OfEverythingThatIsOfferedStaysBelowItsLimit) {
  for (const char* name : {"standard", "train"}) {
    const ParamsPtr params = Params::named(name).value_or_stop();
    PlaintextProof zero{kPlaintextProofCiphertextsMax, {}, {}, {}, {}};
    const std::size_t size = plaintext_proof_repetitions(params->ring().log_n()) * params->ring().degree();
    zero.u.resize(size), zero.e.resize(size), zero.f.resize(size);
    const Bytes bytes = encode_plaintext_proof(*params, zero);
    EXPECT_LE(bytes.size(), kPlaintextProofBytesMax) << name;
    EXPECT_EQ(decode_plaintext_proof(*params, bytes).value_or_stop(), zero);
  }
}

// Every field of the statement is in the hash.
TEST(PlaintextProof, IsForOneStatementAndNoOther) {
  using Change = std::function<void(PlaintextStatement&)>;
  const std::vector<std::pair<const char*, Change>> changes = {
      {"kind", [](PlaintextStatement& s) { s.kind = PlaintextKind::kParameter; }},
      {"chain", [](PlaintextStatement& s) { s.chain_id = 1; }},
      {"commons", [](PlaintextStatement& s) { s.commons[19] ^= 1; }},
      {"owner", [](PlaintextStatement& s) { s.owner[0] ^= 1; }},
      {"data set", [](PlaintextStatement& s) { s.dataset = "other"; }},
      {"schema", [](PlaintextStatement& s) { s.subject = numbered_hash(2); }},
      {"first slot", [](PlaintextStatement& s) { s.slot_begin = 6; }},
      {"slots", [](PlaintextStatement& s) { s.slot_count = 11; }},
      {"ciphertext name", [](PlaintextStatement& s) { s.ciphertexts[4].bytes[31] ^= 1; }},
  };
  const auto verify = [](const PlaintextStatement& statement) {
    return verify_plaintexts(*batch().params, batch().key, statement, proof(),
                             [](std::size_t i) -> Result<Ciphertext> { return batch().ciphertexts[i]; });
  };
  EXPECT_TRUE(verify(batch().statement).has_value());
  for (const auto& [what, change] : changes) {
    PlaintextStatement other = batch().statement;
    change(other);
    const auto refused = verify(other);
    ASSERT_FALSE(refused.has_value()) << what;
    EXPECT_EQ(refused.error().message, "proof of plaintext knowledge: it does not verify") << what;
  }
}

TEST(PlaintextProof, OfAnotherEpochOrKeyIsRefused) {
  PlaintextStatement later = batch().statement;
  later.epoch = Epoch(4);
  EXPECT_EQ(batch().verify(proof(), later).error().message,
            "proof of plaintext knowledge: it is about key epoch 4, the key is of epoch 3");
  const auto under = [](const PublicKey& key, std::uint32_t epoch) {
    PlaintextStatement statement = batch().statement;
    statement.epoch = Epoch(epoch);
    return verify_plaintexts(*batch().params, key, statement, proof(), [epoch](std::size_t i) -> Result<Ciphertext> {
      Ciphertext ct = batch().ciphertexts[i];
      ct.epoch = Epoch(epoch);
      return ct;
    });
  };
  EXPECT_TRUE(under(batch().key, 3).has_value());
  PublicKey key = batch().key;
  key.epoch = Epoch(4);
  EXPECT_FALSE(under(key, 4).has_value()) << "everything else is the same";
  EXPECT_FALSE(under(ProvenBatch(1, batch().params, 2).key, 3).has_value());
  PublicKey swapped = batch().key;
  std::swap(swapped.p0, swapped.p1);
  EXPECT_FALSE(under(swapped, 3).has_value());
}

TEST(PlaintextProof, OfReorderedExchangedOrMissingCiphertextsIsRefused) {
  const auto verify = [](const PlaintextStatement& statement, const std::vector<Ciphertext>& ciphertexts) {
    return verify_plaintexts(*batch().params, batch().key, statement, proof(),
                             ProvenBatch::source(*batch().params, statement, ciphertexts));
  };
  PlaintextStatement statement = batch().statement;
  std::vector<Ciphertext> ciphertexts = batch().ciphertexts;
  std::swap(ciphertexts[1], ciphertexts[3]);
  EXPECT_EQ(verify(statement, ciphertexts).error().code, Code::kCorrupt) << "the source notices";
  std::swap(statement.ciphertexts[1], statement.ciphertexts[3]);
  EXPECT_EQ(verify(statement, ciphertexts).error().code, Code::kRefused);

  statement = batch().statement;
  statement.ciphertexts.pop_back();
  EXPECT_THAT(verify(statement, ciphertexts).error().message, HasSubstr("it is about 5 ciphertexts, wanted 4"));
  statement.ciphertexts.clear();
  EXPECT_EQ(verify(statement, {}).error().code, Code::kRefused);
}

// All limbs of both parts are looked at: one residue of one limb is one unit off.
TEST(PlaintextProof, SeesTheLastResidueOfEveryLimbOfBothParts) {
  for (std::size_t part = 0; part < 2; ++part) {
    for (std::size_t limb = 0; limb < batch().ciphertexts[0].parts[part].limb_count(); ++limb) {
      std::vector<Ciphertext> ciphertexts = batch().ciphertexts;
      std::uint64_t& residue = ciphertexts[2].parts[part].limb(limb).back();
      residue = residue == 0 ? 1 : residue - 1;
      const auto verdict = verify_plaintexts(*batch().params, batch().key, batch().statement, proof(),
                                             [&](std::size_t i) -> Result<Ciphertext> { return ciphertexts[i]; });
      EXPECT_FALSE(verdict.has_value()) << part << ", " << limb;
    }
  }
}

TEST(PlaintextProof, OfCiphertextsThatAreNotFreshIsRefused) {
  const auto with = [](const std::function<void(Ciphertext&)>& change) {
    return verify_plaintexts(*batch().params, batch().key, batch().statement, proof(),
                             [&](std::size_t i) -> Result<Ciphertext> {
                               Ciphertext ct = batch().ciphertexts[i];
                               change(ct);
                               return ct;
                             });
  };
  EXPECT_THAT(with([](Ciphertext& ct) { ct.scale = Scale::power_of_two(46); }).error().message,
              HasSubstr("scale 2^46"));
  EXPECT_THAT(with([](Ciphertext& ct) {
                for (NttPoly& part : ct.parts) part.keep_limbs(5);
              })
                  .error()
                  .message,
              HasSubstr("level 5"));
  EXPECT_EQ(with([](Ciphertext& ct) { ct.parts.push_back(ct.parts[0]); }).error().code, Code::kRefused);
  EXPECT_EQ(with([](Ciphertext& ct) { ct.parts.pop_back(); }).error().code, Code::kRefused);
  EXPECT_EQ(with([](Ciphertext& ct) { ct.epoch = Epoch(4); }).error().code, Code::kRefused);
}

// Each of the three limits of each kind: one coefficient; all of them; one slot. What keeps to one and passes another
// is refused, however the challenge comes out.
TEST(PlaintextProof, ResponsesLargerThanHonestOnesAreRefused) {
  const std::size_t degree = batch().params->ring().degree();
  const PlaintextProofShape shape = PlaintextProofShape::of(degree, 12, 5);
  const ResponseLimits limits(degree);
  const auto message = [](const PlaintextProof& bad) { return batch().verify(bad).error().message; };
  const std::string refused = "proof of plaintext knowledge: a response is larger than an honest one";
  const std::string unproven = "proof of plaintext knowledge: it does not verify";
  for (const auto& [kind, member] :
       {std::pair{shape.u, &PlaintextProof::u}, {shape.e, &PlaintextProof::e}, {shape.f, &PlaintextProof::f}}) {
    const auto with_last = [&](const std::function<i128(std::size_t)>& response) {
      PlaintextProof bad = proof();
      for (std::size_t k = 0; k < degree; ++k) (bad.*member)[11 * degree + k] = response(k);
      return bad;
    };
    const i128 reach = kind.range().bound();
    EXPECT_EQ(message(with_last([&](std::size_t k) { return k == 7 ? reach : 0; })), refused);
    EXPECT_EQ(message(with_last([&](std::size_t k) { return k == 7 ? -reach - 1 : 0; })), refused);
    EXPECT_EQ(message(with_last([&](std::size_t k) { return k == 7 ? -reach : 0; })), unproven);
    // The same reach in every coefficient, and a twelfth of it; signs so that no slot stands out.
    const double unit = std::ldexp(std::sqrt(8.0), static_cast<int>(kind.spread_log2));
    const auto spread_out = [&](double each) {
      return with_last(
          [=](std::size_t k) { return static_cast<i128>((k * k / 64 + k / 7) % 2 == 0 ? each * unit : -each * unit); });
    };
    const double length = std::sqrt(limits.length_square() / static_cast<double>(degree));
    EXPECT_EQ(message(spread_out(length * 1.001)), refused);
    EXPECT_EQ(message(spread_out(length * 0.999)), unproven);
    const auto wave = [&](double amplitude) {
      return with_last([=](std::size_t k) {
        return static_cast<i128>(amplitude * unit *
                                 std::cos(M_PI * 101 * static_cast<double>(k) / static_cast<double>(degree)));
      });
    };
    const double slot = 2 * std::sqrt(limits.slot_square()) / static_cast<double>(degree);
    EXPECT_LT(slot, 0.25 * length) << "a wave that is no longer than a quarter of what length allows";
    EXPECT_EQ(message(wave(slot * 1.001)), refused);
    EXPECT_EQ(message(wave(slot * 0.999)), unproven);
  }
  PlaintextProof changed = proof();
  changed.f[1000] += changed.f[1000] < 0 ? 1 : -1;
  EXPECT_EQ(batch().verify(changed).error().message, "proof of plaintext knowledge: it does not verify");
}

TEST(PlaintextProof, OfParametersIsNoneOfAnUpload) {
  ProvenBatch parameters(2);
  parameters.statement.kind = PlaintextKind::kParameter;
  parameters.statement.subject = numbered_hash(77);  // the study
  parameters.statement.slot_begin = parameters.statement.slot_count = 0;
  const PlaintextProof made = parameters.prove();
  EXPECT_TRUE(parameters.verify(made).has_value());
  PlaintextStatement upload = parameters.statement;
  upload.kind = PlaintextKind::kUpload;
  EXPECT_FALSE(parameters.verify(made, upload).has_value());
}

TEST(PlaintextProof, ReadsBackAndNamesWhatIsWrongWithItsBytes) {
  const Params& params = *batch().params;
  EXPECT_EQ(decode_plaintext_proof(params, proof_bytes()).value_or_stop(), proof());
  const auto message = [&](const std::function<void(Bytes&)>& change) {
    Bytes bytes = proof_bytes();
    change(bytes);
    const auto read = decode_plaintext_proof(params, bytes);
    return read ? std::string("read") : read.error().message;
  };
  EXPECT_THAT(message([](Bytes& b) { b[0] = 'X'; }), HasSubstr("does not begin with MCPP"));
  EXPECT_THAT(message([](Bytes& b) { b[4] = 1; }), HasSubstr("version 1, this program reads version 3"));
  EXPECT_THAT(message([](Bytes& b) { b[6] ^= 1; }), HasSubstr("unknown parameter set"));
  EXPECT_THAT(message([](Bytes& b) { b[38] = 0; }), HasSubstr("it is about 0 ciphertexts, 1 to 256 are allowed"));
  EXPECT_THAT(message([](Bytes& b) { b[40] = 1; }), HasSubstr("it is about 65541 ciphertexts"));
  EXPECT_THAT(message([](Bytes& b) { b[38] = 200; }), HasSubstr("responses take"));
  EXPECT_THAT(message([](Bytes& b) { b.push_back(0); }), HasSubstr("responses take"));
  EXPECT_THAT(message([](Bytes& b) { b.resize(kPlaintextProofBytesMax + 1); }), HasSubstr("over the limit"));
  for (std::size_t size = 0; size < proof_bytes().size(); size += size < 100 ? 1 : 5000) {
    EXPECT_FALSE(decode_plaintext_proof(params, ByteView(proof_bytes()).first(size)).has_value()) << size;
  }
}

TEST(PlaintextProof, AnyFlippedBitIsRefused) {
  for (std::size_t place = 0; place < proof_bytes().size(); place += place < 80 ? 3 : 4567) {
    Bytes flipped = proof_bytes();
    flipped[place] ^= static_cast<std::uint8_t>(1 << place % 8);
    const auto read = decode_plaintext_proof(*batch().params, flipped);
    EXPECT_FALSE(read.has_value() && batch().verify(*read).has_value()) << place;
  }
}

// The copied upload (R21). A ciphertext is public; whoever adds an encryption of zero to it has one that nobody
// recognises, of a value that she does not know.
class CopiedUpload : public ::testing::Test {
 protected:
  CopiedUpload() {
    KeyStream stream(testing::numbered_key(50));
    attacker_.statement.owner.fill(66);
    attacker_.statement.ciphertexts.clear();
    attacker_.witnesses.clear();
    attacker_.add(0.0, stream);
    zero_ = attacker_.ciphertexts.back();
    copy_ = victim_.ciphertexts[0];
    for (std::size_t part = 0; part < 2; ++part) victim_.params->ring().add(copy_.parts[part], zero_.parts[part]);
    attacker_.ciphertexts = {copy_};
    attacker_.statement.ciphertexts = {hash_ciphertext(copy_, *victim_.params)};
  }

  ProvenBatch victim_{1}, attacker_{0};
  Ciphertext zero_, copy_;
};

TEST_F(CopiedUpload, OpensTheVictimsValueWhereNoProofIsAskedFor) {
  EXPECT_NE(copy_.parts, victim_.ciphertexts[0].parts);
  // The mean of the attacker's own rows, as a release would give it.
  const Plaintext opened = decrypt(*victim_.params, victim_.secret, copy_);
  const double mean =
      victim_.encoder.decode_mean(victim_.params->ring().coefficient_zero(opened.poly), copy_.scale).value_or_stop();
  EXPECT_NEAR(mean, 1.0 / 256, 1e-12);
}

TEST_F(CopiedUpload, HasNoProofThatTheVictimsOneCouldBeTurnedInto) {
  const PlaintextProof victims = victim_.prove();
  ASSERT_TRUE(victim_.verify(victims).has_value());
  EXPECT_FALSE(attacker_.verify(victims).has_value()) << "replayed";
  EXPECT_FALSE(attacker_.verify(attacker_.prove()).has_value()) << "with what she knows, the encryption of zero";

  // Adding c times her own secrets to the victim's responses answers the victim's challenge for the copy. Against a
  // verifier whose challenge does not depend on the statement this works.
  const Ring& ring = victim_.params->ring();
  const std::size_t degree = ring.degree();
  PlaintextProof derived = victims;
  const auto challenges = expand_monomials(victims.challenge, 12, degree);
  for (std::size_t v = 0; v < 12; ++v) {
    const auto of = [&](std::vector<i128>& all) { return std::span(all).subspan(v * degree, degree); };
    add_monomial_product(of(derived.u), challenges[v], std::span<const std::int8_t>(attacker_.witnesses[0].u));
    add_monomial_product(of(derived.e), challenges[v], std::span<const std::int8_t>(attacker_.witnesses[0].e));
    add_monomial_product(of(derived.f), challenges[v], std::span<const i128>(attacker_.witnesses[0].f));
  }
  const PlaintextClaim unbound{*victim_.params, victim_.key,
                               hash_plaintext_statement(*victim_.params, victim_.key, victim_.statement),
                               PlaintextProofShape::of(degree, 12, 1)};
  EXPECT_TRUE(verify_claim(unbound, derived, [&](std::size_t) -> Result<Ciphertext> { return copy_; }).has_value())
      << "the version without the binding is open to it";
  EXPECT_FALSE(attacker_.verify(derived).has_value());
}

}  // namespace
}  // namespace mc::fhe
