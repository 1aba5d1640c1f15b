/// @file
/// The header of NumPy's .npy files, a Python dictionary: read without executing anything, and
/// written.
#pragma once

#include <algorithm>
#include <bit>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "hebb/io/npy_array.hpp"

namespace hebb {

/// A .npy file whose elements have a type that is not understood, such as Python objects.
struct ForeignType : FormatError {
  using FormatError::FormatError;
};

/// Reads the header of a .npy file: a Python dictionary of exactly descr, fortran_order and shape.
class NpyHeader {
 public:
  /// `name` is the name of the file in error messages.
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
  template <typename Error = FormatError, typename... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw Error(sentence(name_, ": the .npy header ", parts...));
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
      fail<ForeignType>(
          "has a structured type, an array of records; understood are arrays of numbers");
    const std::string_view descr = quoted();
    const std::string_view size = descr.substr(std::min<std::size_t>(2, descr.size()));
    const char order = descr.size() > 2 ? descr[0] : '?';
    array.type = {descr.size() > 2 ? descr[1] : '?', 0};
    const auto [end, error] =
        std::from_chars(size.data(), size.data() + size.size(), array.type.size);
    if (error != std::errc{} || end != size.data() + size.size() || !array.type.known())
      fail<ForeignType>("has the type '", descr,
                        "'; understood are f2, f4, f8, i1 to i8, u1 to u8, b1 and S");
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

  /// Bounds the sizes of an array without elements as well: a loop over its columns must end soon,
  /// although the file holds no data for them.
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

/// The part of a .npy file of version 1.0 that precedes the data.
inline std::string npy_head(const NpyArray& array) {
  const char byte_order = !array.type.has_order()                      ? '|'
                          : std::endian::native == std::endian::little ? '<'
                                                                       : '>';
  std::string head =
      sentence("{'descr': '", byte_order, array.type.text(),
               "', 'fortran_order': ", array.order == NpyOrder::first_fastest ? "True" : "False",
               ", 'shape': ", array.shape_text(), ", }");
  constexpr std::size_t preamble = 10, alignment = 64;
  head.append(alignment - 1 - (preamble + head.size()) % alignment, ' ').append("\n");
  head.insert(
      0, {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, char(head.size() & 0xff), char(head.size() >> 8)});
  return head;
}

}  // namespace hebb
