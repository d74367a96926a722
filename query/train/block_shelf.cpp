// SPDX-License-Identifier: Apache-2.0
#include "query/train/block_shelf.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/check.hpp"

namespace mc::query {
namespace {

std::size_t residue_bytes(const BlockShelf::Row& row) {
  std::size_t bytes = 0;
  for (const fhe::Ciphertext& ct : row) {
    for (const fhe::NttPoly& part : ct.parts) bytes += part.limb_count() * part.degree() * sizeof(std::uint64_t);
  }
  return bytes;
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

Status BlockShelf::append(Row row) {
  const std::size_t needed = residue_bytes(row);
  if (folder_.empty() || needed <= room_) {
    room_ -= std::min(needed, room_);
    rows_.push_back({std::make_shared<const Row>(std::move(row)), 0, 0, {}});
    return {};
  }
  MC_TRY_STATUS(open_file());
  Writer writer;
  Place place;
  for (const fhe::Ciphertext& ct : row) {
    fhe::write_ciphertext(writer, ct, params_);
    place.epochs.push_back(ct.epoch);
  }
  const Bytes bytes = std::move(writer).bytes();
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written =
        ::pwrite(file_->get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(end_ + done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail_io("cannot write " + std::to_string(bytes.size()) + " bytes to", folder_);
    done += static_cast<std::size_t>(written);
  }
  place.offset = end_;
  place.bytes = bytes.size();
  end_ += bytes.size();
  rows_.push_back(std::move(place));
  return {};
}

Result<std::shared_ptr<const BlockShelf::Row>> BlockShelf::row(std::size_t i) const {
  MC_CHECK(i < rows_.size());
  const Place& place = rows_[i];
  if (place.kept) return place.kept;
  Bytes bytes(place.bytes);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got =
        ::pread(file_->get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(place.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail_io("cannot read " + std::to_string(bytes.size()) + " bytes from", folder_);
    done += static_cast<std::size_t>(got);
  }
  Reader reader(bytes, "prepared columns of block " + std::to_string(i));
  auto row = std::make_shared<Row>();
  for (const Epoch epoch : place.epochs) {
    MC_TRY(fhe::Ciphertext ct, fhe::read_ciphertext(reader, params_));
    ct.epoch = epoch;
    row->push_back(std::move(ct));
  }
  MC_TRY_STATUS(reader.finish());
  return std::shared_ptr<const Row>(std::move(row));
}

void BlockShelf::expect(std::size_t first, std::size_t count) const {
  for (std::size_t i = first; i < std::min(first + count, rows_.size()); ++i) {
    const Place& place = rows_[i];
    if (place.kept) continue;
    ::posix_fadvise(file_->get(), static_cast<off_t>(place.offset), static_cast<off_t>(place.bytes),
                    POSIX_FADV_WILLNEED);
  }
}

}  // namespace mc::query
