/// @file
/// Mean and standard deviation of a list of numbers, e.g. of a result over seeds.
#pragma once

#include <cmath>
#include <functional>
#include <iterator>

#include "hebb/core/error.hpp"

namespace hebb {

/// Mean, standard deviation and standard error of some numbers, such as results over seeds.
struct Spread {
  double mean = 0;            ///< sum / n
  double deviation = 0;       ///< standard deviation, from the sum of squares / (n - 1); 0 if n = 1
  double standard_error = 0;  ///< of the mean: deviation / sqrt(n)
};

/// The spread of value(element) over a range of elements. Throws InvalidParameter if there are
/// none.
template <typename Range, typename Value = std::identity>
Spread spread(const Range& elements, const Value& value = {}) requires requires {
  std::invoke(value, *std::begin(elements));
}
{
  double sum = 0, squares = 0, count = 0;
  for (const auto& element : elements) sum += double(std::invoke(value, element)), ++count;
  require(count > 0, "spread: there are no numbers");
  const double mean = sum / count;
  for (const auto& element : elements) {
    const double difference = double(std::invoke(value, element)) - mean;
    squares += difference * difference;
  }
  const double deviation = count > 1 ? std::sqrt(squares / (count - 1)) : 0;
  return {mean, deviation, deviation / std::sqrt(count)};
}

}  // namespace hebb
