// SPDX-License-Identifier: Apache-2.0
// A file of records that is only ever appended to, synced before `append` returns. Records are chained by hashes: a
// damaged one, and one taken out or moved, is told apart from an end that a crash cut short. The latter is dropped on
// opening, for it was never acknowledged. Not thread-safe; one process at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "base/hash.hpp"
#include "base/result.hpp"

namespace mc::node {

/// How far a chained file has come: the size of its records, and the seal of the last.
struct FileMark {
  std::uint64_t bytes = 0;
  Hash256 seal;
  friend bool operator==(const FileMark&, const FileMark&) = default;
};

class ChainedFile {
 public:
  struct Limits {
    std::size_t record_bytes_max = 0;
    std::size_t file_bytes_max = 0;
  };
  using OnRecord = std::function<Status(ByteView)>;

  /// Opens or creates, and hands out every record. `format` separates one kind of file from another. `reached`: what
  /// the file had come to when somebody looked; it must go on from there.
  ///   errors  kCorrupt with the record's number; kNotFound when records are missing; kConflict when another process
  ///   has it open; kIo; kLimit; what
  ///           `on_record` says
  static Result<std::unique_ptr<ChainedFile>> open(const std::filesystem::path& path, std::string_view format,
                                                   Limits limits, const OnRecord& on_record,
                                                   const FileMark& reached = {});
  ~ChainedFile();
  ChainedFile(const ChainedFile&) = delete;
  ChainedFile& operator=(const ChainedFile&) = delete;

  /// All or nothing, and on disk when it returns. After a failure nothing more is taken: what is on disk is unknown
  /// until the file is opened again.
  ///   errors  kIo; kLimit when the file would pass its limit
  Status append(ByteView record);
  /// Of all records, as they lie on disk.
  [[nodiscard]] std::uint64_t bytes() const { return end_; }
  [[nodiscard]] FileMark mark() const { return {end_, seal_}; }

 private:
  ChainedFile(std::filesystem::path path, std::string_view format, Limits limits, int descriptor)
      : path_(std::move(path)), format_(format), limits_(limits), descriptor_(descriptor) {}
  Status load(const OnRecord& on_record, const FileMark& reached);
  Status write_at_end(ByteView bytes) const;
  [[nodiscard]] Hash256 record_head(std::uint32_t size) const;
  [[nodiscard]] Hash256 record_seal(const Hash256& head, ByteView record) const;

  std::filesystem::path path_;
  std::string format_;
  Limits limits_;
  int descriptor_;
  std::uint64_t end_ = 0;
  Hash256 seal_;         // of the last whole record; zero before the first
  bool failed_ = false;  // a write failed: no more are tried
};

}  // namespace mc::node
