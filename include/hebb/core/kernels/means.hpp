/// @file
/// Sums over columns. They read memory in its order, column after column; Eigen's rowwise() reads
/// along the rows.
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

/// squares[i] = sum over j of matrix(i, j)^2, four columns at a time, so that the sums are
/// loaded and stored only once per four columns.
template <typename Scalar>
void row_squares(const Matrix<Scalar>& matrix, Vector<Scalar>& squares) {
  squares.setZero(matrix.rows());
  Index j = 0;
  for (; j + 4 <= matrix.cols(); j += 4)
    squares += matrix.col(j).cwiseAbs2() + matrix.col(j + 1).cwiseAbs2() +
               matrix.col(j + 2).cwiseAbs2() + matrix.col(j + 3).cwiseAbs2();
  for (; j < matrix.cols(); ++j) squares += matrix.col(j).cwiseAbs2();
}

}  // namespace hebb
