/// @file
/// Checkpoints: everything that moves in a run, in one file, so that a resumed run equals the uninterrupted one bit for bit.
///
/// The file is a .npz that NumPy reads. Its zip comment names the format, the library and the instruction set it ran on, and ends
/// with a hash of every byte before: accidental damage, down to one bit, is always seen. (A malicious editor can mend the hash.)
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hebb/core/digest.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/version.hpp"
#include "hebb/io/npz.hpp"

namespace hebb {

/// An object under a name of its own, for files that hold several: its arrays are called `name.array`.
template <typename Object>
struct Named {
  std::string_view name;
  Object& object;

  void each(auto&& visit) const {
    object.each([&](std::string_view array, auto& value) { visit(sentence(name, ".", array), value); });
  }
};
template <typename Object>
Named(std::string_view, Object&) -> Named<Object>;

namespace checkpoint {

inline constexpr std::string_view format = "hebb checkpoint 2,";  // how a comment begins

/// The hash at the end of a file, of all that comes before.
inline std::string hash(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(16, '0');
  std::uint64_t value = fnv1a(bytes.data(), bytes.size());
  for (std::size_t i = text.size(); i > 0; value >>= 4) text[--i] = digits[value & 15];
  return text;
}

inline void require_name(std::string_view name) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
  require(!name.empty() && name.size() <= 128 && name.find_first_not_of(letters) == name.npos, "checkpoint: '", name,
          "' cannot be the name of an array: 1 to 128 of A-Z a-z 0-9 _ . -");
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

/// The bytes of a checkpoint: every array that the objects' `each` names, numbers, vectors and matrices, and every label.
///
/// Throws NonFinite when a value is NaN or infinite, so that a diverged run does not replace its last good checkpoint;
/// InvalidParameter for a name used twice or unfit.
std::vector<std::byte> format_checkpoint(auto&&... objects) {
  NpzArrays arrays;
  const auto collect = [&](std::string_view name, auto& value) {
    checkpoint::require_name(name);
    checkpoint::require_finite(name, value);
    require(arrays.emplace(name, to_npy(value)).second, "checkpoint: two arrays are called ", name);
  };
  (objects.each(collect), ...);
  const std::string comment = sentence(checkpoint::format, " hebb ", version.major, ".", version.minor, ".", version.patch, ", ",
                                       Eigen::SimdInstructionSetsInUse(), ", fnv1a ", std::string(16, '-'));
  std::vector<std::byte> bytes = format_npz(arrays, Compression::stored, comment);
  const std::span<std::byte> tail = std::span(bytes).last(16);
  std::memcpy(tail.data(), checkpoint::hash(std::span(bytes).first(bytes.size() - tail.size())).data(), tail.size());
  return bytes;
}

/// Takes the bytes of a checkpoint into objects of the same structure; `file` is what errors call it.
///
/// Everything is read and checked before anything changes: the hash, then that labels, names, types and shapes are exactly those
/// of the objects. Where an array of the object has a size of 0, as the memory of a sequence has before its first step, the saved
/// size is taken over; its other sizes must be the saved ones.
/// Throws FormatError (damage, or another format) or ShapeError (other labels, shapes, types or names), and then leaves the
/// objects as they were.
void parse_checkpoint(std::span<const std::byte> bytes, const std::string& file, auto&&... objects) {
  require<FormatError>(bytes.size() >= 16, file, " is not a checkpoint: it has ", bytes.size(), " bytes");
  const std::span<const std::byte> content = std::span(bytes).first(bytes.size() - 16);
  require<FormatError>(std::memcmp(checkpoint::hash(content).data(), content.data() + content.size(), 16) == 0, file,
                       " is damaged, or not a checkpoint: its hash is not that of its content");
  const ZipArchive archive(bytes, file);
  int length = 0;
  const char* const comment = zip_get_archive_comment(archive.get(), &length, ZIP_FL_ENC_RAW);
  require<FormatError>(comment && std::string_view(comment, std::size_t(length)).starts_with(checkpoint::format), file,
                       " is a checkpoint of another format than '", checkpoint::format, "'");
  NpzArrays arrays = parse_npz(bytes, file);

  std::vector<std::function<void()>> changes;
  const auto prepare = [&](std::string_view name, auto& value) {
    using Value = std::remove_cvref_t<decltype(value)>;
    constexpr bool is_label = std::same_as<Value, Label>;
    const auto found = arrays.find(name);
    if constexpr (is_label)
      require<ShapeError>(found != arrays.end(), file, " says nothing of ", name, ", the object has ", value.text);
    else
      require<ShapeError>(found != arrays.end(), file, " has no array ", name);
    const NpyArray saved = std::move(found->second), own = describe_npy(value);
    arrays.erase(found);
    if constexpr (is_label) {
      const std::string text = from_npy<std::string>(saved, name);
      require<ShapeError>(text == value.text, file, " holds ", name, " = ", text, ", the object has ", value.text);
    } else {
      const auto same_size = [](Index theirs, Index ours) { return theirs == ours || ours == 0; };
      require<ShapeError>(saved.type == own.type && std::ranges::equal(saved.shape, own.shape, same_size), file, ": ", name, " is ",
                          saved.type, " ", saved.shape_text(), ", the object has ", own.type, " ", own.shape_text());
      changes.push_back([&value, loaded = from_npy<Value>(saved, name)]() mutable { std::swap(value, loaded); });
    }
  };
  (objects.each(prepare), ...);
  require<ShapeError>(arrays.empty(), file, " has an array that the object has not: ", arrays.empty() ? "" : arrays.begin()->first);
  for (const std::function<void()>& change : changes) change();
}

/// Saves the objects. Whatever goes wrong, `path` holds its old content or all of the new one.
/// Throws IoError, and what `format_checkpoint` throws.
void save_checkpoint(const std::filesystem::path& path, auto&&... objects) { write_file(path, format_checkpoint(objects...)); }

/// Loads what `save_checkpoint` saved. Throws IoError, and what `parse_checkpoint` throws; the objects are then as they were.
void load_checkpoint(const std::filesystem::path& path, auto&&... objects) { parse_checkpoint(read_file(path), path.string(), objects...); }

}  // namespace hebb
