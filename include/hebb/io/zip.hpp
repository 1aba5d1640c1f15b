/// @file
/// Zip archives: written sequentially, member by member, and read by libzip. Needs libzip and zlib.
#pragma once

#include <zip.h>
#include <zlib.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "hebb/io/file.hpp"

namespace hebb {

/// How members are stored: unpacked, as by NumPy's savez, or packed, as by savez_compressed.
enum class Compression { stored, deflated };

/// Writes an archive to a sink, from its first byte to its last. A stored member needs no memory
/// but its entry in the directory; a deflated member is packed in memory first. Equal content gives
/// equal bytes, because every member has the date 1 January 1980.
class ZipWriter {
 public:
  using Bytes = std::span<const std::byte>;  ///< some bytes, not owned
  using Sink = std::function<void(Bytes)>;   ///< takes the next bytes of the archive

  /// Every part of the archive goes to the sink.
  explicit ZipWriter(Sink sink) : sink_(std::move(sink)) {}

  /// Adds a member whose content is `first` followed by `second`.
  void add(std::string_view name, Bytes first, Bytes second,
           Compression compression = Compression::stored) {
    require(name.size() <= 0xffff, "a zip archive cannot hold a member with a name of ",
            name.size(), " bytes");
    const std::uint64_t size = first.size() + second.size();
    std::uint64_t check = 0;
    for (const Bytes part : {first, second})
      if (!part.empty())
        check = crc32_z(check, pointer(part), part.size());  // a null pointer would reset it
    const bool deflated = compression == Compression::deflated;
    std::vector<std::byte> packed;
    if (deflated) {
      deflate_parts({first, second}, packed);
      first = packed, second = {};
    }
    const std::uint64_t stored = first.size() + second.size(), offset = written_;
    const bool large = size >= most_32 || stored >= most_32, far = offset >= most_32;
    const bool ascii =
        std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 128; });

    // The fields that precede the member and are repeated in the directory: version, flags, method,
    // time, date, checksum, sizes, name.
    std::string shared;
    constexpr std::uint64_t utf8 = 1 << 11, deflate_method = 8, first_day = 1 << 5 | 1;
    put(shared, version, 2), put(shared, ascii ? 0 : utf8, 2),
        put(shared, deflated ? deflate_method : 0, 2);
    put(shared, 0, 2), put(shared, first_day, 2), put(shared, check, 4);
    put(shared, large ? most_32 : stored, 4), put(shared, large ? most_32 : size, 4),
        put(shared, name.size(), 2);
    std::string sizes;  // with 64 bits, when 32 are too few
    if (large) put(sizes, size, 8), put(sizes, stored, 8);

    std::string header;
    put(header, 0x04034b50, 4);
    header += shared;
    put(header, extra_size(sizes), 2);
    header += name;
    put_extra(header, sizes);
    write(header);
    for (const Bytes part : {first, second}) sink_(part);
    written_ += stored;

    if (far) put(sizes, offset, 8);
    put(directory_, 0x02014b50, 4), put(directory_, version, 2);
    directory_ += shared;
    put(directory_, extra_size(sizes), 2);
    put(directory_, 0, 2), put(directory_, 0, 2), put(directory_, 0, 2),
        put(directory_, 0, 4);  // comment, disk, attributes
    put(directory_, far ? most_32 : offset, 4);
    directory_ += name;
    put_extra(directory_, sizes);
    ++members_;
  }

  /// Ends the archive with a comment. The caller writes the last `to_come` bytes of the comment
  /// after this call.
  void finish(std::string_view comment = {}, std::size_t to_come = 0) {
    const std::size_t comment_size = comment.size() + to_come;
    require(comment_size <= 0xffff, "a zip archive cannot have a comment of ", comment_size,
            " bytes");
    const std::uint64_t begin = written_, size = directory_.size(), end = begin + size;
    write(directory_);
    std::string tail;
    if (members_ >= most_16 || begin >= most_32 || size >= most_32) {
      constexpr std::uint64_t record_size = 44;  // of the rest of the record
      put(tail, 0x06064b50, 4), put(tail, record_size, 8), put(tail, version, 2),
          put(tail, version, 2), put(tail, 0, 8);
      put(tail, members_, 8), put(tail, members_, 8), put(tail, size, 8), put(tail, begin, 8);
      put(tail, 0x07064b50, 4), put(tail, 0, 4), put(tail, end, 8),
          put(tail, 1, 4);  // and its position
    }
    put(tail, 0x06054b50, 4), put(tail, 0, 4);
    for (int i = 0; i < 2; ++i) put(tail, std::min(members_, most_16), 2);
    put(tail, std::min(size, most_32), 4), put(tail, std::min(begin, most_32), 4),
        put(tail, comment_size, 2);
    tail += comment;
    write(tail);
  }

 private:
  static constexpr std::uint64_t version = 45;  // of the format: the first with 64 bits
  static constexpr std::uint64_t most_16 = 0xffff, most_32 = 0xffffffff;

  static const Bytef* pointer(Bytes bytes) { return reinterpret_cast<const Bytef*>(bytes.data()); }

  /// Appends a number, lowest byte first.
  static void put(std::string& text, std::uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) text += char(number >> (8 * i) & 0xff);
  }

  static std::size_t extra_size(const std::string& sizes) {
    return sizes.empty() ? 0 : 4 + sizes.size();
  }

  static void put_extra(std::string& text, const std::string& sizes) {
    if (sizes.empty()) return;
    put(text, 1, 2), put(text, sizes.size(), 2);
    text += sizes;
  }

  void write(const std::string& text) {
    sink_(text_bytes(text));
    written_ += text.size();
  }

  static void deflate_parts(std::initializer_list<Bytes> parts, std::vector<std::byte>& packed) {
    z_stream stream{};
    require<IoError>(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                                  Z_DEFAULT_STRATEGY) == Z_OK,
                     "a member of a zip archive cannot be packed: zlib did not start");
    const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, deflateEnd);
    constexpr std::size_t most_at_once = 1 << 16;
    std::vector<std::byte> buffer(most_at_once);
    const auto pack = [&](Bytes bytes, int flush) {
      stream.next_in = const_cast<Bytef*>(pointer(bytes));
      stream.avail_in = uInt(bytes.size());
      do {
        stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
        stream.avail_out = most_at_once;
        deflate(&stream, flush);
        packed.insert(packed.end(), buffer.begin(),
                      buffer.end() - std::ptrdiff_t(stream.avail_out));
      } while (stream.avail_out == 0);
    };
    for (Bytes part : parts)
      for (; !part.empty(); part = part.subspan(std::min(part.size(), most_at_once)))
        pack(part.first(std::min(part.size(), most_at_once)), Z_NO_FLUSH);
    pack({}, Z_FINISH);
  }

  Sink sink_;
  std::string directory_;
  std::uint64_t written_ = 0, members_ = 0;
};

/// Throws the exception that corresponds to an error of libzip: bad_alloc, IoError when the system
/// could not read, FormatError otherwise.
template <typename... Parts>
[[noreturn]] void fail_zip(zip_error_t* error, const Parts&... parts) {
  const int code = zip_error_code_zip(error);
  if (code == ZIP_ER_MEMORY) throw std::bad_alloc();
  const std::string text = sentence(parts..., zip_error_strerror(error));
  if (code == ZIP_ER_OPEN || code == ZIP_ER_READ || code == ZIP_ER_TELL) throw IoError(text);
  throw FormatError(text);
}

/// Reads a zip archive in memory or in a file. Throws what `fail_zip` throws.
class ZipArchive {
 public:
  /// The bytes must outlive the archive; `name` is its name in error messages.
  ZipArchive(std::span<const std::byte> bytes, const std::string& name) {
    zip_error_t error{};
    open(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error), error, name);
  }

  /// Reads through a copy of the descriptor; the file may be closed.
  explicit ZipArchive(const FileDescriptor& file) {
    const std::string name = file.path().string();
    std::FILE* const stream = file.stream();
    zip_error_t error{};
    zip_source_t* const source = zip_source_filep_create(stream, 0, -1, &error);
    if (!source) std::fclose(stream);
    open(source, error, name);
  }

  zip_t* get() const { return zip_.get(); }  ///< the handle of libzip, owned

 private:
  struct Discard {
    void operator()(zip_t* zip) const { zip_discard(zip); }
  };

  void open(zip_source_t* source, zip_error_t& error, const std::string& name) {
    if (source) zip_.reset(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
    if (zip_) return;
    if (source) zip_source_free(source);
    const std::unique_ptr<zip_error_t, void (*)(zip_error_t*)> end(&error, zip_error_fini);
    fail_zip(&error, name, " is not a valid zip archive: ");
  }

  std::unique_ptr<zip_t, Discard> zip_;
};

}  // namespace hebb
