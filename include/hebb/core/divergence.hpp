/// @file
/// Detection of divergence in the step in which it happens, without reading all weights at every
/// step.
#pragma once

#include <cmath>
#include <limits>

#include "hebb/core/finite.hpp"

namespace hebb {

/// Runs body(). A Divergence that it throws gets the parts of `where` in front of its message.
template <typename Body, typename... Where>
void name_divergence(const Body& body, const Where&... where) {
  try {
    body();
  } catch (const Divergence& error) {
    throw Divergence(sentence(where..., ": ", error.what()));
  }
}

/// The largest |element| of a matrix; infinity or NaN if one is there.
template <typename Scalar>
double largest_of(const View<Scalar>& matrix) {
  double largest = 0;
  for (Index col = 0; col < matrix.cols(); ++col) {
    const double here = double(largest_magnitude(matrix.col(col).data(), matrix.rows()));
    if (!(here <= largest)) largest = here;
    if (std::isnan(largest)) break;
  }
  return largest;
}

/// Bounds on one step, w -> w + gain (change - decay w), for weights with |w| <= most.
struct StepSize {
  double change = 0;  ///< no element of the change is larger
  double decay = 0;   ///< no element of decay * W is larger than this times `most`
  double factor = 1;  ///< after the step no weight is larger than factor * most + added
  double added = 0;   ///< see `factor`; a weight
};

/// Keeps an upper bound on the weights of an optimiser, so that most steps need not read them to
/// know that they are finite.
///
/// The weights must be read in the first step; where the bound would pass 2^36; where the change,
/// with its decay, would pass 2^60, because its square must be finite too; and in every 1000th
/// step, because a user may have set weights beyond the bound.
class Watch {
 public:
  /// Whether the weights must be read in this step.
  bool must_read(const StepSize& step) const {
    const bool safe = step.change + step.decay * most_ < 0x1p60 &&
                      step.factor * most_ + step.added < 0x1p36;  // false for NaN
    return !safe || unread_ >= 1000;
  }

  /// Takes a step in which the weights were not read.
  void skip(const StepSize& step) {
    most_ = step.factor * most_ + step.added;
    ++unread_;
  }

  /// Takes the largest magnitude of the weights, which were read.
  void read(double largest) {
    most_ = largest;
    unread_ = 0;
  }

 private:
  double most_ = std::numeric_limits<double>::infinity();
  int unread_ = 0;
};

}  // namespace hebb
