/// @file
/// Whole files: read with a limit, and replaced so that a reader sees the old content or the new, never a part. POSIX.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "hebb/core/error.hpp"

namespace hebb {

/// The most bytes that a file, or what it unpacks to, may take unless told otherwise: 4 GiB.
inline constexpr std::uint64_t default_size_limit = std::uint64_t(1) << 32;

/// An open file, closed when it leaves. Errors name the path and the system's reason.
class FileDescriptor {
 public:
  FileDescriptor(std::filesystem::path path, int number) : path_(std::move(path)), number_(number) { check(number >= 0, "opened"); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }

  std::uint64_t size() const {
    struct stat status;
    check(::fstat(number_, &status) == 0, "read");
    require<IoError>(S_ISREG(status.st_mode), path_, " is not a regular file");
    return std::uint64_t(status.st_size);
  }

  /// Fills the bytes, or throws FormatError where the file ends before.
  void read(std::span<std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::read(number_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      check(count >= 0, "read");
      require<FormatError>(count > 0, path_, " became shorter while it was read");
      bytes = bytes.subspan(std::size_t(count));
    }
  }

  void write(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::write(number_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      check(count > 0, "written");
      bytes = bytes.subspan(std::size_t(count));
    }
  }

  void sync() const { check(::fsync(number_) == 0, "synced"); }

  /// Some file systems report a failed write only here.
  void close() { check(::close(std::exchange(number_, -1)) == 0, "closed"); }

 private:
  void check(bool success, const char* what) const {
    require<IoError>(success, path_, " cannot be ", what, ": ", std::generic_category().message(errno));
  }

  std::filesystem::path path_;
  int number_;
};

/// The content of a regular file. Throws IoError, or FormatError when it is longer than the limit.
inline std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t limit = default_size_limit) {
  const FileDescriptor file(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe without a writer must not block
  const std::uint64_t size = file.size();
  require<FormatError>(size <= limit, path, " has ", size, " bytes, more than the limit of ", limit);
  std::vector<std::byte> bytes(size);
  file.read(bytes);
  return bytes;
}

/// Replaces the content of a file, or makes it: written beside it under a new name, synced, and renamed.
///
/// Whatever goes wrong, a full disk or a killed process, the path holds its old content or all of the new one. On an error the
/// file beside it is removed, and IoError thrown; a killed process leaves it (`path.tmp-<process>-<n>`).
inline void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::filesystem::path temporary;
  int number = -1;
  for (int n = 0; number < 0 && n < 100; ++n) {
    temporary = path;
    temporary += sentence(".tmp-", ::getpid(), "-", n);
    number = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);  // never through what is there
    if (number < 0 && errno != EEXIST) break;
  }
  FileDescriptor file(temporary, number);
  try {
    file.write(bytes);
    file.sync();
    file.close();
    require<IoError>(::rename(temporary.c_str(), path.c_str()) == 0, path, " cannot be replaced: ", std::generic_category().message(errno));
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";
  FileDescriptor(directory, ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)).sync();  // the new name is data too
}

}  // namespace hebb
