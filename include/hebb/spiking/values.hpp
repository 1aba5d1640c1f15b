/// @file
/// Values of synapses or neurons: one for all, drawn at random, or from a vector.
#pragma once

#include <algorithm>
#include <utility>
#include <variant>

#include "hebb/core/parameter.hpp"
#include "hebb/core/random.hpp"

namespace hebb {

/// Uniform in [low, high).
struct Uniform {
  double low = 0, high = 1;  ///< low is included, high is excluded
};

/// Normal with some mean and standard deviation, cut off at the bounds.
struct Normal {
  double mean = 0, deviation = 1;                           ///< without the bounds; deviation >= 0
  double lower = -std::numeric_limits<double>::infinity();  ///< values below are set to it
  double upper = std::numeric_limits<double>::infinity();   ///< values above are set to it
};

/// A number, a distribution to draw from, or one number for each.
struct Values {
  std::variant<double, Uniform, Normal, Vector<double>> source;  ///< what the values are taken from

  Values(double value) : source(value) {}                       ///< the same for all
  Values(const Uniform& uniform) : source(uniform) {}           ///< drawn independently
  Values(const Normal& normal) : source(normal) {}              ///< drawn independently
  Values(Vector<double> values) : source(std::move(values)) {}  ///< one for each

  /// Whether it is one number.
  bool same_for_all() const { return std::holds_alternative<double>(source); }
  /// Whether they are drawn at random.
  bool drawn() const {
    return std::holds_alternative<Uniform>(source) || std::holds_alternative<Normal>(source);
  }

  /// As many values as asked for. Throws InvalidParameter for values that are not finite,
  /// ShapeError for a vector of another size; `what` is what they are called.
  Vector<double> take(Index size, Random random, const auto& what) const {
    Vector<double> result(size);
    if (const auto* one = std::get_if<double>(&source)) {
      for (double& value : result) value = *one;
    } else if (const auto* uniform = std::get_if<Uniform>(&source)) {
      require(uniform->low <= uniform->high, what, ": low must not be above high, got ",
              uniform->low, " and ", uniform->high);
      result = random.uniform<double>(size, 1, uniform->low, uniform->high);
    } else if (const auto* normal = std::get_if<Normal>(&source)) {
      require(normal->deviation >= 0 && normal->lower <= normal->upper, what,
              ": a normal distribution needs a deviation >= 0 and ordered bounds, got ",
              normal->deviation, ", ", normal->lower, " and ", normal->upper);
      result = random.normal<double>(size, 1);
      for (double& value : result)
        value = std::clamp(normal->mean + normal->deviation * value, normal->lower, normal->upper);
    } else {
      const auto& own = std::get<Vector<double>>(source);
      require<ShapeError>(own.size() == size, what, ": there are ", own.size(), " values for ",
                          size);
      result = own;
    }
    for (const double value : result)
      require(std::isfinite(value), what, " must be finite, got ", value);
    return result;
  }
};

}  // namespace hebb
