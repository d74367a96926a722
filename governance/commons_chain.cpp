// SPDX-License-Identifier: Apache-2.0
#include "governance/commons_chain.hpp"

#include <algorithm>

#include "governance/abi.hpp"

namespace mc::governance {
namespace {

// A hundred thousand members are read in fifty calls; each costs the chain's node about ten million gas.
constexpr std::uint64_t kPageSize = 2048;

}  // namespace

std::string_view chamber_name(Chamber chamber) {
  switch (chamber) {
    case Chamber::kPatients:
      return "patients";
    case Chamber::kProviders:
      return "providers";
    case Chamber::kResearchers:
      return "researchers";
    case Chamber::kNone:
      break;
  }
  return "none";
}

std::string_view study_state_name(StudyState state) {
  switch (state) {
    case StudyState::kProposed:
      return "proposed";
    case StudyState::kActive:
      return "active";
    case StudyState::kRejected:
      return "rejected";
    case StudyState::kExpired:
      return "expired";
    case StudyState::kApproved:
      return "approved";
    case StudyState::kVetoed:
      return "vetoed";
    case StudyState::kNone:
      break;
  }
  return "unknown";
}

Hash256 dataset_id(std::string_view name) {
  return Sha256("medcommons/dataset/1").update_sized(view_of(name)).finish();
}

CommonsChain CommonsChain::at_block(std::uint64_t number) const {
  CommonsChain out = *this;
  out.block_ = number;
  return out;
}

Status CommonsChain::verify_chain_id() const {
  MC_TRY(const std::uint64_t id, chain_->chain_id());
  if (id == deployment_.chain_id) return {};
  return fail(Code::kConflict, "the commons lives on chain " + std::to_string(deployment_.chain_id) +
                                   ", this is chain " + std::to_string(id));
}

Status CommonsChain::verify_deployment() const {
  MC_TRY_STATUS(verify_chain_id());
  for (const Address& contract : {deployment_.membership, deployment_.ledger, deployment_.studies}) {
    MC_TRY(const Bytes code, chain_->code(contract));
    if (code.empty()) return fail(Code::kNotFound, "this chain has no contract at " + contract.text());
  }
  struct Reference {
    Address from;
    std::string_view signature;
    Address to;
  };
  for (const Reference& reference : {Reference{deployment_.ledger, "studies()", deployment_.studies},
                                     Reference{deployment_.ledger, "membership()", deployment_.membership},
                                     Reference{deployment_.studies, "membership()", deployment_.membership},
                                     Reference{deployment_.membership, "membership()", deployment_.membership}}) {
    const Result<Address> named = view_address(reference.from, reference.signature, {});
    if (!named && named.error().code == Code::kUnavailable) return fail(named.error());
    if (!named || *named != reference.to) {
      return fail(Code::kConflict, "the contract at " + reference.from.text() +
                                       " is not of this commons: it does not name " + reference.to.text() + " as its " +
                                       std::string(reference.signature));
    }
  }
  return {};
}

Result<Bytes> CommonsChain::view(const Address& contract, std::string_view signature,
                                 const AbiWriter& arguments) const {
  return chain_->call(contract, call_data(signature, arguments), block_);
}

Result<Receipt> CommonsChain::send(const Wallet& wallet, const Address& contract, std::string_view signature,
                                   const AbiWriter& arguments) const {
  MC_TRY(const std::uint64_t id, chain_->chain_id());
  if (id != deployment_.chain_id) {
    return fail(Code::kConflict, "nothing is signed for chain " + std::to_string(id) + ": the commons lives on chain " +
                                     std::to_string(deployment_.chain_id));
  }
  return chain_->send_and_wait(wallet, contract, call_data(signature, arguments));
}

Call CommonsChain::admitting(const Wallet& founder, const Address& member, Chamber chamber) const {
  return {&founder, deployment_.membership,
          call_data("admit(address,uint8)", AbiWriter().address(member).uint(static_cast<std::uint8_t>(chamber)))};
}

Call CommonsChain::appointing(const Wallet& founder, const Address& account, Role role) const {
  return {&founder, deployment_.membership,
          call_data("appoint(address,uint8)", AbiWriter().address(account).uint(static_cast<std::uint8_t>(role)))};
}

Result<Receipt> CommonsChain::seal_founding(const Wallet& founder) const {
  return send(founder, deployment_.membership, "sealFounding()", {});
}

Result<bool> CommonsChain::view_flag(const Address& contract, std::string_view signature,
                                     const AbiWriter& arguments) const {
  MC_TRY(const Bytes bytes, view(contract, signature, arguments));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, signature));
  MC_TRY(const bool flag, reader.boolean());
  MC_TRY_STATUS(reader.finish());
  return flag;
}

Result<std::uint64_t> CommonsChain::view_number(const Address& contract, std::string_view signature,
                                                const AbiWriter& arguments, std::uint64_t value_max) const {
  MC_TRY(const Bytes bytes, view(contract, signature, arguments));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, signature));
  MC_TRY(const std::uint64_t value, reader.u64());
  MC_TRY_STATUS(reader.finish());
  if (value > value_max) {
    return fail(Code::kCorrupt, std::string(signature) + " gave " + std::to_string(value) + ", at most " +
                                    std::to_string(value_max) + " can be meant");
  }
  return value;
}

Result<bool> CommonsChain::founding_sealed() const {
  return view_flag(deployment_.membership, "foundingSealed()", {});
}

Result<Chamber> CommonsChain::chamber_of(const Address& account) const {
  MC_TRY(const std::uint64_t value,
         view_number(deployment_.membership, "chamberOf(address)", AbiWriter().address(account), 3));
  return static_cast<Chamber>(value);
}

Result<std::uint32_t> CommonsChain::member_count(Chamber chamber) const {
  MC_TRY(const std::uint64_t value, view_number(deployment_.membership, "countIn(uint8)",
                                                AbiWriter().uint(static_cast<std::uint8_t>(chamber)), UINT32_MAX));
  return static_cast<std::uint32_t>(value);
}

Result<std::vector<Address>> CommonsChain::members(Chamber chamber) const {
  std::vector<Address> out;
  while (true) {
    const auto arguments = AbiWriter().uint(static_cast<std::uint8_t>(chamber)).uint(out.size()).uint(kPageSize);
    MC_TRY(const Bytes bytes, view(deployment_.membership, "members(uint8,uint256,uint256)", arguments));
    MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "members"));
    MC_TRY(const std::vector<Address> page, reader.addresses(kPageSize));
    MC_TRY_STATUS(reader.finish());
    out.insert(out.end(), page.begin(), page.end());
    if (page.size() < kPageSize) return out;
  }
}

Result<Address> CommonsChain::view_address(const Address& contract, std::string_view signature,
                                           const AbiWriter& arguments) const {
  MC_TRY(const Bytes bytes, view(contract, signature, arguments));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, signature));
  MC_TRY(const Address value, reader.address());
  MC_TRY_STATUS(reader.finish());
  return value;
}

Result<bool> CommonsChain::has_role(const Address& account, Role role) const {
  return view_flag(deployment_.membership, "hasRole(address,uint8)",
                   AbiWriter().address(account).uint(static_cast<std::uint8_t>(role)));
}

}  // namespace mc::governance
