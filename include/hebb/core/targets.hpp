/// @file
/// Targets of classifiers.
#pragma once

#include <iterator>

#include "hebb/core/error.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Targets of a classifier: `correct` for the labelled class, the rest shared by the other classes.
/// Throws InvalidParameter on a label outside [0, classes).
template <typename Scalar>
Matrix<Scalar> soft_targets(const auto& labels, Index classes, double correct = 1) {
  require(classes > 1, "soft_targets: needs at least two classes, got ", classes);
  Matrix<Scalar> targets = Matrix<Scalar>::Constant(classes, Index(std::size(labels)),
                                                    Scalar((1 - correct) / double(classes - 1)));
  Index sample = 0;
  for (const auto label : labels) {
    require(Index(label) >= 0 && Index(label) < classes, "soft_targets: label ", Index(label),
            " is not in [0, ", classes, ")");
    targets(Index(label), sample++) = Scalar(correct);
  }
  return targets;
}

}  // namespace hebb
