/// @file
/// A spiking network over the ranks of an MPI program.
#pragma once

#include <algorithm>
#include <vector>

#include "hebb/mpi/communicator.hpp"
#include "hebb/spiking/ranks.hpp"

namespace hebb::mpi {

/// Spreads the blocks of a SpikingNetwork over ranks: each block goes to the rank with the fewest
/// neurons so far. A rank holds the synapses that end on its neurons. Spikes are exchanged once per
/// chunk of the clock, which is as long as the shortest delay of the network.
///
///     SpikingNetwork net({.neurons_per_block = 512,
///                         .ranks = std::make_shared<mpi::SpikingRanks>()});
///
/// Spike trains and weights have the bits of a network in one process with the same
/// `neurons_per_block`. Every rank hears all spikes; `weights`, `connections` and `values` of a
/// projection are those of the synapses of this rank. mpi::save_checkpoint (mpi/checkpoint.hpp)
/// saves the whole network.
class SpikingRanks final : public hebb::SpikingRanks {
 public:
  /// No rank holds a neuron yet.
  explicit SpikingRanks(const Communicator& ranks = Communicator())
      : ranks_(ranks), neurons_(std::size_t(ranks.size()), 0) {}

  bool take(Index neurons) override {
    const auto least = std::min_element(neurons_.begin(), neurons_.end());
    *least += neurons;
    return least - neurons_.begin() == ranks_.rank();
  }

  /// One message of a size that all ranks know. Where a list is longer, the lists follow whole. The
  /// next messages have room for twice the longest list, or shrink by an eighth: a short message
  /// takes a third of the time that one of some thousand bytes takes.
  void exchange(const std::vector<std::int32_t>& own, std::vector<std::int32_t>& all) override {
    slot_.assign(room_, 0);
    slot_[0] = std::int32_t(own.size());
    std::copy_n(own.begin(), std::min(own.size(), room_ - 1), slot_.begin() + 1);
    ranks_.gather(slot_.data(), int(room_), slots_);
    std::size_t longest = 0;
    for (std::size_t at = 0; at < slots_.size(); at += room_)
      longest = std::max(longest, std::size_t(slots_[at]));
    if (longest >= room_) {
      ranks_.gather(own, all);
    } else {
      all.clear();
      for (auto at = slots_.begin(); at != slots_.end(); at += std::ptrdiff_t(room_))
        all.insert(all.end(), at + 1, at + 1 + *at);
    }
    room_ = std::max({least_room, 2 * longest, room_ - room_ / 8});
  }

 private:
  Communicator ranks_;
  std::vector<Index> neurons_;  // of each rank
  static constexpr std::size_t least_room = 64;
  std::size_t room_ = least_room;  // numbers of a message: the length of a list, and the list
  std::vector<std::int32_t> slot_ = {}, slots_ = {};
};

}  // namespace hebb::mpi
