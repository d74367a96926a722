// SPDX-License-Identifier: Apache-2.0
// What a computation made of every block of persons and needs again pass after pass: in memory as long as all of it
// fits there, otherwise all of it in a file without a name, which ends with the process. A part in memory would spare
// little: passes read rows in turn, and where there are many, most of them come from the file anyway. Ciphertexts are
// public; the file is as long as they are.
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

  /// `memory_bytes`: of rows that stay in memory, as it holds them. `folder`: where the file goes, which must be on a
  /// disk and not in memory; empty: everything stays in memory. Keeps a reference.
  BlockShelf(const fhe::Params& params, std::size_t memory_bytes, std::filesystem::path folder)
      : params_(params), memory_bytes_max_(memory_bytes), folder_(std::move(folder)) {}

  /// Appends a row. kIo when the file cannot be made or written: the message says what to free.
  Status append(Row row);
  /// Row i, of those appended. Thread-safe. kIo, and kCorrupt when the file is not what was written.
  [[nodiscard]] Result<std::shared_ptr<const Row>> row(std::size_t i) const;
  /// Asks the system to have rows first … first + count - 1 ready soon; a hint.
  void expect(std::size_t first, std::size_t count) const;
  /// Gives up all rows, their memory and their file.
  void clear();

  [[nodiscard]] std::size_t size() const { return places_.size(); }
  [[nodiscard]] std::uint64_t file_bytes() const { return end_; }
  /// What rows hold in memory.
  [[nodiscard]] std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  /// A ciphertext in the file.
  struct Stored {
    std::uint64_t offset = 0, bytes = 0;
    Epoch epoch;  // which its bytes do not say
  };
  struct Place {
    std::shared_ptr<const Row> kept;  // in memory, or
    std::vector<Stored> stored;       // in the file
  };
  Status open_file();
  Status move_to_file(Place& place);

  const fhe::Params& params_;
  std::size_t memory_bytes_max_;
  std::filesystem::path folder_;
  std::optional<Descriptor> file_;
  std::uint64_t end_ = 0;
  std::size_t memory_bytes_ = 0;
  std::vector<Place> places_;
};

}  // namespace mc::query
