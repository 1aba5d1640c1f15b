/// @file
/// NumPy's .npy files: one array of numbers, from and to Eigen's matrices, vectors and plain
/// numbers.
///
/// What is read: versions 1 and 2; floats of 4 and 8 bytes, integers of 1 to 8, texts of fixed
/// length (NumPy's S); both byte orders, both memory orders; at most 8 dimensions and a header of
/// at most 64 KiB; not a byte more or less than the header says. Nothing read is ever executed. The
/// format has no checksum: damage to the numbers themselves goes unseen (a checkpoint has one).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include "hebb/core/label.hpp"
#include "hebb/core/types.hpp"
#include "hebb/io/file.hpp"

namespace hebb {

/// A number an array may hold.
template <typename T>
concept ArrayNumber = std::same_as<T, float> || std::same_as<T, double> ||
    (std::integral<T> && !std::same_as<T, bool>);

/// What an element is: 'f' floating, 'i' signed, 'u' unsigned, 'S' a text, and its bytes.
struct NpyType {
  char kind = 'f';
  std::size_t size = 4;

  template <ArrayNumber T>
  static constexpr NpyType of() {
    return {std::floating_point<T> ? 'f' : std::signed_integral<T> ? 'i' : 'u', sizeof(T)};
  }
  /// Is it one that an array may have?
  constexpr bool known() const {
    if (kind == 'S') return size > 0;
    return (kind == 'f' && (size == 4 || size == 8)) ||
           ((kind == 'i' || kind == 'u') && size <= 8 && std::has_single_bit(size));
  }

  /// Does the order of its bytes matter?
  constexpr bool has_order() const { return kind != 'S' && size > 1; }

  friend bool operator==(NpyType, NpyType) = default;
  friend std::ostream& operator<<(std::ostream& out, NpyType type) {
    return out << type.kind << type.size;
  }
};

enum class NpyOrder {
  last_fastest,
  first_fastest
};  ///< NumPy's C order and Fortran's, which is Eigen's

/// An array of any shape, in this machine's byte order.
struct NpyArray {
  NpyType type;
  std::vector<Index> shape;
  NpyOrder order = NpyOrder::first_fastest;
  std::vector<std::byte> data = {};

  /// The shape as NumPy writes it, as in (3, 4).
  std::string shape_text() const {
    std::string text = "(";
    for (std::size_t i = 0; i < shape.size(); ++i)
      text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
    return text + (shape.size() == 1 ? ",)" : ")");
  }
};

/// Reads the header of a .npy file: a Python dictionary of exactly descr, fortran_order and shape.
class NpyHeader {
 public:
  /// `name` is what errors call the file.
  NpyHeader(std::string_view text, std::string_view name) : text_(text), name_(name) {
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr")
        read_once(has_descr_, key, [&] { read_descr(); });
      else if (key == "fortran_order")
        read_once(has_order_, key, [&] { read_order(); });
      else if (key == "shape")
        read_once(has_shape_, key, [&] { read_shape(); });
      else
        fail("has the unknown key '", key, "'");
      if (accept('}')) break;
      expect(',');
    }
    if (!has_descr_ || !has_order_ || !has_shape_)
      fail("lacks one of descr, fortran_order and shape");
    skip_space();
    if (text_ != "\n") fail("does not end with one line feed");
  }

  NpyArray array;              ///< without its data
  bool swapped = false;        ///< the other byte order than this machine's
  std::uint64_t elements = 0;  ///< the product of the shape

 private:
  template <typename... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw FormatError(sentence(name_, ": the .npy header ", parts...));
  }

  void skip_space() { text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size())); }

  bool accept(char wanted) {
    skip_space();
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail("has no '", wanted, "' where one belongs");
  }

  std::string_view quoted() {
    const char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') expect(quote);
    const std::size_t end = text_.find(quote);
    if (end == std::string_view::npos) fail("has a string without end");
    const std::string_view word = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return word;
  }

  void read_once(bool& seen, std::string_view key, const auto& read) {
    if (std::exchange(seen, true)) fail("has ", key, " twice");
    read();
  }

  void read_descr() {
    skip_space();
    if (text_.starts_with('['))
      fail("has a structured type, an array of records; understood are arrays of numbers");
    const std::string_view descr = quoted();
    const std::string_view size = descr.substr(std::min<std::size_t>(2, descr.size()));
    const char order = descr.size() > 2 ? descr[0] : '?';
    array.type = {descr.size() > 2 ? descr[1] : '?', 0};
    const auto [end, error] =
        std::from_chars(size.data(), size.data() + size.size(), array.type.size);
    if (error != std::errc{} || end != size.data() + size.size() || !array.type.known())
      fail("has the type '", descr, "'; understood are f4, f8, i1 to i8, u1 to u8 and S");
    const bool order_known =
        order == '<' || order == '>' || (order == '|' && !array.type.has_order());
    if (!order_known) fail("has the type '", descr, "', which does not say its byte order");
    constexpr char native = std::endian::native == std::endian::little ? '<' : '>';
    swapped = array.type.has_order() && order != native;
  }

  void read_order() {
    skip_space();
    for (const auto& [word, order] :
         {std::pair<std::string_view, NpyOrder>{"True", NpyOrder::first_fastest},
          {"False", NpyOrder::last_fastest}})
      if (text_.starts_with(word)) {
        text_.remove_prefix(word.size());
        array.order = order;
        return;
      }
    fail("has a fortran_order that is neither True nor False");
  }

  void read_shape() {
    constexpr std::size_t most_dimensions = 8;
    expect('(');
    while (!accept(')')) {
      skip_space();
      Index size = -1;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), size);
      if (error != std::errc{} || size < 0) fail("has a shape that is not a list of sizes");
      text_.remove_prefix(std::size_t(end - text_.data()));
      if (text_.starts_with('L'))
        fail("has the size ", size, "L, a number of Python 2; save the array again with Python 3");
      if (array.shape.size() == most_dimensions)
        fail("has more than ", most_dimensions, " dimensions");
      array.shape.push_back(size);
      const bool comma = accept(',');
      if (accept(')')) {
        if (array.shape.size() == 1 && !comma) fail("has a shape of one size without its comma");
        break;
      }
      if (!comma) fail("has no ',' between two sizes");
    }
    count_elements();
  }

  /// The file need not hold anything for an array without elements: its sizes alone must not keep a
  /// loop over columns busy.
  void count_elements() {
    constexpr std::uint64_t most_of_nothing = 1 << 28;
    std::uint64_t others = 1;  // the product of all sizes but 0
    for (const Index size : array.shape)
      if (__builtin_mul_overflow(others, std::uint64_t(std::max<Index>(1, size)), &others))
        fail("has more elements than can be counted");
    const bool empty = std::ranges::count(array.shape, 0) > 0;
    if (empty && others > most_of_nothing)
      fail("has no elements but the shape ", array.shape_text());
    elements = empty ? 0 : others;
  }

  std::string_view text_, name_;
  bool has_descr_ = false, has_order_ = false, has_shape_ = false;
};

/// The array in the bytes of a .npy file, whose memory it takes over. Throws FormatError; `name` is
/// what it calls the file.
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
                       " bytes of data; ", header.array.type, " ", header.array.shape_text(),
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

/// What a .npy file of version 1.0 has before its data.
inline std::string npy_head(const NpyArray& array) {
  const char byte_order = !array.type.has_order()                      ? '|'
                          : std::endian::native == std::endian::little ? '<'
                                                                       : '>';
  std::string head =
      sentence("{'descr': '", byte_order, array.type,
               "', 'fortran_order': ", array.order == NpyOrder::first_fastest ? "True" : "False",
               ", 'shape': ", array.shape_text(), ", }");
  constexpr std::size_t preamble = 10, alignment = 64;
  head.append(alignment - 1 - (preamble + head.size()) % alignment, ' ').append("\n");
  head.insert(
      0, {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, char(head.size() & 0xff), char(head.size() >> 8)});
  return head;
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
                         array.type, " of shape ", array.shape_text(), ", wanted is ", type,
                         " with ", dimensions, " dimension(s)");
    std::uint64_t size = type.size;
    for (const Index length : array.shape) size *= std::uint64_t(length);
    require<FormatError>(array.data.size() == size, name, " has ", array.data.size(),
                         " bytes of data, its shape takes ", size);
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
    if (array.data.empty()) return Target(rows, cols);  // without a loop over columns of nothing
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
