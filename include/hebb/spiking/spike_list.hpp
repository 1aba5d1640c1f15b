/// @file
/// Spikes as a list, in the order of their steps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "hebb/spiking/spikes.hpp"

namespace hebb {

/// A neuron's spike at a step.
struct Spike {
  std::int64_t step = 0;  ///< counted from 0
  Index neuron = 0;       ///< its number in the group

  friend bool operator==(const Spike&, const Spike&) = default;
};

/// A growing list of spikes whose steps never decrease. Old spikes can be dropped from its front. A
/// reader may keep its position in `next`.
///
/// `push` throws InvalidParameter for a spike that is earlier than the last. A list that was loaded
/// from a file may hold anything: its size is checked at every use; call `check` before its spikes
/// are used as indices.
class SpikeList {
 public:
  Index next = 0;  ///< position of a reader; neither `push` nor `check` moves it

  /// Throws InvalidParameter for a list that was loaded with another size than its table of spikes
  /// has.
  Index size() const {
    if (size_ < 0 || size_ > columns_.cols() || (size_ > 0 && columns_.rows() != 2)) [[unlikely]]
      refuse_size();
    return size_;
  }
  /// Spike k, from 0.
  Spike operator[](Index k) const { return {columns_(0, k), Index(columns_(1, k))}; }

  /// Appends a spike. Throws InvalidParameter for one that is earlier than the last.
  void push(Spike spike) {
    const Index count = size();
    const std::int64_t last = count > 0 ? columns_(0, count - 1) : spike.step;
    if (spike.step < last) [[unlikely]]
      refuse(spike.step, last);
    if (count == columns_.cols() || columns_.rows() != 2) resize(std::max<Index>(64, 2 * count));
    columns_(0, count) = spike.step;
    columns_(1, count) = spike.neuron;
    ++size_;
  }

  /// The place of the first spike at `step` or later.
  Index find(std::int64_t step) const {
    Index low = 0;
    for (Index high = size(); low < high;) {
      const Index middle = (low + high) / 2;
      if (columns_(0, middle) < step)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  /// Throws InvalidParameter, naming the list, unless the spikes from number `first` on are of
  /// neurons 0 ... neurons - 1 and of steps begin ... end - 1, in order, and each neuron spikes at
  /// most once in a step.
  void check(Index neurons, Index first, std::int64_t begin, std::int64_t end,
             const char* what) const {
    require(next >= 0 && next <= size(), what, ": the next spike is number ", next, " of ", size_);
    thread_local std::vector<Index> together;
    together.clear();
    for (Index k = first; k < size_; ++k) {
      const Spike spike = (*this)[k];
      const std::int64_t last = k > first ? columns_(0, k - 1) : begin;
      require(spike.step >= last && spike.step < end, what, ": a spike at step ", spike.step,
              ", after step ", last, ", in steps ", begin, " to ", end);
      require(spike.neuron >= 0 && spike.neuron < neurons, what, ": a spike of neuron ",
              spike.neuron, " in a group of ", neurons);
      if (spike.step != last) together.clear();
      together.push_back(spike.neuron);
      if (k + 1 == size_ || columns_(0, k + 1) != spike.step)
        require_spikes(together, neurons, what);
    }
  }

  /// The same for the whole list, at any steps.
  void check(Index neurons) const {
    check(neurons, 0, std::numeric_limits<std::int64_t>::min(),
          std::numeric_limits<std::int64_t>::max(), "SpikeList");
  }

  /// Forgets all spikes before `step`.
  void drop_before(std::int64_t step) {
    const Index gone = find(step);
    std::copy(columns_.data() + 2 * gone, columns_.data() + 2 * size_, columns_.data());
    size_ -= gone;
    next = std::max<Index>(0, next - gone);
  }

  void each(auto&& visit) {
    resize(std::clamp<Index>(size_, 0, columns_.cols()));
    visit("spikes", columns_);
    visit("count", size_);
    visit("next", next);
  }

 private:
  // Apart, so that what is called for every spike stays small.
  [[noreturn, gnu::noinline]] void refuse_size() const {
    throw InvalidParameter(sentence("SpikeList: ", size_, " spikes in a table of ", columns_.rows(),
                                    " x ", columns_.cols()));
  }
  [[noreturn, gnu::noinline]] static void refuse(std::int64_t step, std::int64_t last) {
    throw InvalidParameter(
        sentence("SpikeList: a spike at step ", step, " after one at step ", last));
  }

  /// Changes the number of columns and keeps those that fit. (Eigen's conservativeResize is slow to
  /// compile.)
  void resize(Index columns) {
    Matrix<std::int64_t> kept(2, columns);
    std::copy_n(columns_.data(), std::min(columns_.size(), kept.size()), kept.data());
    columns_.swap(kept);
  }

  Matrix<std::int64_t> columns_ = Matrix<std::int64_t>(2, 0);  // step, neuron
  Index size_ = 0;
};

}  // namespace hebb
