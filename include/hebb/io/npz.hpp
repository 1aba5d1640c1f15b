/// @file
/// NumPy's .npz files: arrays by name, each a .npy file in a zip archive. Needs libzip.
#pragma once

#include <zip.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "hebb/io/npy.hpp"

namespace hebb {

/// Arrays by name, without the .npy that their members end with.
using NpzArrays = std::map<std::string, NpyArray, std::less<>>;

/// How members are kept: as they are, like NumPy's savez, or packed, like savez_compressed.
enum class Compression { stored, deflated };

/// What a reader of .npz files accepts; checked before memory is asked for.
struct NpzLimits {
  std::uint64_t bytes = default_size_limit;  ///< of the file, and of all members unpacked
  std::uint64_t members = 1024;
  std::uint64_t ratio = 1100;  ///< of a member unpacked to packed; deflate itself ends at 1032
};

/// A zip archive in memory. Errors of libzip become FormatError (reading) or IoError (writing).
class ZipArchive {
 public:
  /// Reads; the bytes must outlive the archive.
  ZipArchive(std::span<const std::byte> bytes, const std::string& name) : source_(make_source(bytes)) {
    zip_error_t error{};
    zip_.reset(zip_open_from_source(source_.get(), ZIP_RDONLY | ZIP_CHECKCONS, &error));
    if (!zip_) throw FormatError(sentence(name, " is not a sound zip archive: ", message(error)));
    zip_source_keep(source_.get());  // the archive owns one reference, source_ another
  }

  /// Writes.
  ZipArchive() : source_(make_source({})) {
    zip_error_t error{};
    zip_.reset(zip_open_from_source(source_.get(), ZIP_TRUNCATE, &error));
    if (!zip_) throw IoError(sentence("a zip archive cannot be begun: ", message(error)));
    zip_source_keep(source_.get());
  }

  zip_t* get() const { return zip_.get(); }
  std::string reason() const { return zip_strerror(zip_.get()); }

  /// Adds a member; the content must live until `finish`. Equal content gives equal bytes: the time of a member is 1 January 1980.
  void add(const std::string& name, std::span<const std::byte> content, Compression compression) {
    zip_source_t* member = zip_source_buffer(zip_.get(), content.data(), content.size(), 0);
    const zip_int64_t index = member ? zip_file_add(zip_.get(), name.c_str(), member, ZIP_FL_ENC_UTF_8) : -1;
    if (member && index < 0) zip_source_free(member);
    require<IoError>(index >= 0, "the member ", name, " cannot be added: ", reason());
    constexpr zip_uint16_t first_day = 1 << 5 | 1;
    zip_file_set_dostime(zip_.get(), zip_uint64_t(index), 0, first_day, 0);
    zip_set_file_compression(zip_.get(), zip_uint64_t(index), compression == Compression::stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0);
  }

  /// Ends a written archive and gives its bytes.
  std::vector<std::byte> finish() {
    require<IoError>(zip_close(zip_.get()) == 0, "a zip archive cannot be finished: ", reason());
    static_cast<void>(zip_.release());  // zip_close has freed it
    zip_stat_t status;
    bool good = zip_source_stat(source_.get(), &status) == 0 && zip_source_open(source_.get()) == 0;
    std::vector<std::byte> bytes(good ? status.size : 0);
    good = good && zip_source_read(source_.get(), bytes.data(), bytes.size()) == zip_int64_t(bytes.size());
    require<IoError>(good, "a zip archive cannot be read back: ", zip_error_strerror(zip_source_error(source_.get())));
    zip_source_close(source_.get());
    return bytes;
  }

 private:
  struct Discard {
    void operator()(zip_t* zip) const { zip_discard(zip); }
  };
  struct Free {
    void operator()(zip_source_t* source) const { zip_source_free(source); }
  };

  static std::string message(zip_error_t& error) {
    const std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    return text;
  }

  static zip_source_t* make_source(std::span<const std::byte> bytes) {
    zip_error_t error{};
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (!source) throw IoError(sentence("a zip archive cannot be opened in memory: ", message(error)));
    return source;
  }

  std::unique_ptr<zip_source_t, Free> source_;
  std::unique_ptr<zip_t, Discard> zip_;
};

/// The arrays in the bytes of a .npz file. Throws FormatError; `name` is what it calls the file.
inline NpzArrays parse_npz(std::span<const std::byte> bytes, const std::string& name, const NpzLimits& limits = {}) {
  const ZipArchive archive(bytes, name);
  const zip_uint64_t members = zip_uint64_t(zip_get_num_entries(archive.get(), 0));
  require<FormatError>(members > 0, name, " has no members");  // libzip takes an empty file for an empty archive
  require<FormatError>(members <= limits.members, name, " has ", members, " members, more than the limit of ", limits.members);
  NpzArrays arrays;
  std::uint64_t unpacked = 0;
  for (zip_uint64_t i = 0; i < members; ++i) {
    zip_stat_t status;
    constexpr zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    const bool known = zip_stat_index(archive.get(), i, 0, &status) == 0 && (status.valid & needed) == needed;
    require<FormatError>(known, name, " has a member, number ", i, ", of unknown name or size");
    const std::string member = status.name;
    const std::string full = name + " member " + member;
    const std::filesystem::path as_path = member;
    const bool stays = !as_path.is_absolute() && std::find(as_path.begin(), as_path.end(), "..") == as_path.end();
    require<FormatError>(stays && member.find('\\') == member.npos, full, " has a name that leads out of its archive");
    require<FormatError>(member.size() > 4 && member.ends_with(".npy"), full, " is not a .npy file");
    require<FormatError>(status.encryption_method == ZIP_EM_NONE, full, " is encrypted");
    require<FormatError>(status.comp_method == ZIP_CM_STORE || status.comp_method == ZIP_CM_DEFLATE, full,
                         " is neither stored nor deflated");
    require<FormatError>(status.size <= limits.bytes - unpacked, full, " unpacks to more than the limit of ", limits.bytes,
                         " bytes for all");
    require<FormatError>(status.comp_size > 0 && status.size / status.comp_size <= limits.ratio, full, " claims ", status.size,
                         " bytes packed into ", status.comp_size);
    unpacked += status.size;

    std::vector<std::byte> content(status.size);
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(zip_fopen_index(archive.get(), i, 0), zip_fclose);
    require<FormatError>(file != nullptr, full, " cannot be unpacked: ", archive.reason());
    const zip_int64_t count = zip_fread(file.get(), content.data(), content.size());
    std::byte beyond;
    const bool whole = count == zip_int64_t(content.size()) && zip_fread(file.get(), &beyond, 1) == 0;  // its end checks the CRC
    require<FormatError>(whole, full, " is damaged: ", zip_file_strerror(file.get()));
    const bool fresh = arrays.emplace(member.substr(0, member.size() - 4), parse_npy(content, full)).second;
    require<FormatError>(fresh, full, " is there twice");
  }
  return arrays;
}

/// The bytes of a .npz file, with an optional zip comment. Throws InvalidParameter when there are no arrays.
inline std::vector<std::byte> format_npz(const NpzArrays& arrays, Compression compression = Compression::stored,
                                         const std::string& comment = "") {
  require(!arrays.empty(), "a .npz file needs at least one array");
  std::vector<std::vector<std::byte>> contents;  // before the archive, which reads them until it is finished
  contents.reserve(arrays.size());
  ZipArchive archive;
  for (const auto& [name, array] : arrays) archive.add(name + ".npy", contents.emplace_back(format_npy(array)), compression);
  if (!comment.empty()) zip_set_archive_comment(archive.get(), comment.data(), zip_uint16_t(comment.size()));
  return archive.finish();
}

/// Reads all arrays. Throws IoError and FormatError.
inline NpzArrays read_npz(const std::filesystem::path& path, const NpzLimits& limits = {}) {
  return parse_npz(read_file(path, limits.bytes), path.string(), limits);
}

/// Writes all arrays so that the file is never seen half-written. Throws IoError, and InvalidParameter when there are none.
inline void write_npz(const std::filesystem::path& path, const NpzArrays& arrays, Compression compression = Compression::stored) {
  write_file(path, format_npz(arrays, compression));
}

}  // namespace hebb
