/// @file
/// Connections in the order in which blocks of spiking LPL process them.
#pragma once

#include <cstdint>
#include <vector>

#include "hebb/spiking/connectivity.hpp"

namespace hebb {

/// Synapses ordered by tile of postsynaptic neurons, within a tile by presynaptic neuron, and then
/// by postsynaptic neuron. A tile is `lanes` neurons.
///
/// Memory: 9 bytes per synapse, 4 per tile and presynaptic neuron.
template <Index lanes>
class TiledConnections {
 public:
  std::vector<std::uint8_t> lane;   ///< per synapse: the postsynaptic neuron's place in its tile
  std::vector<std::int32_t> pre;    ///< per synapse
  std::vector<std::int32_t> place;  ///< per synapse: its place in the order of the connections

  /// Orders the connections by tile.
  explicit TiledConnections(const Connections& connections)
      : inputs_(connections.shape.pre), tiles_((connections.shape.post + lanes - 1) / lanes) {
    std::vector<Index> next(connections.first.begin(), connections.first.end() - 1);
    begin_.reserve(std::size_t(tiles_ * (inputs_ + 1)));
    lane.reserve(std::size_t(connections.size()));
    pre.reserve(std::size_t(connections.size()));
    place.reserve(std::size_t(connections.size()));
    for (Index tile = 0; tile < tiles_; ++tile) {
      for (Index j = 0; j < inputs_; ++j) {
        begin_.push_back(std::int32_t(lane.size()));
        for (Index& k = next[std::size_t(j)];
             k < connections.end(j) && connections.post[std::size_t(k)] < (tile + 1) * lanes; ++k) {
          lane.push_back(std::uint8_t(connections.post[std::size_t(k)] - tile * lanes));
          place.push_back(std::int32_t(k));
          pre.push_back(std::int32_t(j));
        }
      }
      begin_.push_back(std::int32_t(lane.size()));
    }
  }

  Index tiles() const {
    return tiles_;
  }  ///< of `lanes` postsynaptic neurons; the last may be partly empty
  Index size() const { return Index(lane.size()); }  ///< synapses of all tiles

  /// The first synapse of a presynaptic neuron in a tile. Its synapses end where those of the next
  /// neuron begin, also after the last neuron.
  std::int32_t begin(Index tile, Index neuron) const {
    return begin_[std::size_t(tile * (inputs_ + 1) + neuron)];
  }

 private:
  Index inputs_, tiles_;
  std::vector<std::int32_t> begin_;  // tiles x (pre + 1)
};

}  // namespace hebb
