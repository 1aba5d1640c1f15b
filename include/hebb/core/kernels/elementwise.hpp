/// @file
/// An elementwise function of columns, computed in whole vectors.
#pragma once

#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// to = function(from), element by element. Both have contiguous columns; `to` takes the shape of
/// `from`. `function` takes and returns arrays.
///
/// Eigen computes the elements of a column that lie before the first aligned address of `to`, and
/// the last ones, one by one; for tanh and a column of 256 numbers these take as long as the rest.
/// Here all are computed in vectors. An element's bits do not depend on its place in memory.
template <typename Scalar>
void map_elements(const View<Scalar>& from, auto&& to, const auto& function) {
  constexpr Index lanes = simd::width<Scalar>, chunk = 2 * lanes;
  to.resize(from.rows(), from.cols());
  const bool gapless = from.outerStride() == from.rows() && to.outerStride() == to.rows();
  const Index columns = gapless ? 1 : from.cols(), rows = gapless ? from.size() : from.rows(),
              rest = rows % lanes;
  for (Index c = 0; c < columns; ++c) {
    const Scalar* source = from.data() + c * from.outerStride();
    Scalar* target = to.data() + c * to.outerStride();
    const auto apply = [&]<Index count>(Index row) __attribute__((always_inline)) {
      using Part = Eigen::Array<Scalar, count, 1>;
      Eigen::Map<Part>(target + row) = function(Eigen::Map<const Part>(source + row));
    };
    Index row = 0;
    for (; row + chunk <= rows; row += chunk) apply.template operator()<chunk>(row);
    for (; row + lanes <= rows; row += lanes) apply.template operator()<lanes>(row);
    if (rest == 0) continue;
    Eigen::Array<Scalar, lanes, 1> last;
    simd::store(last.data(), simd::load_part(source + row, rest));
    last = function(last).eval();
    simd::store_part(target + row, simd::load(last.data()), rest);
  }
}

}  // namespace hebb
