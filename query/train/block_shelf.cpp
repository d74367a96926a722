// SPDX-License-Identifier: Apache-2.0
#include "query/train/block_shelf.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.hpp"

namespace mc::query {
namespace {

std::size_t held_bytes(const BlockShelf::Row& row) {
  std::size_t bytes = 0;
  for (const fhe::Ciphertext& ct : row) {
    for (const fhe::NttPoly& part : ct.parts) bytes += part.held_bytes();
  }
  return bytes;
}

void give_back_spare(BlockShelf::Row& row) {
  for (fhe::Ciphertext& ct : row) {
    for (fhe::NttPoly& part : ct.parts) part.give_back_spare();
  }
}

auto fail_io(const std::string& what, const std::filesystem::path& folder) {
  return fail(Code::kIo, what + " a file for prepared columns in " + folder.string() + ": " + std::strerror(errno));
}

}  // namespace

Status BlockShelf::open_file() {
  if (file_) return {};
  // Without a name: nothing is left behind, whatever happens to the process.
  const int fd = ::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) return fail_io("cannot open", folder_);
  file_.emplace(fd);
  return {};
}

/// One ciphertext after the other, so that no more than one is there twice.
Status BlockShelf::move_to_file(Place& place) {
  for (const fhe::Ciphertext& ct : *place.kept) {
    Writer writer;
    fhe::write_ciphertext(writer, ct, params_);
    const Bytes bytes = std::move(writer).bytes();
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t written =
          ::pwrite(file_->get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(end_ + done));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return fail_io("cannot write " + std::to_string(bytes.size()) + " bytes to", folder_);
      done += static_cast<std::size_t>(written);
    }
    place.stored.push_back({end_, bytes.size(), ct.epoch});
    end_ += bytes.size();
  }
  place.kept.reset();
  return {};
}

Status BlockShelf::append(Row row) {
  give_back_spare(row);
  const std::size_t needed = held_bytes(row);
  places_.push_back({std::make_shared<const Row>(std::move(row)), {}});
  memory_bytes_ += needed;
  if (folder_.empty() || (!file_ && memory_bytes_ <= memory_bytes_max_)) return {};
  MC_TRY_STATUS(open_file());
  for (Place& place : places_) {
    if (place.kept) MC_TRY_STATUS(move_to_file(place));
  }
  memory_bytes_ = 0;
  return {};
}

Result<std::shared_ptr<const BlockShelf::Row>> BlockShelf::row(std::size_t i) const {
  MC_CHECK(i < places_.size());
  const Place& place = places_[i];
  if (place.kept) return place.kept;
  auto row = std::make_shared<Row>();
  Bytes bytes;
  for (const Stored& stored : place.stored) {
    bytes.resize(stored.bytes);
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t got =
          ::pread(file_->get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(stored.offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return fail_io("cannot read " + std::to_string(bytes.size()) + " bytes from", folder_);
      done += static_cast<std::size_t>(got);
    }
    const std::string name = "prepared columns of block " + std::to_string(i);
    Reader reader(bytes, name);
    MC_TRY(fhe::Ciphertext ct, fhe::read_ciphertext(reader, params_));
    MC_TRY_STATUS(reader.finish());
    ct.epoch = stored.epoch;
    row->push_back(std::move(ct));
  }
  return std::shared_ptr<const Row>(std::move(row));
}

void BlockShelf::expect(std::size_t first, std::size_t count) const {
  for (std::size_t i = first; i < std::min(first + count, places_.size()); ++i) {
    const std::vector<Stored>& stored = places_[i].stored;
    if (stored.empty()) continue;
    const std::uint64_t end = stored.back().offset + stored.back().bytes;
    ::posix_fadvise(file_->get(), static_cast<off_t>(stored.front().offset),
                    static_cast<off_t>(end - stored.front().offset), POSIX_FADV_WILLNEED);
  }
}

void BlockShelf::clear() {
  places_.clear();
  file_.reset();
  end_ = 0;
  memory_bytes_ = 0;
}

}  // namespace mc::query
