/// @file
/// Dense products on all threads, cut into blocks that do not depend on how many threads there are.
#pragma once

#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// product = a b, in blocks of columns of b.
template <typename Scalar>
void multiply(const View<Scalar>& a, const View<Scalar>& b, Matrix<Scalar>& product) {
  product.resize(a.rows(), b.cols());
  const Index width = 64;
  parallel_for((b.cols() + width - 1) / width, [&](Index block) {
    const Index begin = block * width, count = std::min(width, b.cols() - begin);
    product.middleCols(begin, count).noalias() = a * b.middleCols(begin, count);
  });
}

/// mean = post pre^T / columns, in blocks of presynaptic neurons.
template <typename Scalar>
void mean_outer_product(const View<Scalar>& post, const View<Scalar>& pre, Matrix<Scalar>& mean) {
  mean.resize(post.rows(), pre.rows());
  const Index width = even_width(
      pre.rows(), 256);  // wide enough that packing `post` again for every block is cheap
  const Scalar scale = Scalar(1) / Scalar(post.cols());
  parallel_for((pre.rows() + width - 1) / width, [&](Index block) {
    const Index begin = block * width, count = std::min(width, pre.rows() - begin);
    mean.middleCols(begin, count).noalias() =
        scale * post * pre.middleRows(begin, count).transpose();
  });
}

/// rest -= a^T b, in blocks of columns of a.
template <typename Scalar>
void subtract_transposed_product(const View<Scalar>& a, const View<Scalar>& b,
                                 Matrix<Scalar>& rest) {
  const Index width = even_width(a.cols(), 256);
  parallel_for((a.cols() + width - 1) / width, [&](Index block) {
    const Index begin = block * width, count = std::min(width, a.cols() - begin);
    rest.middleRows(begin, count).noalias() -= a.middleCols(begin, count).transpose() * b;
  });
}

}  // namespace hebb
