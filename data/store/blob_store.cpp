// SPDX-License-Identifier: Apache-2.0
#include "data/store/blob_store.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <exception>
#include <mutex>

#include "base/codec.hpp"

namespace mc::data {
namespace {

// Memory of one store: two write buffers per family, the block cache and open tables; far below 2 GiB together.
constexpr std::size_t kWriteBufferBytes = std::size_t{16} << 20;
constexpr std::size_t kBlockCacheBytes = std::size_t{16} << 20;
constexpr std::uint64_t kLogBytesMax = std::uint64_t{128} << 20;
constexpr std::uint64_t kBlobFileBytes = std::uint64_t{128} << 20;
constexpr std::uint64_t kInBlobFileFromBytes = 4096;
constexpr int kOpenFilesMax = 128;

// Families: the blobs; each blob's size (so that statistics never read a blob); the records.
constexpr std::size_t kBlobs = 0;
constexpr std::size_t kSizes = 1;
constexpr std::size_t kRecords = 2;

rocksdb::Slice slice_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
ByteView view_of_slice(const rocksdb::Slice& slice) {
  return {reinterpret_cast<const std::uint8_t*>(slice.data()), slice.size()};
}

tl::unexpected<Error> store_error(const rocksdb::Status& status, const std::string& action) {
  const Code code = status.IsCorruption() ? Code::kCorrupt : Code::kIo;
  return fail(code, "store: cannot " + action + ": " + status.ToString());
}

rocksdb::Options base_options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.max_open_files = kOpenFilesMax;
  options.max_total_wal_size = kLogBytesMax;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1 << 20;
  // A torn last write was never acknowledged; anything else wrong in the log must not be passed over.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  return options;
}

rocksdb::ColumnFamilyOptions family_options(bool has_blob_files) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_write_buffer_number = 2;
  // Ciphertext does not compress.
  options.compression = rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.enable_blob_files = has_blob_files;
  options.min_blob_size = kInBlobFileFromBytes;
  options.blob_file_size = kBlobFileBytes;
  options.enable_blob_garbage_collection = has_blob_files;
  return options;
}

rocksdb::WriteOptions durable() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

// area length (one byte), area, key: areas are never prefixes of each other.
Result<std::string> record_key(std::string_view area, std::string_view key) {
  if (area.empty() || area.size() > kRecordAreaBytesMax) {
    return fail(Code::kInvalidArgument, "store: a record area has 1 to " + std::to_string(kRecordAreaBytesMax) +
                                            " bytes, this one " + std::to_string(area.size()));
  }
  if (key.size() > kRecordKeyBytesMax) {
    return fail(Code::kLimit, "store: a record key of " + std::to_string(key.size()) + " bytes is over the limit of " +
                                  std::to_string(kRecordKeyBytesMax));
  }
  std::string full;
  full.push_back(static_cast<char>(area.size()));
  full += area;
  full += key;
  return full;
}

std::string record_place(std::string_view area, std::string_view key) {
  return "store: record \"" + std::string(key) + "\" in \"" + std::string(area) + "\"";
}

// A record on disk: SHA-256 of its full key and bytes, then the bytes; a swapped or rotten record shows.
Hash256 record_sum(std::string_view full_key, ByteView bytes) {
  return Sha256("store/record").update_sized(view_of(full_key)).update_sized(bytes).finish();
}

Result<ByteView> opened_record(std::string_view full_key, ByteView stored, const std::string& place) {
  if (stored.size() < 32) return fail(Code::kCorrupt, place + " is truncated on disk");
  const ByteView bytes = stored.subspan(32);
  const Hash256 sum = record_sum(full_key, bytes);
  if (!std::equal(sum.bytes.begin(), sum.bytes.end(), stored.begin()))
    return fail(Code::kCorrupt, place + " was altered on disk");
  return bytes;
}

}  // namespace

struct BlobStore::State {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  // Held while a name is looked up and written, so that statistics and create_record are exact.
  std::mutex writing;
  mutable std::mutex counting;
  StoreStats stats;

  ~State() {
    if (!db) return;
    for (auto* family : families) db->DestroyColumnFamilyHandle(family);
    db->Close();
  }

  Status count_blobs() {
    const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(rocksdb::ReadOptions(), families[kSizes]));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      Reader reader(view_of_slice(it->value()), "store: size of a blob");
      MC_TRY(const std::uint64_t size, reader.u64());
      MC_TRY_STATUS(reader.finish());
      ++stats.blobs;
      stats.blob_bytes += size;
    }
    if (!it->status().ok()) return store_error(it->status(), "count the blobs");
    return {};
  }

  [[nodiscard]] Result<bool> has(const Hash256& name) const {
    rocksdb::PinnableSlice size;
    const rocksdb::Status status = db->Get(rocksdb::ReadOptions(), families[kSizes], slice_of(name.view()), &size);
    if (status.IsNotFound()) return false;
    if (!status.ok()) return store_error(status, "look up blob " + name.hex());
    return true;
  }

  Status add_record(rocksdb::WriteBatch& batch, const std::string& full, ByteView bytes, const std::string& place) {
    if (bytes.size() > kRecordBytesMax) {
      return fail(Code::kLimit, place + ": " + std::to_string(bytes.size()) + " bytes are over the limit of " +
                                    std::to_string(kRecordBytesMax));
    }
    Writer writer;
    writer.hash(record_sum(full, bytes));
    writer.raw(bytes);
    const rocksdb::Status status = batch.Put(families[kRecords], full, slice_of(writer.bytes()));
    if (!status.ok()) return store_error(status, "write a record");
    return {};
  }

  Status write_record(const std::string& full, ByteView bytes, const std::string& place) {
    rocksdb::WriteBatch batch;
    MC_TRY_STATUS(add_record(batch, full, bytes, place));
    return commit(batch);
  }

  Status commit(rocksdb::WriteBatch& batch) {
    const rocksdb::Status status = db->Write(durable(), &batch);
    if (!status.ok()) return store_error(status, "write a record");
    return {};
  }

  [[nodiscard]] Result<Bytes> read_record(const std::string& full, const std::string& place) const {
    rocksdb::PinnableSlice stored;
    const rocksdb::Status status = db->Get(rocksdb::ReadOptions(), families[kRecords], full, &stored);
    if (status.IsNotFound()) return fail(Code::kNotFound, place + " does not exist");
    if (!status.ok()) return store_error(status, "read a record");
    MC_TRY(const ByteView bytes, opened_record(full, view_of_slice(stored), place));
    return Bytes(bytes.begin(), bytes.end());
  }
};

BlobStore::BlobStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
BlobStore::~BlobStore() = default;
BlobStore::BlobStore(BlobStore&&) noexcept = default;
BlobStore& BlobStore::operator=(BlobStore&&) noexcept = default;

Result<BlobStore> BlobStore::open(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::kIo, "store: cannot create " + folder.string() + ": " + error.message());
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, family_options(true)},
      {"sizes", family_options(false)},
      {"records", family_options(true)}};
  auto state = std::make_unique<State>();
  rocksdb::DB* db = nullptr;
  rocksdb::Status status;
  try {
    status = rocksdb::DB::Open(base_options(), folder.string(), families, &state->families, &db);
  } catch (const std::exception& thrown) {  // background threads that the system refuses
    return fail(Code::kIo, "store: cannot open " + folder.string() + ": " + thrown.what());
  }
  if (!status.ok()) {
    // RocksDB has no status of its own for a lock that another process holds.
    if (status.IsIOError() && status.ToString().find("lock") != std::string::npos) {
      return fail(Code::kConflict, "store: " + folder.string() + " is already open in another process");
    }
    return store_error(status, "open " + folder.string());
  }
  state->db.reset(db);
  MC_TRY_STATUS(state->count_blobs());
  return BlobStore(std::move(state));
}

Status BlobStore::put(const Hash256& name, ByteView bytes) {
  if (bytes.size() > kStoredBlobBytesMax) {
    return fail(Code::kLimit, "store: a blob of " + std::to_string(bytes.size()) + " bytes is over the limit of " +
                                  std::to_string(kStoredBlobBytesMax));
  }
  if (const Hash256 found = sha256(bytes); found != name) {
    return fail(Code::kInvalidArgument,
                "store: the bytes hash to " + found.hex() + ", not to their name " + name.hex());
  }
  const std::lock_guard lock(state_->writing);
  MC_TRY(const bool is_known, state_->has(name));
  if (is_known) return {};
  Writer size;
  size.u64(bytes.size());
  rocksdb::WriteBatch batch;
  batch.Put(state_->families[kBlobs], slice_of(name.view()), slice_of(bytes));
  batch.Put(state_->families[kSizes], slice_of(name.view()), slice_of(size.bytes()));
  const rocksdb::Status status = state_->db->Write(durable(), &batch);
  if (!status.ok()) return store_error(status, "write blob " + name.hex());
  const std::lock_guard count(state_->counting);
  ++state_->stats.blobs;
  state_->stats.blob_bytes += bytes.size();
  return {};
}

Result<Bytes> BlobStore::get(const Hash256& name) const {
  rocksdb::PinnableSlice stored;
  rocksdb::ReadOptions options;
  options.verify_checksums = false;  // its hash, below, says more, and the checksum costs more than the hash
  const rocksdb::Status status = state_->db->Get(options, state_->families[kBlobs], slice_of(name.view()), &stored);
  if (status.IsNotFound()) return fail(Code::kNotFound, "store: there is no blob " + name.hex());
  if (!status.ok()) return store_error(status, "read blob " + name.hex());
  const ByteView bytes = view_of_slice(stored);
  if (sha256(bytes) != name) return fail(Code::kCorrupt, "store: blob " + name.hex() + " was altered on disk");
  return Bytes(bytes.begin(), bytes.end());
}

Result<bool> BlobStore::has(const Hash256& name) const {
  return state_->has(name);
}

StoreStats BlobStore::stats() const {
  const std::lock_guard lock(state_->counting);
  return state_->stats;
}

Status BlobStore::put_record(std::string_view area, std::string_view key, ByteView bytes) {
  MC_TRY(const std::string full, record_key(area, key));
  const std::lock_guard lock(state_->writing);
  return state_->write_record(full, bytes, record_place(area, key));
}

Status BlobStore::put_records(std::string_view area, std::span<const std::pair<std::string, Bytes>> records) {
  rocksdb::WriteBatch batch;
  for (const auto& [key, bytes] : records) {
    MC_TRY(const std::string full, record_key(area, key));
    MC_TRY_STATUS(state_->add_record(batch, full, bytes, record_place(area, key)));
  }
  const std::lock_guard lock(state_->writing);
  return state_->commit(batch);
}

Status BlobStore::create_record(std::string_view area, std::string_view key, ByteView bytes) {
  MC_TRY(const std::string full, record_key(area, key));
  const std::string place = record_place(area, key);
  const std::lock_guard lock(state_->writing);
  const auto existing = state_->read_record(full, place);
  if (existing) {
    if (std::equal(existing->begin(), existing->end(), bytes.begin(), bytes.end())) return {};
    return fail(Code::kConflict, place + " exists already with other content");
  }
  if (existing.error().code != Code::kNotFound) return fail(existing.error());
  return state_->write_record(full, bytes, place);
}

Result<Bytes> BlobStore::get_record(std::string_view area, std::string_view key) const {
  MC_TRY(const std::string full, record_key(area, key));
  return state_->read_record(full, record_place(area, key));
}

Status BlobStore::erase_record(std::string_view area, std::string_view key) {
  MC_TRY(const std::string full, record_key(area, key));
  const std::lock_guard lock(state_->writing);
  const rocksdb::Status status = state_->db->Delete(durable(), state_->families[kRecords], full);
  if (!status.ok()) return store_error(status, "erase a record");
  return {};
}

Status BlobStore::visit(std::string_view area, std::string_view prefix,
                        const std::function<bool(std::string_view key, ByteView bytes)>& visitor) const {
  MC_TRY(const std::string from, record_key(area, prefix));
  const std::unique_ptr<rocksdb::Iterator> it(
      state_->db->NewIterator(rocksdb::ReadOptions(), state_->families[kRecords]));
  for (it->Seek(from); it->Valid() && it->key().starts_with(from); it->Next()) {
    const std::string_view full(it->key().data(), it->key().size());
    const std::string_view key = full.substr(1 + area.size());
    MC_TRY(const ByteView bytes, opened_record(full, view_of_slice(it->value()), record_place(area, key)));
    if (!visitor(key, bytes)) return {};
  }
  if (!it->status().ok()) return store_error(it->status(), "list \"" + std::string(area) + "\"");
  return {};
}

Result<std::vector<BlobStore::Record>> BlobStore::scan(std::string_view area, std::string_view prefix) const {
  std::vector<Record> records;
  MC_TRY_STATUS(visit(area, prefix, [&](std::string_view key, ByteView bytes) {
    records.emplace_back(std::string(key), Bytes(bytes.begin(), bytes.end()));
    return true;
  }));
  return records;
}

}  // namespace mc::data
