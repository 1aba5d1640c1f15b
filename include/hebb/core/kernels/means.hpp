/// @file
/// Sums over columns. They read memory in its order, column after column; Eigen's rowwise() reads
/// along the rows.
#pragma once

#include <algorithm>

#include "hebb/core/batch.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// mean = (1 / columns) sum over c of term(c), where term(c) is a vector expression; over all
/// columns of the batch, of which `columns` are this process's.
template <typename Scalar, typename Term, BatchShare Batch = WholeBatch>
void mean_over_columns(Index columns, const Term& term, Vector<Scalar>& mean,
                       const Batch& batch = {}) {
  batch.sum(columns, mean, [&](Index begin, Index count, auto& sum) {
    sum = term(begin);
    for (Index c = begin + 1; c < begin + count; ++c) sum += term(c);
  });
  mean /= Scalar(batch.columns(columns));
}

/// squares[i] = sum over j of matrix(i, j)^2, four columns at a time, so that the sums are
/// loaded and stored only once per four columns. In blocks of rows, on all threads.
template <typename Scalar>
void row_squares(const Matrix<Scalar>& matrix, Vector<Scalar>& squares) {
  squares.setZero(matrix.rows());
  const Index width = even_width(matrix.rows(), 512);
  parallel_for((matrix.rows() + width - 1) / width,
               [&](Index block) {
                 const Index begin = block * width, count = std::min(width, matrix.rows() - begin);
                 auto sums = squares.segment(begin, count);
                 const auto squares_of = [&](Index j) {
                   return matrix.col(j).segment(begin, count).cwiseAbs2();
                 };
                 Index j = 0;
                 for (; j + 4 <= matrix.cols(); j += 4)
                   sums +=
                       squares_of(j) + squares_of(j + 1) + squares_of(j + 2) + squares_of(j + 3);
                 for (; j < matrix.cols(); ++j) sums += squares_of(j);
               },
               pass_time(double(matrix.size())));
}

}  // namespace hebb
