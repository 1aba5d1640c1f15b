/// @file
/// What arrives at a block of neurons in some steps, and their potentials in these steps.
#pragma once

#include <bit>

#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Sums of the weights that arrive in each of some steps, one number per padded neuron.
template <typename Scalar>
class Arriving {
 public:
  static constexpr Index longest = 16;  ///< steps, at most

  /// Sums of 0 for so many padded neurons.
  explicit Arriving(Index padded) : sums_(Matrix<Scalar>::Zero(padded, longest)) {}

  const Scalar* data() const {
    return sums_.data();
  }  ///< column n holds step n: padded neurons x `longest`

  /// The numbers of step n, from 0, to add to.
  Scalar* row(Index n) {
    used_ |= 1u << n;
    return sums_.col(n).data();
  }

  /// Sets all sums to 0.
  void clear() {
    for (; used_ != 0; used_ &= used_ - 1) {
      Scalar* const row = sums_.col(std::countr_zero(used_)).data();
      for (Index at = 0; at < sums_.rows(); at += simd::width<Scalar>)
        simd::store(row + at, simd::Vec<Scalar>{});
    }
  }

 private:
  Matrix<Scalar> sums_;  // padded neurons x steps
  unsigned used_ = 0;    // bit n: step n may hold other numbers than 0
};

/// Where the potentials of a block after each of some steps are: in tiles of 16 neurons, and within
/// a tile one step after the other.
template <typename Scalar>
struct PotentialTiles {
  static constexpr Index lanes = 16;  ///< neurons per tile

  Scalar* data = nullptr;  ///< the first tile; null: potentials are not wanted
  Index stride = 0;        ///< numbers from a tile to the next

  Scalar* tile(Index tile) const { return data + tile * stride; }  ///< where a tile begins
  /// The numbers of neuron `first` and those that follow it in its tile, after the first step;
  /// those of the next step are `lanes` apart.
  Scalar* of(Index first) const { return tile(first / lanes) + first % lanes; }
};

}  // namespace hebb
