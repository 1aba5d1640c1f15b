/// @file
/// What objects save, compared between runs.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <string>

#include "hebb/core/types.hpp"

namespace hebb {

using Arrays = std::map<std::string, Matrix<double>>;

/// The matrices and vectors that some objects save, by name.
template <typename... Objects>
Arrays saved_arrays(Objects&... objects) {
  Arrays arrays;
  const auto add = [&](std::string_view name, auto& value) {
    if constexpr (requires { value.template cast<double>(); })
      arrays[std::string(name)] = value.template cast<double>();
  };
  (objects.each(add), ...);
  return arrays;
}

/// The largest difference of an array, relative to its norm; infinite where one is missing, has
/// another shape or a number that is not finite.
inline double largest_difference(const Arrays& expected, const Arrays& found) {
  double largest = 0;
  for (const auto& [name, array] : expected) {
    const auto other = found.find(name);
    if (other == found.end() || other->second.rows() != array.rows() ||
        other->second.cols() != array.cols() || !other->second.allFinite())
      return std::numeric_limits<double>::infinity();
    if (const double apart = (other->second - array).norm(); apart > 0)
      largest = std::max(largest, apart / array.norm());
  }
  return largest;
}

}  // namespace hebb
