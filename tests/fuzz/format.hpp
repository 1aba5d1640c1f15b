/// @file
/// The parts of a fuzz target, and functions that all targets share.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/gzip.hpp"

namespace fuzz {

using View = std::span<const std::uint8_t>;

/// One target. Its inputs are files of a format, or several small files in one input.
struct Format {
  std::string_view name;
  std::size_t longest;                     ///< bytes of an input
  std::vector<Bytes> (*seeds)();           ///< valid inputs; every one must be accepted
  void (*read)(View input);                ///< throws FormatError or ShapeError when it refuses
  void (*mutate)(Bytes& input) = nullptr;  ///< keeps checksums valid, so that data are reached
};

/// The limit, in bytes, that all targets pass to the readers.
inline constexpr std::uint64_t limit = std::uint64_t(1) << 20;

/// Stops the fuzzer: the library broke a promise.
inline void must(bool promise, const char* what) {
  if (promise) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// Checks a promise when its scope is left by an exception. Catching and rethrowing would take more
/// time than most readers take.
template <typename Promise>
class OnRefusal {
 public:
  explicit OnRefusal(const Promise& promise) : promise_(promise) {}
  OnRefusal(const OnRefusal&) = delete;
  OnRefusal& operator=(const OnRefusal&) = delete;
  ~OnRefusal() {
    if (std::uncaught_exceptions() > 0) promise_();
  }

 private:
  const Promise& promise_;
};

inline Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

inline Bytes& operator+=(Bytes& to, const Bytes& more) {
  to.insert(to.end(), more.begin(), more.end());
  return to;
}

/// Whether an input belongs to one part of 64, whatever its length. Parts have numbers below 64.
inline bool in_part(View input, unsigned part) {
  return crc32(0, input.data(), uInt(input.size())) % 64 == part;
}

/// A file that is used for all inputs, in a file system in memory if there is one. The destructor
/// removes it.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& name) : path_(directory() / name) {
    number_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(number_ >= 0, "a scratch file can be made");
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() {
    ::close(number_);
    ::unlink(path_.c_str());
    ::rmdir(path_.parent_path().c_str());  // succeeds for the last file
  }

  const std::filesystem::path& path() const { return path_; }

  const std::filesystem::path& fill(View content) {
    const bool done =
        ::pwrite(number_, content.data(), content.size(), 0) == ssize_t(content.size());
    must(done && ::ftruncate(number_, off_t(content.size())) == 0, "a scratch file can be written");
    return path_;
  }

  static const std::filesystem::path& directory() {
    static const std::filesystem::path made = [] {
      const std::filesystem::path memory = "/dev/shm";
      const auto parent =
          ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
      std::string name = (parent / "hebb-fuzz-XXXXXX").string();
      must(::mkdtemp(name.data()) != nullptr, "a scratch directory can be made");
      return std::filesystem::path(name);
    }();
    return made;
  }

 private:
  std::filesystem::path path_;
  int number_ = -1;
};

/// Two files in one input: the length of the first in 2 bytes, then both.
inline Bytes join(const Bytes& first, const Bytes& second) {
  Bytes both{std::uint8_t(first.size()), std::uint8_t(first.size() >> 8)};
  both += first;
  both += second;
  return both;
}

inline std::pair<View, View> split(View both) {
  if (both.size() < 2) return {both.first(0), both.first(0)};
  const std::size_t length = std::min<std::size_t>(both[0] | both[1] << 8, both.size() - 2);
  return {both.subspan(2, length), both.subspan(2 + length)};
}

/// The mutation that libFuzzer itself makes; the input may grow up to `longest`.
void mutate_bytes(Bytes& input, std::size_t longest);

/// The content of the first member of a gzip file as far as it can be unpacked, at most `longest`
/// bytes.
inline Bytes gunzip(View packed, std::size_t longest) {
  z_stream stream{};
  must(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK, "zlib starts");
  Bytes content(longest);
  stream.next_in = const_cast<std::uint8_t*>(packed.data());
  stream.avail_in = uInt(packed.size());
  stream.next_out = content.data();
  stream.avail_out = uInt(longest);
  inflate(&stream, Z_FINISH);
  content.resize(stream.total_out);
  inflateEnd(&stream);
  return content;
}

/// A number in a file, lowest byte first.
inline std::uint32_t number(View from, std::size_t place, int bytes) {
  std::uint32_t value = 0;
  for (int i = bytes - 1; i >= 0; --i) value = value << 8 | from[place + std::size_t(i)];
  return value;
}
inline void put(Bytes& to, std::size_t place, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) to[place + i] = std::uint8_t(value >> 8 * i);
}

}  // namespace fuzz
