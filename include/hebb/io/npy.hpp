/// @file
/// NumPy's .npy files: one array of numbers, from and to Eigen's matrices, vectors and plain
/// numbers.
///
/// Accepted are versions 1 and 2; floats of 2, 4 and 8 bytes, integers of 1 to 8 bytes, truth
/// values, texts of fixed length (NumPy's S); both byte orders and both memory orders; at most 8
/// dimensions; a header of at most 64 KiB; and exactly as many bytes of data as the header
/// declares. Nothing that is read is executed. The format has no checksum, so damage to the numbers
/// is not detected (a checkpoint has a hash).
#pragma once

#include <algorithm>
#include <concepts>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "hebb/core/label.hpp"
#include "hebb/io/file.hpp"
#include "hebb/io/npy_header.hpp"

namespace hebb {

/// The array in the bytes of a .npy file. It takes over their memory. Throws FormatError; `name` is
/// the name of the file in error messages.
inline NpyArray parse_npy(std::vector<std::byte>&& bytes, std::string_view name) {
  const auto at = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  constexpr std::string_view magic = "\x93NUMPY";
  const std::size_t preamble =
      bytes.size() > 6 && at(6) == 1 ? 10 : 12;  // magic, version, and a length of 2 or 4 bytes
  require<FormatError>(
      bytes.size() >= preamble && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0, name,
      " is not a .npy file");
  require<FormatError>((at(6) == 1 || at(6) == 2) && at(7) == 0, name, " has the .npy version ",
                       at(6), ".", at(7), "; understood are 1.0 and 2.0");
  const std::size_t length =
      at(8) | at(9) << 8 | (preamble == 12 ? at(10) << 16 | at(11) << 24 : 0);
  constexpr std::size_t longest = std::size_t(1) << 16;
  require<FormatError>(length <= longest, name, ": the .npy header has ", length,
                       " bytes, more than ", longest);
  require<FormatError>(length <= bytes.size() - preamble, name, " is truncated in its .npy header");
  NpyHeader header({reinterpret_cast<const char*>(bytes.data()) + preamble, length}, name);

  const std::size_t begin = preamble + length, count = bytes.size() - begin,
                    size = header.array.type.size;
  require<FormatError>(count % size == 0 && count / size == header.elements, name, " has ", count,
                       " bytes of data; ", header.array.type.text(), " ", header.array.shape_text(),
                       " takes ", header.elements, " times ", size);
  bytes.erase(bytes.begin(), bytes.begin() + std::ptrdiff_t(begin));
  if (header.swapped)
    for (std::size_t i = 0; i < count; i += size)
      std::reverse(bytes.data() + i, bytes.data() + i + size);
  header.array.data = std::move(bytes);
  return std::move(header.array);
}

/// The array in the bytes of a .npy file.
inline NpyArray parse_npy(std::span<const std::byte> bytes, std::string_view name) {
  return parse_npy(std::vector<std::byte>(bytes.begin(), bytes.end()), name);
}

/// The bytes of a .npy file.
inline std::vector<std::byte> format_npy(const NpyArray& array) {
  const std::string head = npy_head(array);
  const auto begin = text_bytes(head);
  std::vector<std::byte> bytes;
  bytes.reserve(begin.size() + array.data.size());
  bytes.insert(bytes.end(), begin.begin(), begin.end());
  bytes.insert(bytes.end(), array.data.begin(), array.data.end());
  return bytes;
}

/// The type and shape that a value has as an array, without its data: no dimension for a number or
/// a text, one for a vector, two for a matrix.
template <typename Value>
NpyArray describe_npy(const Value& value) {
  if constexpr (ArrayNumber<Value>) {
    return {NpyType::of<Value>(), {}};
  } else if constexpr (std::same_as<Value, Label>) {
    return {NpyType{'S', value.text.size()}, {}};
  } else if constexpr (std::same_as<Value, NpyArray>) {
    return {value.type, value.shape, value.order};
  } else {
    NpyArray array{NpyType::of<typename Value::Scalar>(), {value.rows(), value.cols()}};
    if constexpr (Value::IsVectorAtCompileTime)
      array.shape = {value.size()};
    else if constexpr (Value::IsRowMajor)
      array.order = NpyOrder::last_fastest;
    return array;
  }
}

/// The memory of a number, a text, a vector or a matrix.
template <typename Value>
std::span<const std::byte> memory_of(const Value& value) {
  if constexpr (ArrayNumber<Value>)
    return std::as_bytes(std::span(&value, 1));
  else if constexpr (std::same_as<Value, NpyArray>)
    return std::span(value.data);
  else
    return std::as_bytes(std::span(value.data(), std::size_t(value.size())));
}

/// A number, a text, a vector or a matrix as an array.
template <typename Value>
NpyArray to_npy(const Value& value) {
  NpyArray array = describe_npy(value);
  const std::span<const std::byte> bytes = memory_of(value);
  array.data.assign(bytes.begin(), bytes.end());
  return array;
}

/// An array as a number, a text (std::string), a vector or a matrix, Target, of exactly its type
/// and number of dimensions. Throws FormatError otherwise.
template <typename Target>
Target from_npy(const NpyArray& array, std::string_view name) {
  const auto require_kind = [&](NpyType type, std::size_t dimensions) {
    require<FormatError>(array.type == type && array.shape.size() == dimensions, name, " holds ",
                         array.type.text(), " of shape ", array.shape_text(), ", expected is ",
                         type.text(), " with ", dimensions,
                         " dimension(s); hebb/io/npy_convert.hpp converts types");
    array.require_length(name);
  };
  if constexpr (std::same_as<Target, std::string>) {
    require_kind({'S', array.type.size}, 0);
    return std::string(reinterpret_cast<const char*>(array.data.data()), array.data.size());
  } else if constexpr (ArrayNumber<Target>) {
    require_kind(NpyType::of<Target>(), 0);
    Target value;
    std::memcpy(&value, array.data.data(), sizeof(value));
    return value;
  } else if constexpr (Target::IsVectorAtCompileTime) {
    require_kind(NpyType::of<typename Target::Scalar>(), 1);
    Target values(array.shape[0]);
    if (values.size() > 0) std::memcpy(values.data(), array.data.data(), array.data.size());
    return values;
  } else {
    using T = typename Target::Scalar;
    require_kind(NpyType::of<T>(), 2);
    const Index rows = array.shape[0], cols = array.shape[1];
    if (array.data.empty()) return Target(rows, cols);  // no loop over empty columns
    const T* const data = reinterpret_cast<const T*>(array.data.data());
    if (array.order == NpyOrder::first_fastest)
      return Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>>(data, rows, cols);
    return Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
        data, rows, cols);
  }
}

/// Reads one array: a number, a vector or a matrix. Throws IoError and FormatError.
template <typename Target>
Target read_npy(const std::filesystem::path& path, std::uint64_t limit = default_size_limit) {
  return from_npy<Target>(parse_npy(read_file(path, limit), path.string()), path.string());
}

/// Writes a number, a vector or a matrix so that the file is never seen half-written. Throws
/// IoError.
void write_npy(const std::filesystem::path& path, const auto& values) {
  FileReplacement file(path);
  file.write(text_bytes(npy_head(describe_npy(values))));
  file.write(memory_of(values));
  file.commit();
}

}  // namespace hebb
