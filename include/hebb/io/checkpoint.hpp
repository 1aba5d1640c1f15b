/// @file
/// Checkpoints: the whole state of a run in one file, so that a resumed run equals the
/// uninterrupted one bit for bit.
///
/// The file is a .npz that NumPy reads. Its zip comment names the format, the library and the
/// instruction set, and ends with a hash of all bytes before it. Accidental damage of even one bit
/// is therefore detected. (Whoever changes the file on purpose can recompute the hash.)
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hebb/core/digest.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/version.hpp"
#include "hebb/io/npz.hpp"

namespace hebb {

/// An object with a name, for files that hold several objects. Its arrays are called `name.array`.
template <typename Object>
struct Named {
  std::string_view name;  ///< prefix of its arrays
  Object& object;         ///< borrowed

  void each(auto&& visit) const {
    object.each(
        [&](std::string_view array, auto& value) { visit(sentence(name, ".", array), value); });
  }
};
/// The type is that of the object.
template <typename Object>
Named(std::string_view, Object&) -> Named<Object>;

namespace checkpoint {

/// How the comment of a file begins.
inline constexpr std::string_view format = "hebb checkpoint 2,";

/// The most arrays of a file.
inline constexpr std::size_t most_arrays = 1 << 16;

/// The length of the hash at the end of a file, of all bytes before it, as text.
inline constexpr std::size_t hash_size = 16;
/// A hash as hexadecimal digits.
inline std::string text(std::uint64_t hash) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result(hash_size, '0');
  for (std::size_t i = hash_size; i > 0; hash >>= 4) result[--i] = digits[hash & 15];
  return result;
}

/// Throws FormatError unless a file of `size` bytes ends with its hash. read(span) fills the span
/// with the next bytes of the file.
inline void check_hash(std::uint64_t size, const std::string& file, auto&& read) {
  require<FormatError>(size >= hash_size, file, " is not a checkpoint: it has ", size, " bytes");
  std::vector<std::byte> buffer(std::size_t(std::min<std::uint64_t>(size, 1 << 16)));
  std::uint64_t hash = fnv1a(nullptr, 0);
  const auto next = [&](std::uint64_t count) {
    const std::span<std::byte> part =
        std::span(buffer).first(std::size_t(std::min<std::uint64_t>(count, buffer.size())));
    read(part);
    return part;
  };
  for (std::uint64_t left = size - hash_size; left > 0;) {
    const std::span<const std::byte> part = next(left);
    hash = fnv1a(part.data(), part.size(), hash);
    left -= part.size();
  }
  require<FormatError>(std::ranges::equal(next(hash_size), text_bytes(text(hash))), file,
                       " is damaged, or not a checkpoint: its hash is not that of its content");
}

/// Throws if this cannot be the name of an array in a checkpoint.
inline void require_name(std::string_view name) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
  require(!name.empty() && name.size() <= 128 && name.find_first_not_of(letters) == name.npos,
          "checkpoint: '", name, "' cannot be the name of an array: 1 to 128 of A-Z a-z 0-9 _ . -");
}

/// Throws NonFinite when a value about to be saved is NaN or infinite.
void require_finite(std::string_view name, const auto& value) {
  using Value = std::remove_cvref_t<decltype(value)>;
  if constexpr (std::floating_point<Value>)
    require<NonFinite>(all_finite(&value, 1), "checkpoint: ", name, " is ", value);
  else if constexpr (requires { requires std::floating_point<typename Value::Scalar>; })
    hebb::require_finite<typename Value::Scalar>(value, std::string(name).c_str());
}

}  // namespace checkpoint

/// Writes a checkpoint to a sink: all numbers, vectors, matrices and labels that the objects'
/// `each` visits, one after another and without a copy.
///
/// Throws NonFinite when a value is NaN or infinite, so that a diverged run does not replace its
/// last good checkpoint. Throws InvalidParameter when a name is invalid or used twice, or when
/// there are more arrays than a checkpoint may have.
void write_checkpoint(const ZipWriter::Sink& sink, auto&&... objects) {
  std::uint64_t hash = fnv1a(nullptr, 0);
  ZipWriter zip([&](ZipWriter::Bytes bytes) {
    hash = fnv1a(bytes.data(), bytes.size(), hash);
    sink(bytes);
  });
  std::set<std::string, std::less<>> names;
  const auto write = [&](std::string_view name, auto& value) {
    checkpoint::require_name(name);
    checkpoint::require_finite(name, value);
    require(names.emplace(name).second, "checkpoint: two arrays are called ", name);
    require(names.size() <= checkpoint::most_arrays, "checkpoint: there are more than ",
            checkpoint::most_arrays, " arrays");
    zip.add(std::string(name) + ".npy", text_bytes(npy_head(describe_npy(value))),
            memory_of(value));
  };
  (objects.each(write), ...);
  require(!names.empty(), "checkpoint: there is no array to save");
  zip.finish(sentence(checkpoint::format, " hebb ", version.major, ".", version.minor, ".",
                      version.patch, ", ", Eigen::SimdInstructionSetsInUse(), ", fnv1a "),
             checkpoint::hash_size);
  sink(text_bytes(checkpoint::text(hash)));
}

/// The bytes of a checkpoint. Throws what `write_checkpoint` throws.
std::vector<std::byte> format_checkpoint(auto&&... objects) {
  std::vector<std::byte> bytes;
  write_checkpoint(
      [&](ZipWriter::Bytes part) { bytes.insert(bytes.end(), part.begin(), part.end()); },
      objects...);
  return bytes;
}

namespace checkpoint {

/// The arrays of a file that objects have, checked, before any object changes.
struct Loaded {
  std::vector<std::function<void()>> changes = {};  ///< of the objects, to be made in their order
  std::set<std::string, std::less<>> others = {};   ///< names of arrays that no object has

  /// Changes the objects.
  void make() const {
    for (const std::function<void()>& change : changes) change();
  }
  /// Changes the objects. Throws ShapeError when the file has other arrays.
  void make_all(const std::string& file) const {
    require<ShapeError>(others.empty(), file, " has an array that the object does not have: ",
                        others.empty() ? "" : *others.begin());
    make();
  }
};

/// Reads the arrays that objects have from an archive.
Loaded read(const ZipArchive& archive, const std::string& file, std::uint64_t size,
            auto&&... objects) {
  int length = 0;
  const char* const comment = zip_get_archive_comment(archive.get(), &length, ZIP_FL_ENC_RAW);
  require<FormatError>(
      comment && std::string_view(comment, std::size_t(length)).starts_with(format), file,
      " is a checkpoint of another format than '", format, "'");
  const NpzReader reader(archive, file,
                         {.bytes = size, .members = most_arrays});  // members are not packed

  Loaded loaded;
  auto& left = loaded.others;
  reader.for_each([&](const std::string& name) { left.insert(name); });
  const auto prepare = [&](std::string_view name, auto& value) {
    using Value = std::remove_cvref_t<decltype(value)>;
    constexpr bool is_label = std::same_as<Value, Label>;
    const auto found = left.find(name);
    if constexpr (is_label)
      require<ShapeError>(found != left.end(), file, " says nothing of ", name, ", the object has ",
                          value.text);
    else
      require<ShapeError>(found != left.end(), file, " has no array ", name);
    left.erase(found);
    const NpyArray saved = reader.read(name), own = describe_npy(value);
    if constexpr (is_label) {
      const std::string text = from_npy<std::string>(saved, name);
      require<ShapeError>(text == value.text, file, " holds ", name, " = ", text,
                          ", the object has ", value.text);
    } else {
      const auto same_size = [](Index theirs, Index ours) { return theirs == ours || ours == 0; };
      require<ShapeError>(
          saved.type == own.type && std::ranges::equal(saved.shape, own.shape, same_size), file,
          ": ", name, " is ", saved.type.text(), " ", saved.shape_text(), ", the object has ",
          own.type.text(), " ", own.shape_text());
      loaded.changes.push_back([&value, saved_value = from_npy<Value>(saved, name)]() mutable {
        std::swap(value, saved_value);
      });
    }
  };
  (objects.each(prepare), ...);
  return loaded;
}

/// The same from a file.
Loaded read(const std::filesystem::path& path, auto&&... objects) {
  const FileDescriptor file = open_to_read(path, std::numeric_limits<std::uint64_t>::max());
  check_hash(file.size(), path.string(), [&](std::span<std::byte> to) { file.read(to); });
  return read(ZipArchive(file), path.string(), file.size(), objects...);
}

}  // namespace checkpoint

/// Loads the bytes of a checkpoint into objects of the same structure. `file` is its name in error
/// messages.
///
/// Everything is read and checked before anything changes: first the hash, then the labels, names,
/// types and shapes, which must equal those of the objects. An array of the object may have a size
/// of 0, as the memory of a sequence has before its first step; it takes the saved size. Throws
/// FormatError (damage, or another format) or ShapeError (other labels, shapes, types or names),
/// and then does not change the objects.
void parse_checkpoint(std::span<const std::byte> bytes, const std::string& file,
                      auto&&... objects) {
  checkpoint::check_hash(bytes.size(), file, [&, left = bytes](std::span<std::byte> to) mutable {
    std::memcpy(to.data(), left.data(), to.size());
    left = left.subspan(to.size());
  });
  checkpoint::read(ZipArchive(bytes, file), file, bytes.size(), objects...).make_all(file);
}

/// Saves the objects. If saving fails, `path` still holds its old content. Uses little memory of
/// its own. Throws IoError, and what `write_checkpoint` throws.
void save_checkpoint(const std::filesystem::path& path, auto&&... objects) {
  FileReplacement file(path);
  write_checkpoint([&](ZipWriter::Bytes bytes) { file.write(bytes); }, objects...);
  file.commit();
}

/// Loads a file of any length that `save_checkpoint` saved. Throws IoError, and what
/// `parse_checkpoint` throws; the objects then do not change.
void load_checkpoint(const std::filesystem::path& path, auto&&... objects) {
  checkpoint::read(path, objects...).make_all(path.string());
}

}  // namespace hebb
