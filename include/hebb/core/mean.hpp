/// @file
/// Means over columns. Eigen's own rowwise() walks across the columns of a matrix, once a row; these walk down them.
#pragma once

#include "hebb/core/types.hpp"

namespace hebb {

/// mean = (1 / columns) sum over c of term(c), where term(c) is a vector expression.
template <typename Scalar, typename Term>
void mean_over_columns(Index columns, const Term& term, Vector<Scalar>& mean) {
  mean = term(0);
  for (Index c = 1; c < columns; ++c) mean += term(c);
  mean /= Scalar(columns);
}

}  // namespace hebb
