// SPDX-License-Identifier: Apache-2.0
// What a computation made of every block of persons and needs again pass after pass: kept in memory as long as there
// is room, beyond that in a file without a name, which ends with the process. Ciphertexts are public; the file is as
// long as they are.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/descriptor.hpp"
#include "fhe/ckks/ciphertext.hpp"

namespace mc::query {

class BlockShelf {
 public:
  using Row = std::vector<fhe::Ciphertext>;

  /// `memory_bytes`: of residues that stay in memory. `folder`: where the file goes, which must be on a disk and not in
  /// memory; empty: everything stays in memory. Keeps a reference.
  BlockShelf(const fhe::Params& params, std::size_t memory_bytes, std::filesystem::path folder)
      : params_(params), room_(memory_bytes), folder_(std::move(folder)) {}

  /// Appends a row. kIo when the file cannot be made or written: the message says what to free.
  Status append(Row row);
  /// Row i, of those appended. Thread-safe. kIo, and kCorrupt when the file is not what was written.
  [[nodiscard]] Result<std::shared_ptr<const Row>> row(std::size_t i) const;
  /// Asks the system to have rows first … first + count - 1 ready soon; a hint.
  void expect(std::size_t first, std::size_t count) const;

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] std::uint64_t file_bytes() const { return end_; }

 private:
  struct Place {
    std::shared_ptr<const Row> kept;      // in memory, or
    std::uint64_t offset = 0, bytes = 0;  // in the file:
    std::vector<Epoch> epochs;            // of its ciphertexts, which their bytes do not say
  };
  Status open_file();

  const fhe::Params& params_;
  std::size_t room_;
  std::filesystem::path folder_;
  std::optional<Descriptor> file_;
  std::uint64_t end_ = 0;
  std::vector<Place> rows_;
};

}  // namespace mc::query
