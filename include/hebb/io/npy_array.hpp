/// @file
/// An array in memory as NumPy's .npy files describe it: type, shape, memory order and data.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hebb/core/error.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// The types of numbers that an array may hold.
template <typename T>
concept ArrayNumber = std::same_as<T, float> || std::same_as<T, double> ||
    (std::integral<T> && !std::same_as<T, bool>);

/// The type of an element: 'f' floating, 'i' signed, 'u' unsigned, 'b' truth value or 'S' text, and
/// its size in bytes.
struct NpyType {
  char kind = 'f';       ///< one of the letters above
  std::size_t size = 4;  ///< bytes per element

  /// The type of T.
  template <ArrayNumber T>
  static constexpr NpyType of() {
    return {std::floating_point<T> ? 'f' : std::signed_integral<T> ? 'i' : 'u', sizeof(T)};
  }
  /// Whether it is a type that arrays may have.
  constexpr bool known() const {
    if (kind == 'S') return size > 0;
    if (kind == 'b') return size == 1;
    return (kind == 'f' && (size == 2 || size == 4 || size == 8)) ||
           ((kind == 'i' || kind == 'u') && size <= 8 && std::has_single_bit(size));
  }

  /// As NumPy writes it without the order of bytes, as in f4.
  std::string text() const { return kind + std::to_string(size); }

  /// Whether the order of its bytes matters.
  constexpr bool has_order() const { return kind != 'S' && size > 1; }

  friend bool operator==(NpyType, NpyType) = default;
};

/// The order of an array's elements in a file.
enum class NpyOrder {
  last_fastest,  ///< NumPy's C order
  first_fastest  ///< Fortran's and Eigen's order
};

/// An array of any shape, in this machine's byte order.
struct NpyArray {
  NpyType type;                              ///< of every element
  std::vector<Index> shape;                  ///< elements per dimension; empty: a single number
  NpyOrder order = NpyOrder::first_fastest;  ///< of the elements in `data`
  std::vector<std::byte> data = {};          ///< elements without gaps, in `order`

  /// The shape as NumPy writes it, as in (3, 4).
  std::string shape_text() const {
    std::string text = "(";
    for (std::size_t i = 0; i < shape.size(); ++i)
      text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
    return text + (shape.size() == 1 ? ",)" : ")");
  }

  /// Throws FormatError unless the data have exactly as many bytes as type and shape take. `name`
  /// is the name of the array in the message.
  void require_length(std::string_view name) const {
    std::uint64_t size = type.size;
    for (const Index length : shape) size *= std::uint64_t(length);
    require<FormatError>(data.size() == size, name, " has ", data.size(),
                         " bytes of data, its shape takes ", size);
  }
};

}  // namespace hebb
