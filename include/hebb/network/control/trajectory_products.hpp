/// @file
/// Sums over time of products of postsynaptic and presynaptic factors, in blocks of columns.
#pragma once

#include <cstddef>

#include "hebb/core/kernels/products.hpp"
#include "hebb/network/dense_layers.hpp"

namespace hebb {

/// Sums of changes: one sum per block of columns. The sums are added in the order of the blocks.
template <typename Scalar>
struct BlockSums {
  Matrices<Scalar> blocks;  ///< of layer k: post x (pre + 1) of every block side by side
  Matrices<Scalar> change;  ///< of layer k: post x (pre + 1)

  /// Zero for the layers from `first` on.
  void begin(const auto& net, std::size_t first) {
    const Index batch = net.activity.rate[0].cols();
    blocks.resize(net.layers.depth());
    change.resize(net.layers.depth());
    for (std::size_t k = first; k < blocks.size(); ++k)
      blocks[k].setZero(net.state[k].rows(),
                        net.activity.rate[k].rows() * net.relaxation.blocks(batch));
  }

  /// The sum of the block of these columns, for layer k with `pre` presynaptic rows.
  auto of(std::size_t k, const Columns& columns, Index pre) {
    return blocks[k].middleCols(columns.block * pre, pre);
  }

  /// change = scale * sum, mean over columns.
  void finish(const auto& net, Scalar scale, std::size_t first) {
    const Scalar each = scale / Scalar(net.activity.rate[0].cols());
    for (std::size_t k = first; k < blocks.size(); ++k) {
      const Index pre = net.activity.rate[k].rows();
      change[k] = each * blocks[k].leftCols(pre);
      for (Index begin = pre; begin < blocks[k].cols(); begin += pre)
        change[k] += each * blocks[k].middleCols(begin, pre);
    }
  }
};

/// Sums over time of post pre^T.
///
/// The input of layer 0 is constant, so the postsynaptic factors of layer 0 are summed and
/// multiplied once.
template <typename Scalar>
struct TrajectoryProducts {
  Matrices<Scalar> post;          ///< scratch space for the postsynaptic factor of a step
  Matrix<Scalar> first_sum;       ///< of layer 0: its postsynaptic factors, summed over time
  BlockSums<Scalar> sums;         ///< of the other layers; `finish` adds layer 0
  PackedMatrices<Scalar> packed;  // scratch space of every worker

  /// All sums are 0.
  void begin(const auto& net) {
    const Index batch = net.activity.rate[0].cols();
    resize_all(post, net.layers.neurons(), batch);
    first_sum.setZero(post[0].rows(), batch);
    sums.begin(net, 1);
    packed.resize(std::size_t(max_threads()));
  }

  /// Adds post pre^T for some columns of layer k.
  void add(std::size_t k, const Columns& columns, const Matrix<Scalar>& pre) {
    if (k == 0) {
      columns.of(first_sum) += columns.of(post[0]);
    } else {
      auto& left = packed[std::size_t(columns.worker)];
      left.pack(columns.of(post[k]));
      left.add_product(columns.of(pre).transpose(), sums.of(k, columns, pre.rows()));
    }
  }

  /// The change of all layers: scale * sum, mean over columns.
  void finish(const auto& net, Scalar scale) {
    sums.finish(net, scale, 1);
    sums.change[0].setZero(first_sum.rows(), net.activity.rate[0].rows());
    add_mean_outer_product<Scalar>(scale, first_sum, net.activity.rate[0], sums.change[0]);
  }
};

}  // namespace hebb
