/// @file
/// Reading of files up to a limit, and replacement of files such that readers see either the old or
/// the new content. Needs POSIX.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "hebb/core/error.hpp"

namespace hebb {

/// The default for the largest file, and for its largest unpacked content: 4 GiB.
inline constexpr std::uint64_t default_size_limit = std::uint64_t(1) << 32;

/// The bytes of a text.
inline std::span<const std::byte> text_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Throws IoError with the reason of the last system call.
[[noreturn]] inline void fail_io(const std::filesystem::path& path, const char* what) {
  throw IoError(sentence(path, " cannot be ", what, ": ", std::generic_category().message(errno)));
}

/// Repeats a system call while signals interrupt it.
auto retry(const auto& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// An open file; the destructor closes it. Errors name the path and the system's reason.
class FileDescriptor {
 public:
  /// Opens a file with the flags of open(2). Throws IoError.
  FileDescriptor(std::filesystem::path path, int flags) : path_(std::move(path)) {
    number_ = retry([&] { return ::open(path_.c_str(), flags | O_CLOEXEC); });
    if (number_ < 0) fail_io(path_, "opened");
  }

  /// Takes ownership of an open file.
  FileDescriptor(int number, std::filesystem::path&& path) noexcept
      : path_(std::move(path)), number_(number) {}

  /// Takes the open file over.
  FileDescriptor(FileDescriptor&& other) noexcept
      : path_(std::move(other.path_)), number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }

  const std::filesystem::path& path() const { return path_; }  ///< as opened
  int number() const { return number_; }                       ///< that of the system; stays owned

  /// Bytes in the file. Throws IoError for what is not a regular file.
  std::uint64_t size() const {
    struct stat status;
    if (::fstat(number_, &status) != 0) fail_io(path_, "read");
    require<IoError>(S_ISREG(status.st_mode), path_, " is not a regular file");
    return std::uint64_t(status.st_size);
  }

  /// Fills the span. Throws FormatError when the file ends before.
  void read(std::span<std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = retry([&] { return ::read(number_, bytes.data(), bytes.size()); });
      if (count < 0) fail_io(path_, "read");
      require<FormatError>(count > 0, path_, " became shorter while it was read");
      bytes = bytes.subspan(std::size_t(count));
    }
  }

  /// Writes all bytes. Throws IoError.
  void write(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = retry([&] { return ::write(number_, bytes.data(), bytes.size()); });
      if (count == 0) errno = ENOSPC;
      if (count <= 0) fail_io(path_, "written");
      bytes = bytes.subspan(std::size_t(count));
    }
  }

  /// The same open file as a C stream, which the caller closes.
  std::FILE* stream() const {
    const int copy = retry([&] { return ::fcntl(number_, F_DUPFD_CLOEXEC, 0); });
    if (copy < 0) fail_io(path_, "opened");
    std::FILE* const result = ::fdopen(copy, "rb");
    if (!result) {
      ::close(copy);
      fail_io(path_, "opened");
    }
    return result;
  }

  /// Waits until the file is on the disk. Throws IoError.
  void sync() const {
    if (retry([&] { return ::fsync(number_); }) != 0) fail_io(path_, "synced");
  }

 private:
  std::filesystem::path path_;
  int number_ = -1;
};

/// Opens a regular file to read it. Throws IoError, or FormatError when it is longer than the
/// limit.
inline FileDescriptor open_to_read(const std::filesystem::path& path,
                                   std::uint64_t limit = default_size_limit) {
  FileDescriptor file(path, O_RDONLY | O_NONBLOCK);  // a pipe without a writer must not block
  const std::uint64_t size = file.size();
  require<FormatError>(size <= limit, path, " has ", size, " bytes, more than the limit of ",
                       limit);
  return file;
}

/// The content of a regular file. Throws IoError, or FormatError when it is longer than the limit.
inline std::vector<std::byte> read_file(const std::filesystem::path& path,
                                        std::uint64_t limit = default_size_limit) {
  const FileDescriptor file = open_to_read(path, limit);
  std::vector<std::byte> bytes(file.size());
  file.read(bytes);
  return bytes;
}

/// Writes a new file, or new content for an existing one, to a temporary file in the same
/// directory. `commit` then renames it to its final name.
///
/// At every moment, even after a full disk or a killed process, the path holds all of its old
/// content or all of the new one. A replaced file keeps its mode. A symbolic link is followed, and
/// its target is replaced. Throws IoError when the path is not a regular file, and for every error
/// of the system.
///
/// The temporary file is called `path.tmp-<n>` and removed on an error. A killed process leaves it
/// behind. The next replacement of the same path, by any process, removes it, because nobody holds
/// its lock.
class FileReplacement {
 public:
  /// Opens the temporary file. Throws IoError.
  explicit FileReplacement(const std::filesystem::path& path) : path_(follow(path)) {
    struct stat old;
    const bool exists = ::stat(path_.c_str(), &old) == 0;
    require<IoError>(!exists || S_ISREG(old.st_mode), path_,
                     " cannot be replaced: it is not a regular file");
    if (exists) mode_ = old.st_mode & 0777;
    constexpr int most_writers = 100;  // at the same time
    for (int n = 0; n < most_writers && !file_; ++n) {
      std::filesystem::path name = path_;
      name += sentence(".tmp-", n);
      const int number = make(name.c_str(), mode_.value_or(0666));
      if (number < 0 && errno != EEXIST) fail_io(name, "opened");
      if (number >= 0) file_.emplace(number, std::move(name));
    }
    require<IoError>(file_.has_value(), path_, " cannot be replaced: ", most_writers,
                     " files beside it, called ", path_.filename(), ".tmp-<n>, are in use");
  }

  FileReplacement(const FileReplacement&) = delete;
  FileReplacement& operator=(const FileReplacement&) = delete;
  ~FileReplacement() {
    if (!done_) ::unlink(file_->path().c_str());
  }

  /// Appends to the temporary file.
  void write(std::span<const std::byte> bytes) const { file_->write(bytes); }

  /// Gives the file its final name, once. Without it, the destructor removes the temporary file.
  void commit() {
    if (mode_ && ::fchmod(file_->number(), *mode_) != 0)
      fail_io(file_->path(), "given its mode");  // open applied the umask
    file_->sync();
    const FileDescriptor directory(path_.has_parent_path() ? path_.parent_path() : ".",
                                   O_RDONLY | O_DIRECTORY);
    if (::rename(file_->path().c_str(), path_.c_str()) != 0) fail_io(path_, "replaced");
    done_ = true;
    directory.sync();  // makes the new name permanent
  }

 private:
  static std::filesystem::path follow(std::filesystem::path path) {
    constexpr int most_links = 40;  // as in Linux
    for (int n = 0; n < most_links; ++n) {
      std::error_code no_link;
      const std::filesystem::path target = std::filesystem::read_symlink(path, no_link);
      if (no_link) return path;
      path = path.parent_path() / target;
    }
    errno = ELOOP;
    fail_io(path, "replaced");
  }

  /// Creates and locks a new file, after removing an abandoned file of that name. On failure it
  /// returns -1 and sets errno.
  static int make(const char* name, mode_t mode) {
    for (int attempt = 0; attempt < 2; ++attempt) {
      const int file = ::open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
      if (file >= 0) {
        // Before it was locked, another process may have removed it as abandoned.
        if ((::flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) &&
            is_called(file, name))
          return file;
        ::close(file);
      } else if (errno != EEXIST || !remove_abandoned(name)) {
        return -1;
      }
    }
    errno = EEXIST;
    return -1;
  }

  static bool remove_abandoned(const char* name) {
    const int error = errno;
    const int file = ::open(name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    const bool abandoned = file >= 0 && ::flock(file, LOCK_EX | LOCK_NB) == 0 &&
                           is_called(file, name) && ::unlink(name) == 0;
    if (file >= 0) ::close(file);
    errno = error;
    return abandoned;
  }

  /// Whether the open file is the one of this name, and a regular file.
  static bool is_called(int file, const char* name) {
    struct stat own, named;
    return ::fstat(file, &own) == 0 && ::lstat(name, &named) == 0 && own.st_dev == named.st_dev &&
           own.st_ino == named.st_ino && S_ISREG(own.st_mode);
  }

  std::filesystem::path path_;
  std::optional<mode_t> mode_;  // of the file that is replaced
  std::optional<FileDescriptor> file_;
  bool done_ = false;
};

/// Replaces the content of a file, or creates it, as FileReplacement does.
inline void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  FileReplacement file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace hebb
