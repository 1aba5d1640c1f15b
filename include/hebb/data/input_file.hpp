/// @file
/// A file of bytes that is read sequentially, and unpacked while it is read when its name ends in
/// .gz. Needs zlib.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <system_error>
#include <vector>

#include "hebb/core/error.hpp"

namespace hebb {

/// The default for the largest content, in bytes, that a reader of data sets accepts: 4 GiB.
inline constexpr std::uint64_t default_file_limit = std::uint64_t(1) << 32;

/// A file that is read from its beginning to its end.
///
/// Throws IoError when the file cannot be opened or read, FormatError when its gzip stream is
/// damaged or ends too early.
class InputFile {
 public:
  /// Opens a file; a name that ends in .gz is unpacked while it is read.
  explicit InputFile(const std::filesystem::path& path) : path_(path) {
    std::error_code error;
    size_ = std::filesystem::file_size(path, error);
    require<IoError>(!error, path, " cannot be read: ", error.message());
    file_.open(path, std::ios::binary);
    require<IoError>(file_.is_open(), path,
                     " cannot be opened: ", std::generic_category().message(errno));
    constexpr std::array<std::uint8_t, 3> gzip{0x1f, 0x8b, 8};
    std::array<std::uint8_t, gzip.size()> begin;
    const std::size_t known = read_packed(begin.data(), begin.size());
    const bool like_gzip =
        std::equal(begin.begin(), begin.begin() + std::ptrdiff_t(known), gzip.begin());
    rewind();
    if (path.extension() == ".gz") {
      require<FormatError>(like_gzip, path, " is not packed by gzip, though its name ends in .gz");
      stream_.reset(new z_stream{});
      constexpr int gzip_only = 16 + MAX_WBITS;
      if (inflateInit2(stream_.get(), gzip_only) != Z_OK)
        throw std::bad_alloc();  // it has no other reason to fail
    } else if (like_gzip && known == gzip.size()) {
      hint_ = "; it begins as if packed by gzip: then its name should end in .gz";
    }
  }

  const std::filesystem::path& path() const { return path_; }  ///< as given

  /// Bytes in the file, which are fewer than the content's when that is packed.
  std::uint64_t size() const { return size_; }

  /// An upper bound of the content's length, known before anything is read. It keeps a header from
  /// requesting more memory than its file can fill.
  std::uint64_t largest_content() const {
    // Bytes from one packed byte: a match of 258 bytes takes at least 2 bits.
    constexpr std::uint64_t densest_deflate = 1032;
    return stream_ ? size_ * densest_deflate : size_;
  }

  /// What to add to an error message when a file looks packed but is not called .gz; else empty.
  const char* hint() const { return hint_; }

  /// The length of the content. A packed file is unpacked once to count it, so that the caller can
  /// allocate all memory at once. Call it before anything is read. Throws FormatError when the
  /// content is longer than the limit.
  std::uint64_t count(std::uint64_t limit) {
    std::uint64_t total = stream_ ? 0 : size_;
    if (stream_) {
      std::vector<std::uint8_t> part(1 << 16);
      for (std::size_t done = part.size(); done == part.size() && total <= limit; total += done)
        done = unpack(part.data(), part.size());
      inflateReset(stream_.get());
      stream_->avail_in = 0;
      between_members_ = false;
      rewind();
    }
    require<FormatError>(total <= limit, path_, " holds more than the limit of ", limit, " bytes");
    return total;
  }

  /// Reads `count` bytes, or fewer at the end of the content. Returns how many.
  std::size_t read(std::uint8_t* to, std::size_t count) {
    return stream_ ? unpack(to, count) : read_packed(to, count);
  }

  /// Reads exactly `count` bytes, or throws a FormatError that names the field.
  void read_field(std::uint8_t* to, std::size_t count, const char* field) {
    const std::size_t done = read(to, count);
    require<FormatError>(done == count, path_, " is truncated: its ", field, " should take ", count,
                         " bytes, there are ", done);
  }

  /// Throws FormatError unless the content ends here.
  void require_end() {
    std::uint8_t byte;
    require<FormatError>(read(&byte, 1) == 0, path_, " has trailing bytes after its content");
  }

 private:
  struct End {
    void operator()(z_stream* stream) const {
      inflateEnd(stream);
      delete stream;
    }
  };

  void rewind() {
    file_.clear();
    file_.seekg(0);
  }

  std::size_t read_packed(std::uint8_t* to, std::size_t count) {
    file_.read(reinterpret_cast<char*>(to), std::streamsize(count));
    require<IoError>(!file_.bad(), path_,
                     " cannot be read: ", std::generic_category().message(errno));
    return std::size_t(file_.gcount());
  }

  /// A gzip file is a sequence of one or more members; it may end only between members.
  std::size_t unpack(std::uint8_t* to, std::size_t count) {
    constexpr std::size_t most_at_once = std::size_t(1) << 30;  // zlib counts in 32 bits
    std::size_t done = 0;
    while (done < count) {
      if (stream_->avail_in == 0) {
        stream_->avail_in = uInt(read_packed(packed_.data(), packed_.size()));
        stream_->next_in = packed_.data();
      }
      if (stream_->avail_in == 0) {
        require<FormatError>(between_members_, path_, " is truncated: its gzip stream has no end");
        break;
      }
      const std::size_t wanted = std::min(count - done, most_at_once);
      stream_->next_out = to + done;
      stream_->avail_out = uInt(wanted);
      const int status = inflate(stream_.get(), Z_NO_FLUSH);
      if (status == Z_MEM_ERROR) throw std::bad_alloc();  // not an error of the file
      require<FormatError>(
          status == Z_OK || status == Z_STREAM_END, path_,
          " has a damaged gzip stream: ", stream_->msg ? stream_->msg : "unknown reason");
      done += wanted - stream_->avail_out;
      between_members_ = status == Z_STREAM_END;
      if (between_members_) inflateReset(stream_.get());
    }
    return done;
  }

  std::filesystem::path path_;
  std::uint64_t size_ = 0;
  std::ifstream file_;
  std::unique_ptr<z_stream, End> stream_;
  std::array<std::uint8_t, 1 << 15> packed_;
  bool between_members_ = false;
  const char* hint_ = "";
};

/// Calls visit(record, number) for every record of a file that consists of records of `size` bytes.
/// Throws FormatError when the file is empty or ends inside a record.
template <typename Visit>
void for_each_record(InputFile& file, std::size_t size, const Visit& visit) {
  std::vector<std::uint8_t> record(size);
  std::uint64_t number = 0;
  for (;; ++number) {
    const std::size_t done = file.read(record.data(), size);
    if (done == 0) break;
    require<FormatError>(done == size, file.path(), " is truncated or not of this format: record ",
                         number, " should take ", size, " bytes, there are ", done, file.hint());
    visit(record, number);
  }
  require<FormatError>(number > 0, file.path(), " is empty");
}

}  // namespace hebb
