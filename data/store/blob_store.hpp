// SPDX-License-Identifier: Apache-2.0
// What a store node keeps on its disk: blobs under their SHA-256, and small named records. RocksDB with blob files.
// Acknowledged means durable: every write is synced before it returns, and a killed process loses none of them.
// Thread-safe. One process opens a folder at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace mc::data {

inline constexpr std::size_t kStoredBlobBytesMax = std::size_t{256} << 20;
inline constexpr std::size_t kRecordBytesMax = std::size_t{256} << 20;
inline constexpr std::size_t kRecordAreaBytesMax = 64;
inline constexpr std::size_t kRecordKeyBytesMax = 1024;

struct StoreStats {
  std::uint64_t blobs = 0;
  std::uint64_t blob_bytes = 0;
};

class BlobStore {
 public:
  /// Opens or creates the folder. kConflict when another process has it open, kCorrupt or kIo with RocksDB's reason.
  static Result<BlobStore> open(const std::filesystem::path& folder);
  ~BlobStore();
  BlobStore(BlobStore&&) noexcept;
  BlobStore& operator=(BlobStore&&) noexcept;

  /// Keeps a blob. Keeping it again changes nothing.
  ///   errors  kInvalidArgument when the bytes do not hash to `name`; kLimit; kIo
  Status put(const Hash256& name, ByteView bytes);
  /// The blob, hashed again: kCorrupt when the disk gave other bytes, kNotFound.
  [[nodiscard]] Result<Bytes> get(const Hash256& name) const;
  [[nodiscard]] Result<bool> has(const Hash256& name) const;
  [[nodiscard]] StoreStats stats() const;

  // Records: area and key are any bytes within the limits; areas do not see each other.
  /// Writes or replaces.
  Status put_record(std::string_view area, std::string_view key, ByteView bytes);
  /// Writes or replaces all of them, or none.
  Status put_records(std::string_view area, std::span<const std::pair<std::string, Bytes>> records);
  /// Writes once: kConflict when other bytes stand there already; the same bytes again are fine.
  Status create_record(std::string_view area, std::string_view key, ByteView bytes);
  /// kNotFound names area and key; kCorrupt when its checksum fails.
  [[nodiscard]] Result<Bytes> get_record(std::string_view area, std::string_view key) const;
  Status erase_record(std::string_view area, std::string_view key);

  using Record = std::pair<std::string, Bytes>;
  /// All records of an area whose key starts with `prefix`, by ascending key. A snapshot: later writes do not show.
  [[nodiscard]] Result<std::vector<Record>> scan(std::string_view area, std::string_view prefix = {}) const;
  /// The same one by one, for areas that are large; the visitor returns false to stop.
  Status visit(std::string_view area, std::string_view prefix,
               const std::function<bool(std::string_view key, ByteView bytes)>& visitor) const;

 private:
  struct State;
  explicit BlobStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mc::data
