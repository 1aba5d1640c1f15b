/// @file
/// The last spikes of a population, by moment.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hebb/core/types.hpp"

namespace hebb {

/// Lists the neurons that spiked at each of the last moments. Moment n is the end of the n-th step;
/// before moment 1 no neuron has spiked.
class SpikeHistory {
 public:
  /// Keeps at least `moments` moments. Forgets all spikes.
  void reset(Index moments) {
    slots_.resize(std::size_t(moments));
    for (auto& slot : slots_) slot.clear();
  }

  Index moments() const { return Index(slots_.size()); }

  /// Those of a moment, which must be one of the last `moments`, or not later than 0.
  std::span<const Index> at(std::int64_t moment) const {
    if (moment <= 0) return {};
    return slots_[slot(moment)];
  }

  /// Begins an empty list for a moment, in place of that of `moments` before it.
  void begin(std::int64_t moment) { slots_[slot(moment)].clear(); }
  std::vector<Index>& list(std::int64_t moment) { return slots_[slot(moment)]; }

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
  std::size_t slot(std::int64_t moment) const { return std::size_t(moment) % slots_.size(); }

  std::vector<std::vector<Index>> slots_{1};
};

}  // namespace hebb
