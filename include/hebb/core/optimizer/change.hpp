/// @file
/// The change of weights that a rule passes to its optimiser.
#pragma once

#include <algorithm>
#include <limits>

#include "hebb/core/divergence.hpp"
#include "hebb/core/kernels/products.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {
template <typename Scalar>
class Change;
}  // namespace hebb

namespace Eigen::internal {
template <typename Scalar>
struct traits<hebb::Change<Scalar>> {
  using ReturnType = hebb::Matrix<Scalar>;
};
}  // namespace Eigen::internal

namespace hebb {

namespace detail {

/// The outer product of one sample. The optimiser forms each column while it updates it.
template <typename Scalar>
struct OneSample {
  const View<Scalar>& post;  ///< post x 1
  const View<Scalar>& pre;   ///< pre x 1

  auto col(Index j) const { return post.col(0) * pre(j, 0); }
  Index rows() const { return post.rows(); }
  Index cols() const { return pre.rows(); }
};

/// The mean outer product of many samples, formed in blocks of columns, so that the optimiser uses
/// each block while it is in the cache.
template <typename Scalar>
struct ManySamples {
  const View<Scalar>& post;  ///< post x columns
  const View<Scalar>& pre;   ///< pre x columns
  Matrix<Scalar>& formed;    ///< scratch space: a block for each thread

  Index rows() const { return post.rows(); }
  Index cols() const { return pre.rows(); }
  /// The columns of a block: so many that packing `post` again for every block costs little.
  Index width() const { return even_width(cols(), std::clamp<Index>((1 << 18) / rows(), 64, 256)); }
  void prepare() const { formed.resize(rows(), width() * max_threads()); }
  double time() const { return product_time(rows(), post.cols(), cols()); }

  auto form(Index begin, Index count, int worker) const {
    auto block = formed.middleCols(worker * width(), count);
    outer_product<Scalar>(Scalar(1) / Scalar(post.cols()), post, pre.middleRows(begin, count),
                          block);
    return block;
  }
};

}  // namespace detail

/// The change of the weights that a batch asks for, without the decay: post x pre.
///
/// It is a matrix, or a mean outer product <post pre^T> that is kept as its two factors. An
/// optimiser forms the columns of the product while it updates the weights. A change is also an
/// Eigen expression, so that other code can use it as a matrix, as in `weights += eta * change`;
/// this forms the whole matrix.
///
/// It refers to the caller's matrices for one call, and cannot be copied.
template <typename Scalar_>
class Change : public Eigen::ReturnByValue<Change<Scalar_>> {
 public:
  using Scalar = Scalar_;

  /// A matrix, post x pre. `largest` is an upper bound on the magnitude of its elements, if one is
  /// known: it saves the optimiser a pass over the weights.
  template <typename M>
  Change(const Eigen::DenseBase<M>& matrix,
         double largest = std::numeric_limits<double>::infinity()) requires MatrixOf<M, Scalar>
      : post_(matrix),
        pre_(Eigen::Map<const Matrix<Scalar>>(nullptr, 0, 0)),
        is_product_(false),
        largest_(largest) {}

  /// The mean outer product of `post`, post x columns, and `pre`, pre x columns.
  template <typename Post, typename Pre>
  Change(const Eigen::DenseBase<Post>& post,
         const Eigen::DenseBase<Pre>& pre) requires MatrixOf<Post, Scalar> && MatrixOf<Pre, Scalar>
      : post_(post), pre_(pre), is_product_(true) {}

  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;

  /// Whether it is kept as two factors, `post` and `pre`.
  bool is_product() const { return is_product_; }
  /// The postsynaptic factor, post x columns; the change itself where it is no product.
  const View<Scalar>& post() const { return post_; }
  /// The presynaptic factor, pre x columns.
  const View<Scalar>& pre() const { return pre_; }

  Index rows() const { return post_.rows(); }                              ///< postsynaptic neurons
  Index cols() const { return is_product_ ? pre_.rows() : post_.cols(); }  ///< presynaptic neurons

  /// An upper bound on the magnitude of the elements, and of the sums whose means they are.
  double largest() const {
    if (!is_product_) return largest_;
    return double(post_.cols()) * largest_of<Scalar>(post_) * largest_of<Scalar>(pre_);
  }

  /// Calls body(columns) with a matrix or a product whose columns for_each_column can read.
  /// `formed` is scratch space.
  auto with_columns(Matrix<Scalar>& formed, const auto& body) const {
    if (!is_product_) return body(post_);
    if (is_one_sample()) return body(detail::OneSample<Scalar>{post_, pre_});
    return body(detail::ManySamples<Scalar>{post_, pre_, formed});
  }

  /// Writes the matrix. Eigen calls it where a change is used as an expression.
  template <typename To>
  void evalTo(To& to) const {
    if (is_product_)
      outer_product<Scalar>(Scalar(1) / Scalar(post_.cols()), post_, pre_, to);
    else
      to = post_;
  }

  /// The change as a matrix: the caller's, or `formed`, into which the product is written on all
  /// threads. One sample costs so little that an optimiser that reads the change twice forms it
  /// twice: `is_one_sample`.
  View<Scalar> matrix(Matrix<Scalar>& formed) const {
    if (!is_product_) return post_;
    mean_outer_product<Scalar>(post_, pre_, formed);
    return formed;
  }

  /// Whether it is the product of one column each, which the optimiser forms while it updates.
  bool is_one_sample() const {
    constexpr Index fewest_rows = 8;  // a shorter column does not fill a vector register
    return is_product_ && post_.cols() == 1 && rows() >= fewest_rows;
  }

 private:
  View<Scalar> post_, pre_;  // of a product; of a matrix the matrix itself, and nothing
  bool is_product_;
  double largest_ = 0;  // of a matrix
};

}  // namespace hebb
