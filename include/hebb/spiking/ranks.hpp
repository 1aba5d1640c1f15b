/// @file
/// How the blocks of a spiking network are spread over processes, and how their spikes travel.
#pragma once

#include <cstdint>
#include <vector>

#include "hebb/core/types.hpp"

namespace hebb {

/// Processes that advance one network together. Each makes the same calls of the network in the
/// same order; each advances its own blocks of neurons, and holds the synapses that end on these.
/// mpi/spiking_ranks.hpp has one for MPI.
class SpikingRanks {
 public:
  virtual ~SpikingRanks() = default;

  /// Whether the next block is this process's. It is asked once per block of neurons, in the order
  /// in which they are added.
  virtual bool take(Index neurons) = 0;

  /// Sets `all` to the lists of all processes, in an order that is the same on all of them.
  virtual void exchange(const std::vector<std::int32_t>& own, std::vector<std::int32_t>& all) = 0;
};

}  // namespace hebb
