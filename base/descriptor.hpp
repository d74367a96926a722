// SPDX-License-Identifier: Apache-2.0
// An open file of the operating system that closes when it dies.
#pragma once

#include <unistd.h>

namespace mc {

class Descriptor {
 public:
  /// Takes what open(2) returned; below zero stands for none.
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace mc
