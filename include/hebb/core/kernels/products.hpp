/// @file
/// Dense products and outer products on all threads, in blocks that do not depend on the number of
/// threads.
#pragma once

#include <algorithm>

#include "hebb/core/kernels/tiled_products.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Calls body(begin, count) for blocks of `width` or fewer of `size` columns, on all threads where
/// the estimated time on one core, in nanoseconds, is worth it.
void for_each_block(Index size, Index width, const auto& body, double time = worth_waking) {
  parallel_for((size + width - 1) / width,
               [&](Index block) { body(block * width, std::min(width, size - block * width)); },
               time);
}

/// The width of the blocks of columns in which a product is formed, so large that packing the left
/// factor again for every block costs little.
inline Index product_width(Index columns) { return even_width(columns, 256); }

/// product = a b, in blocks of columns of b. An a of many rows and columns is divided into blocks
/// of rows instead: to pack it again for every block of columns would cost as much as the product.
template <typename Scalar>
void multiply(const View<Scalar>& a, const View<Scalar>& b, Matrix<Scalar>& product) {
  product.resize(a.rows(), b.cols());
  if (b.cols() == 1) {  // bound by reading a, which Eigen does as fast
    product.col(0).noalias() = a * b.col(0);
    return;
  }
  constexpr Index many_rows = 512, many_numbers = 1 << 18;
  const double time = product_time(a.rows(), a.cols(), b.cols());
  if (a.rows() >= many_rows && a.size() >= many_numbers)
    for_each_block(
        a.rows(), even_width(a.rows(), 256),
        [&](Index begin, Index count) {
          tiles::multiply<Scalar>(a.middleRows(begin, count), b, product.middleRows(begin, count));
        },
        time);
  else
    for_each_block(
        b.cols(), 64,
        [&](Index begin, Index count) {
          tiles::multiply<Scalar>(a, b.middleCols(begin, count), product.middleCols(begin, count));
        },
        time);
}

/// gram = m m^T, which has as many rows as m. Half of it is computed, and copied to the other half.
template <typename Scalar>
void gram_product(const auto& m, Eigen::Ref<Matrix<Scalar>> gram) {
  const Index n = m.rows();
  for_each_block(
      n, 64,
      [&](Index begin, Index count) {
        tiles::multiply<Scalar>(m.bottomRows(n - begin), m.middleRows(begin, count).transpose(),
                                gram.block(begin, begin, n - begin, count));
      },
      product_time(n, m.cols(), n) / 2);
  for_each_block(
      n, 64,
      [&](Index begin, Index count) {
        const Index rest = n - begin - count;
        gram.block(begin, begin + count, count, rest) =
            gram.block(begin + count, begin, rest, count).transpose();
      },
      pass_time(double(n) * double(n)));
}

/// rest -= a^T b, in blocks of columns of a.
template <typename Scalar>
void subtract_transposed_product(const View<Scalar>& a, const View<Scalar>& b,
                                 Matrix<Scalar>& rest) {
  for_each_block(
      a.cols(), product_width(a.cols()),
      [&](Index begin, Index count) {
        tiles::multiply<Scalar>(a.middleCols(begin, count).transpose(), b,
                                rest.middleRows(begin, count), -1, true);
      },
      product_time(a.cols(), a.rows(), b.cols()));
}

/// to = scale post pre^T, on the calling thread.
template <typename Scalar>
void outer_product(Scalar scale, const View<Scalar>& post, const View<Scalar>& pre, auto&& to) {
  tiles::multiply<Scalar>(post, pre.transpose(), to, scale);
}

/// mean = post pre^T / columns, in blocks of presynaptic neurons.
template <typename Scalar>
void mean_outer_product(const View<Scalar>& post, const View<Scalar>& pre, Matrix<Scalar>& mean) {
  mean.resize(post.rows(), pre.rows());
  const Scalar scale = Scalar(1) / Scalar(post.cols());
  for_each_block(
      pre.rows(), product_width(pre.rows()),
      [&](Index begin, Index count) {
        outer_product<Scalar>(scale, post, pre.middleRows(begin, count),
                              mean.middleCols(begin, count));
      },
      product_time(post.rows(), post.cols(), pre.rows()));
}

/// Throws ShapeError unless `sum` has the shape of post pre^T.
template <typename Scalar>
void require_factors(const View<Scalar>& post, const View<Scalar>& pre, const Matrix<Scalar>& sum) {
  require<ShapeError>(
      post.cols() == pre.cols() && sum.rows() == post.rows() && sum.cols() == pre.rows(),
      "a change of ", sum.rows(), " x ", sum.cols(), " cannot be made of ", post.rows(), " x ",
      post.cols(), " postsynaptic and ", pre.rows(), " x ", pre.cols(), " presynaptic factors");
}

/// sum += scale post pre^T / columns.
template <typename Scalar>
void add_mean_outer_product(Scalar scale, const View<Scalar>& post, const View<Scalar>& pre,
                            Matrix<Scalar>& sum) {
  require_factors<Scalar>(post, pre, sum);
  const Scalar each = scale / Scalar(post.cols());
  for_each_block(
      pre.rows(), product_width(pre.rows()),
      [&](Index begin, Index count) {
        tiles::multiply<Scalar>(post, pre.middleRows(begin, count).transpose(),
                                sum.middleCols(begin, count), each, true);
      },
      product_time(post.rows(), post.cols(), pre.rows()));
}

}  // namespace hebb
