// SPDX-License-Identifier: Apache-2.0
#include "node/consent_desk.hpp"

#include <fmt/format.h>

#include "node/limits.hpp"
#include "node/logging.hpp"

namespace mc::node {
namespace {

constexpr std::string_view kArea = "statements";
constexpr std::size_t kReplyStatementsMax = 50'000;

std::string statement_key(std::uint64_t number) {
  return fmt::format("{:020}", number);
}

}  // namespace

ConsentDesk::ConsentDesk(const client::CommonsDocument& document, data::BlobStore& store,
                         const governance::CommonsChain& chain, const governance::Wallet& node_operator)
    : document_(document),
      store_(store),
      chain_(chain),
      node_operator_(node_operator),
      dataset_(governance::dataset_id(document.dataset)),
      state_(dataset_, governance::consent_domain(document.deployment)) {}

Status ConsentDesk::refresh() {
  const std::lock_guard lock(mutex_);
  MC_TRY(const governance::PublishedRanges ranges, chain_.published_ranges(dataset_));
  if (!built_from_ || built_from_->taking_part != ranges.taking_part || built_from_->left != ranges.left) {
    MC_TRY_STATUS(rebuild());
  }
  return post_root();
}

Status ConsentDesk::rebuild() {
  governance::ConsentState state(dataset_, governance::consent_domain(document_.deployment));
  MC_TRY(governance::PublishedRanges ranges, chain_.published_ranges(dataset_));
  bool is_whole = true;
  // Leaves stay in the tree when their owner leaves. A publication that nobody can read has none: questions wait for
  // its owner or for her removal, patients' statements about other records do not.
  for (const auto* list : {&ranges.taking_part, &ranges.left}) {
    for (const governance::SlotRange& range : *list) {
      const auto bytes = store_.get(range.attestation);
      if (!bytes && bytes.error().code != Code::kNotFound) return fail(bytes.error());
      const Status applied = bytes ? state.apply_published(range.owner, range.count, *bytes) : fail(bytes.error());
      if (!applied) log_warning(applied.error().message);
      is_whole = is_whole && bytes.has_value();
    }
  }
  MC_TRY(const std::vector<data::BlobStore::Record> records, store_.scan(kArea));
  SaidOf said;
  for (const auto& [key, bytes] : records) {
    MC_TRY(const governance::SignedConsentStatement statement, governance::decode_consent_statement(bytes));
    MC_TRY_STATUS(state.apply(statement));
    count(statement.statement, said);
  }
  state_ = std::move(state);
  said_ = std::move(said);
  statement_count_ = records.size();
  built_from_.reset();
  if (is_whole) built_from_ = std::move(ranges);
  return {};
}

/// One person could otherwise fill the list that everybody reads, and nobody would read it any more.
Status ConsentDesk::check_said(const governance::ConsentStatement& statement) const {
  const auto found = said_.find(governance::consent_key(statement.owner, statement.person));
  if (found == said_.end()) return {};
  const bool revokes = statement.action == governance::ConsentAction::kRevoke;
  const std::uint32_t before = revokes ? found->second.revokes : found->second.permits;
  const std::uint32_t most = revokes ? 2 * kStatementsPerRecordMax : kStatementsPerRecordMax;
  if (before < most) return {};
  return fail(Code::kLimit, "the store has taken " + std::to_string(before) + " statements that " +
                                (revokes ? "revoke" : "permit") + " about person " + statement.person.hex() +
                                " and takes no more; revoke on chain");
}

void ConsentDesk::count(const governance::ConsentStatement& statement, SaidOf& all) {
  Said& said = all[governance::consent_key(statement.owner, statement.person)];
  ++(statement.action == governance::ConsentAction::kRevoke ? said.revokes : said.permits);
}

Status ConsentDesk::post_root() {
  if (state_.size() == 0) return {};
  const auto current = chain_.consent_root(dataset_);
  if (!current && current.error().code != Code::kNotFound) return fail(current.error());
  if (current && current->root == state_.root()) return {};
  MC_TRY([[maybe_unused]] const governance::Receipt receipt,
         chain_.set_consent_root(node_operator_, dataset_, state_.root()));
  return {};
}

Result<governance::ConsentLeaf> ConsentDesk::apply(const governance::SignedConsentStatement& signed_statement,
                                                   std::uint64_t now_s) {
  const governance::ConsentStatement& statement = signed_statement.statement;
  const auto leaf = state_.leaf(statement.owner, statement.person);
  if (leaf && !leaf->delegate.is_zero()) {
    const auto digest = governance::consent_digest(governance::consent_domain(document_.deployment), statement);
    const auto signer = governance::recover(digest, signed_statement.signature);
    if (signer && *signer == leaf->delegate && *signer != leaf->patient && now_s >= leaf->delegate_until_s) {
      return fail(Code::kRefused, "the delegation to " + signer->text() + " ended at " +
                                      std::to_string(leaf->delegate_until_s) + ", the chain's time is " +
                                      std::to_string(now_s));
    }
  }
  MC_TRY_STATUS(check_said(statement));
  MC_TRY_STATUS(state_.apply(signed_statement));
  count(statement, said_);
  return leaf;
}

void ConsentDesk::take_back(std::span<const governance::ConsentLeaf> found,
                            std::span<const governance::SignedConsentStatement> applied) {
  for (std::size_t i = found.size(); i-- > 0;) {
    state_.put_back(found[i]);
    const governance::ConsentStatement& statement = applied[i].statement;
    Said& said = said_[governance::consent_key(statement.owner, statement.person)];
    --(statement.action == governance::ConsentAction::kRevoke ? said.revokes : said.permits);
  }
}

Status ConsentDesk::take(std::span<const Bytes> statements) {
  std::vector<governance::SignedConsentStatement> decoded;
  for (const Bytes& bytes : statements) {
    MC_TRY(decoded.emplace_back(), governance::decode_consent_statement(bytes));
  }
  // Without the chain's time a delegate's end cannot be seen; what he says too late permits nothing in any case.
  const auto head = chain_.chain().latest_block();
  const std::uint64_t now_s = head ? head->time_s : 0;
  const std::lock_guard lock(mutex_);
  std::vector<data::BlobStore::Record> records;
  std::vector<governance::ConsentLeaf> found;
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    auto applied = apply(decoded[i], now_s);
    if (!applied) {
      take_back(found, decoded);
      const std::string which = "statement " + std::to_string(i + 1) + " of " + std::to_string(decoded.size());
      return fail(decoded.size() == 1 ? applied.error() : applied.error().within(which));
    }
    found.push_back(std::move(*applied));
    records.emplace_back(statement_key(statement_count_ + i), statements[i]);
  }
  if (const Status stored = store_.put_records(kArea, records); !stored) {
    // The state must never be ahead of the disk: a root that nobody can rebuild would stop every release.
    take_back(found, decoded);
    return stored;
  }
  statement_count_ += records.size();
  if (const Status posted = post_root(); !posted) {
    return fail(Code::kUnavailable,
                "the statement is kept, but its consent root is not on chain yet: " + posted.error().message);
  }
  return {};
}

Result<std::vector<Bytes>> ConsentDesk::statements(std::uint64_t from) const {
  const std::lock_guard lock(mutex_);
  std::vector<Bytes> out;
  for (std::uint64_t number = from; number < statement_count_ && out.size() < kReplyStatementsMax; ++number) {
    MC_TRY(Bytes bytes, store_.get_record(kArea, statement_key(number)));
    out.push_back(std::move(bytes));
  }
  return out;
}

}  // namespace mc::node
