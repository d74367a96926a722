// SPDX-License-Identifier: Apache-2.0
// Which moves of the data from one committee to the next are to be relied on where owners are not trusted with the
// key. Pure functions; thread-safe.
#pragma once

#include <optional>
#include <span>

#include "client/commons_document.hpp"
#include "data/sealed/manifest.hpp"

namespace mc::node {

/// The first committee, from that of `epoch` on, of which so few took part in the move to the next that a lie of one
/// would not have been noticed (R8: fewer than 2t-1); nothing where there is none, or `epoch` is the document's own.
///   errors  kNotFound: the commons had no committee of that epoch
Result<std::optional<Epoch>> unsound_move_since(const client::CommonsDocument& document, Epoch epoch);

/// Whether every upload came through sound moves only. One custodian who makes a part of a switching key unseen can
/// have a column decrypt to numbers of the new committee's secret, whatever its upload proved
/// (docs/design/0053-verdicts-outlive-their-committee.md): an owner in league with it needs no product for that.
///   errors  kRefused names the owner and what to do; kNotFound as above
Status check_moves(const client::CommonsDocument& document, std::span<const data::Manifest> manifests);

/// "that so few took part in …": one sentence for what is refused after such a move.
std::string unsound_move_text(Epoch from);

}  // namespace mc::node
