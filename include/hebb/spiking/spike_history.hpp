/// @file
/// Lists of spikes by step: those of a block in the steps that it makes at once, and the last ones
/// of a population.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "hebb/core/types.hpp"

namespace hebb {

/// The neurons that spike in some consecutive steps, in the order of steps.
struct SpikesByStep {
  std::vector<Index> neurons = {};     ///< those of step 0, then those of step 1, ...
  std::vector<std::size_t> ends = {};  ///< of each step's spikes

  /// Forgets all steps.
  void clear() {
    neurons.clear();
    ends.clear();
  }

  /// Adds some steps without spikes.
  void add_steps(Index count) { ends.resize(ends.size() + std::size_t(count), neurons.size()); }

  /// Adds a spike in one of the last `count` steps, the first of these. Spikes of earlier steps
  /// must be added before.
  void add(Index count, Index neuron) {
    neurons.push_back(neuron);
    for (auto end = ends.end() - count; end != ends.end(); ++end) *end = neurons.size();
  }

  /// Those of step n, counted from 0.
  std::span<const Index> at(Index n) const {
    const std::size_t begin = n == 0 ? 0 : ends[std::size_t(n) - 1];
    return {neurons.data() + begin, ends[std::size_t(n)] - begin};
  }
};

/// The last spikes of a population. Moment n is the end of the n-th step; before moment 1 no neuron
/// has spiked.
class SpikeHistory {
 public:
  /// Keeps the spikes of at least `moments` moments. Forgets all spikes.
  void reset(Index moments) {
    moments_ = moments;
    std::size_t size = 2;
    while (Index(size) < moments + 1) size *= 2;
    ends_.assign(size, 0);
    mask_ = size - 1;
    neurons_.clear();
  }

  Index moments() const { return moments_; }  ///< moments that are kept

  /// Those of a moment, which must be one of the last `moments`, or not later than 0.
  std::span<const Index> at(std::int64_t moment) const {
    if (moment <= 0) return {};
    const std::size_t begin = end(moment - 1);
    return {neurons_.data() + begin, end(moment) - begin};
  }

  /// Whether there are spikes at moments from `first` to `last`.
  bool any(std::int64_t first, std::int64_t last) const {
    return last > 0 && end(std::max<std::int64_t>(first, 1) - 1) != end(last);
  }

  /// Begins the moment after the last one, or appends some moments without spikes.
  void begin(std::int64_t moment) { begin(moment, moment); }
  /// The same for the moments from `first` to `last`.
  void begin(std::int64_t first, std::int64_t last) {
    const std::size_t old = end(first - moments_);
    if (old >= 1024 && 2 * old >= neurons_.size()) forget(old);
    now_ = last;
    for (; first <= last; ++first) end(first) = neurons_.size();
  }

  /// Adds spikes to that moment: of neurons `first` + each of `neurons`.
  void add(std::span<const Index> neurons, Index first = 0) {
    for (const Index neuron : neurons) neurons_.push_back(first + neuron);
    end(now_) = neurons_.size();
  }

  /// Appends some moments with their spikes.
  void append(std::int64_t first, const SpikesByStep& spikes) {
    begin(first, first - 1);
    const std::size_t before = neurons_.size();
    if (!spikes.neurons.empty())
      neurons_.insert(neurons_.end(), spikes.neurons.begin(), spikes.neurons.end());
    for (const std::size_t one : spikes.ends) end(first++) = before + one;
    now_ = first - 1;
  }

  /// The spikes of moments first ... last, as columns of (moment, neuron).
  void write(std::int64_t first, std::int64_t last, Matrix<std::int64_t>& columns) const {
    Index count = 0;
    for (std::int64_t moment = first; moment <= last; ++moment) count += Index(at(moment).size());
    columns.resize(2, count);
    Index column = 0;
    for (std::int64_t moment = first; moment <= last; ++moment)
      for (const Index neuron : at(moment)) columns.col(column++) << moment, std::int64_t(neuron);
  }

 private:
  std::size_t& end(std::int64_t moment) { return ends_[std::size_t(moment) & mask_]; }
  std::size_t end(std::int64_t moment) const { return ends_[std::size_t(moment) & mask_]; }

  void forget(std::size_t count) {
    neurons_.erase(neurons_.begin(), neurons_.begin() + std::ptrdiff_t(count));
    for (std::size_t& one : ends_) one -= std::min(one, count);
  }

  Index moments_ = 1;
  std::int64_t now_ = 0;
  std::vector<Index> neurons_ = {};         // in the order of moments
  std::vector<std::size_t> ends_ = {0, 0};  // a ring: where the spikes of a moment end
  std::size_t mask_ = 1;                    // its size - 1, where the size is a power of 2
};

}  // namespace hebb
