/// @file
/// Arrays of any numeric type as matrices of float or double, by a conversion that the caller asks
/// for.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "hebb/core/error.hpp"
#include "hebb/core/types.hpp"
#include "hebb/io/npy_array.hpp"

namespace hebb {

/// A floating number of 16 bits (IEEE 754 binary16) as float. Every such number is a float.
inline float from_half(std::uint16_t bits) {
  return float(Eigen::half(Eigen::half_impl::raw_uint16_to_half(bits)));
}

/// Calls visit(read), where read(i) is element i of the array, in the order of its memory, in its
/// own type (float for 16 bits, false and true as 0 and 1). Throws FormatError for texts, and when
/// the data are not as long as the shape says.
void visit_elements(const NpyArray& array, std::string_view name, const auto& visit) {
  array.require_length(name);
  const auto as = [&]<typename T>(T) {
    visit([&](Index i) {
      T element;
      std::memcpy(&element, array.data.data() + std::size_t(i) * sizeof(T), sizeof(T));
      return element;
    });
  };
  const auto [kind, bytes] = array.type;
  if (kind == 'f' && bytes == 2)
    return visit([&](Index i) {
      std::uint16_t bits;
      std::memcpy(&bits, array.data.data() + 2 * i, sizeof(bits));
      return from_half(bits);
    });
  if (kind == 'f') return bytes == 4 ? as(float()) : as(double());
  if (kind == 'b')
    return visit([&](Index i) { return int(array.data[std::size_t(i)] != std::byte{}); });
  if (kind == 'i')
    return bytes == 1   ? as(std::int8_t())
           : bytes == 2 ? as(std::int16_t())
           : bytes == 4 ? as(std::int32_t())
                        : as(std::int64_t());
  if (kind == 'u')
    return bytes == 1   ? as(std::uint8_t())
           : bytes == 2 ? as(std::uint16_t())
           : bytes == 4 ? as(std::uint32_t())
                        : as(std::uint64_t());
  throw FormatError(sentence(name, " holds ", array.type.text(), ", which is no number"));
}

/// Rounds to float or double. Throws FormatError for a finite number that becomes infinite.
template <std::floating_point Scalar>
Scalar rounded(auto number, std::string_view name) {
  const Scalar result = Scalar(number);
  require<FormatError>(std::isfinite(result) || !std::isfinite(double(number)), name, " holds ",
                       double(number), ", which is too large for ", sizeof(Scalar), " bytes");
  return result;
}

/// The same array with elements of type float or double, each rounded. `name` is the name of the
/// array in error messages. NaN and infinity stay what they are; a finite number that does not fit
/// is a FormatError.
template <std::floating_point Scalar>
NpyArray convert_npy(const NpyArray& array, std::string_view name) {
  NpyArray result{NpyType::of<Scalar>(), array.shape, array.order, {}};
  visit_elements(array, name, [&](const auto& element) {
    const std::size_t count = array.data.size() / array.type.size;
    result.data.resize(count * sizeof(Scalar));
    for (std::size_t i = 0; i < count; ++i) {
      const Scalar value = rounded<Scalar>(element(Index(i)), name);
      std::memcpy(result.data.data() + i * sizeof(Scalar), &value, sizeof(Scalar));
    }
  });
  return result;
}

/// An array whose first dimension counts samples, as NumPy's users write it, as columns: N x P is P
/// x N; N x H x W x C, images, is (C W H) x N with the channel fastest, then x, then y, as layers
/// take images. The elements are converted to float or double, and not scaled: bytes stay in [0,
/// 255]. `name` is the name of the array in error messages. Throws FormatError.
template <std::floating_point Scalar>
Matrix<Scalar> columns_from_npy(const NpyArray& array, std::string_view name) {
  const auto& shape = array.shape;
  require<FormatError>(!shape.empty(), name, " holds one number, not one sample per row");
  Index rows = 1;
  for (std::size_t d = 1; d < shape.size(); ++d) rows *= shape[d];
  Matrix<Scalar> columns(rows, shape[0]);
  if (columns.size() == 0) return columns;
  // How far apart the neighbours along each dimension are in memory.
  std::vector<Index> strides(shape.size());
  Index stride = 1;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const std::size_t d = array.order == NpyOrder::first_fastest ? k : shape.size() - 1 - k;
    strides[d] = stride;
    stride *= shape[d];
  }
  visit_elements(array, name, [&](const auto& element) {
    std::vector<Index> place(shape.size(), 0);
    Index from = 0;
    for (Index i = 0; i < columns.size(); ++i) {
      columns.data()[i] = rounded<Scalar>(element(from), name);
      for (std::size_t d = shape.size(); d-- > 0;) {  // the next place, last dimension first
        from += strides[d];
        if (++place[d] < shape[d]) break;
        from -= strides[d] * shape[d];
        place[d] = 0;
      }
    }
  });
  return columns;
}

}  // namespace hebb
