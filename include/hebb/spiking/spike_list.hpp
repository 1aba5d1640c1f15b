/// @file
/// Spikes as a list, in the order of their steps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hebb/core/types.hpp"

namespace hebb {

/// A neuron's spike at a step.
struct Spike {
  std::int64_t step = 0;
  Index neuron = 0;

  friend bool operator==(const Spike&, const Spike&) = default;
};

/// A growing list of spikes whose steps never decrease. Old ones are dropped from its front. A reader may keep its place in `next`.
/// Throws InvalidParameter for a spike that is earlier than the last.
class SpikeList {
 public:
  Index next = 0;

  Index size() const { return size_; }
  Spike operator[](Index k) const { return {columns_(0, k), Index(columns_(1, k))}; }

  void push(Spike spike) {
    const std::int64_t last = size_ > 0 ? columns_(0, size_ - 1) : spike.step;
    require(spike.step >= last, "SpikeList: a spike at step ", spike.step, " after one at step ", last);
    if (size_ == columns_.cols()) columns_.conservativeResize(2, std::max<Index>(64, 2 * size_));
    columns_.col(size_++) << spike.step, std::int64_t(spike.neuron);
  }

  /// The place of the first spike at `step` or later.
  Index find(std::int64_t step) const {
    Index low = 0;
    for (Index high = size_; low < high;) {
      const Index middle = (low + high) / 2;
      if (columns_(0, middle) < step)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  /// Forgets all spikes before `step`.
  void drop_before(std::int64_t step) {
    const Index gone = find(step);
    std::copy(columns_.data() + 2 * gone, columns_.data() + 2 * size_, columns_.data());
    size_ -= gone;
    next = std::max<Index>(0, next - gone);
  }

  /// Throws InvalidParameter unless `push` and `drop_before` can have made the list, of neurons 0 ... neurons - 1.
  /// The hash of a checkpoint shows damage, but not forgery: whoever goes through a list that was loaded checks it first.
  void check(Index neurons) const {
    const bool whole = 0 <= size_ && size_ <= columns_.cols() && 0 <= next && next <= size_;
    require(whole, "SpikeList: ", size_, " spikes, of which ", next, " are read, cannot be in a list of ", columns_.cols());
    for (Index k = 0; k < size_; ++k) {
      const Spike spike = (*this)[k];
      require(0 <= spike.neuron && spike.neuron < neurons, "SpikeList: a spike of neuron ", spike.neuron, " of ", neurons);
      const std::int64_t before = columns_(0, std::max<Index>(0, k - 1));
      require(before <= spike.step, "SpikeList: a spike at step ", spike.step, " after one at step ", before);
    }
  }

  void each(auto&& visit) {
    columns_.conservativeResize(2, std::clamp<Index>(size_, 0, columns_.cols()));
    visit("spikes", columns_);
    visit("count", size_);
    visit("next", next);
  }

 private:
  Matrix<std::int64_t> columns_ = Matrix<std::int64_t>(2, 0);  // step, neuron
  Index size_ = 0;
};

}  // namespace hebb
