/// @file
/// NumPy's .npz files: arrays by name, each a .npy file in a zip archive. Needs libzip and zlib.
#pragma once

#include <map>

#include "hebb/io/npy.hpp"
#include "hebb/io/zip.hpp"

namespace hebb {

/// Arrays by name, without the ending .npy of their members.
using NpzArrays = std::map<std::string, NpyArray, std::less<>>;

/// Limits of a reader of .npz files, checked before memory is allocated.
struct NpzLimits {
  std::uint64_t bytes = default_size_limit;  ///< of the file, and of all arrays unpacked
  std::uint64_t members = 1 << 16;           ///< the most members of a file
  std::uint64_t ratio = 1100;  ///< of unpacked to packed size; deflate reaches at most 1032
};

/// The arrays of a .npz file, read one at a time. Members that are not .npy files are ignored.
/// Throws what `fail_zip` throws.
class NpzReader {
 public:
  /// The archive must outlive the reader; `name` is its name in error messages.
  NpzReader(const ZipArchive& archive, std::string name, const NpzLimits& limits = {})
      : archive_(archive), name_(std::move(name)) {
    const zip_uint64_t count = zip_uint64_t(zip_get_num_entries(archive_.get(), 0));
    require<FormatError>(count > 0, name_,
                         " has no members");  // libzip takes an empty file for an empty archive
    require<FormatError>(count <= limits.members, name_, " has ", count,
                         " members, more than the limit of ", limits.members);
    std::uint64_t unpacked = 0;
    for (zip_uint64_t i = 0; i < count; ++i) add(i, limits, unpacked);
  }

  /// Whether there is an array of that name.
  bool contains(std::string_view array) const { return members_.contains(array); }

  /// Calls visit(name) for all arrays, in the order of their names.
  void for_each(const auto& visit) const {
    for (const auto& [array, member] : members_) visit(array);
  }

  /// Reads an array that the file contains.
  NpyArray read(std::string_view array) const {
    const auto& [index, size] = members_.find(array)->second;
    const std::string full = sentence(name_, " member ", array, ".npy");
    std::vector<std::byte> content(size);
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
        zip_fopen_index(archive_.get(), index, 0), zip_fclose);
    if (!file) fail_zip(zip_get_error(archive_.get()), full, " cannot be unpacked: ");
    const zip_int64_t count = zip_fread(file.get(), content.data(), content.size());
    std::byte beyond;
    const bool whole = count == zip_int64_t(content.size()) &&
                       zip_fread(file.get(), &beyond, 1) == 0;  // at the end, libzip checks the CRC
    if (!whole) fail_zip(zip_file_get_error(file.get()), full, " is damaged: ");
    return parse_npy(std::move(content), full);
  }

 private:
  struct Member {
    zip_uint64_t index;
    std::uint64_t size;
  };

  void add(zip_uint64_t index, const NpzLimits& limits, std::uint64_t& unpacked) {
    zip_stat_t status;
    constexpr zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                    ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    const bool known =
        zip_stat_index(archive_.get(), index, 0, &status) == 0 && (status.valid & needed) == needed;
    require<FormatError>(known, name_, " has a member, number ", index,
                         ", of unknown name or size");
    const std::string_view member = status.name;
    const std::string full = sentence(name_, " member ", member);
    const std::filesystem::path as_path = member;
    const bool stays =
        !as_path.is_absolute() && std::find(as_path.begin(), as_path.end(), "..") == as_path.end();
    require<FormatError>(stays && member.find('\\') == member.npos, full,
                         " has a name that leads out of its archive");
    if (member.size() <= 4 || !member.ends_with(".npy")) return;
    require<FormatError>(status.encryption_method == ZIP_EM_NONE, full, " is encrypted");
    require<FormatError>(status.comp_method == ZIP_CM_STORE || status.comp_method == ZIP_CM_DEFLATE,
                         full, " is neither stored nor deflated");
    require<FormatError>(status.size <= limits.bytes - unpacked, full,
                         " unpacks to more than the limit of ", limits.bytes, " bytes for all");
    require<FormatError>(status.comp_size > 0 && status.size / status.comp_size <= limits.ratio,
                         full, " claims ", status.size, " bytes packed into ", status.comp_size);
    unpacked += status.size;
    const bool fresh =
        members_.emplace(member.substr(0, member.size() - 4), Member{index, status.size}).second;
    require<FormatError>(fresh, full, " occurs twice");
  }

  const ZipArchive& archive_;
  std::string name_;
  std::map<std::string, Member, std::less<>> members_;
};

namespace detail {

/// Calls skip(error) for an array of a foreign type, and goes on unless it throws.
NpzArrays read_all(const NpzReader& reader, const auto& skip) {
  NpzArrays arrays;
  reader.for_each([&](const std::string& name) {
    try {
      arrays.emplace(name, reader.read(name));
    } catch (const ForeignType& error) {
      skip(error);
    }
  });
  return arrays;
}

/// Reads every array; one of a foreign type is an error.
inline NpzArrays read_all(const NpzReader& reader) {
  return read_all(reader, [](const ForeignType&) { throw; });
}

}  // namespace detail

/// The arrays in the bytes of a .npz file. Throws FormatError; `name` is the name of the file in
/// error messages.
inline NpzArrays parse_npz(std::span<const std::byte> bytes, const std::string& name,
                           const NpzLimits& limits = {}) {
  const ZipArchive archive(bytes, name);
  return detail::read_all(NpzReader(archive, name, limits));
}

/// Writes a .npz file to a sink. Throws InvalidParameter when there are no arrays.
inline void write_npz(const ZipWriter::Sink& sink, const NpzArrays& arrays,
                      Compression compression = Compression::stored) {
  require(!arrays.empty(), "a .npz file needs at least one array");
  ZipWriter zip(sink);
  for (const auto& [name, array] : arrays)
    zip.add(name + ".npy", text_bytes(npy_head(array)), array.data, compression);
  zip.finish();
}

/// The bytes of a .npz file. Throws InvalidParameter when there are no arrays.
inline std::vector<std::byte> format_npz(const NpzArrays& arrays,
                                         Compression compression = Compression::stored) {
  std::vector<std::byte> bytes;
  write_npz([&](ZipWriter::Bytes part) { bytes.insert(bytes.end(), part.begin(), part.end()); },
            arrays, compression);
  return bytes;
}

/// Reads all arrays. Throws IoError and FormatError.
inline NpzArrays read_npz(const std::filesystem::path& path, const NpzLimits& limits = {}) {
  const FileDescriptor file = open_to_read(path, limits.bytes);
  const ZipArchive archive(file);
  return detail::read_all(NpzReader(archive, path.string(), limits));
}

/// Reads the arrays of numbers and texts, and skips arrays of other types, such as Python objects.
/// `skipped` gets one sentence for each, with its name and type. Throws IoError and FormatError.
inline NpzArrays read_npz(const std::filesystem::path& path, std::vector<std::string>& skipped,
                          const NpzLimits& limits = {}) {
  const FileDescriptor file = open_to_read(path, limits.bytes);
  const ZipArchive archive(file);
  return detail::read_all(NpzReader(archive, path.string(), limits),
                          [&](const ForeignType& error) { skipped.emplace_back(error.what()); });
}

/// Writes all arrays; readers see the old or the new file, never a part. Throws IoError, and
/// InvalidParameter when there are no arrays.
inline void write_npz(const std::filesystem::path& path, const NpzArrays& arrays,
                      Compression compression = Compression::stored) {
  FileReplacement file(path);
  write_npz([&](ZipWriter::Bytes part) { file.write(part); }, arrays, compression);
  file.commit();
}

}  // namespace hebb
