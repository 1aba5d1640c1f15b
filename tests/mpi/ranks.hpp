/// @file
/// What the tests under mpirun share: uneven shards, and equal bits on all ranks.
#pragma once

#include <string>

#include "hebb/core/digest.hpp"
#include "hebb/mpi/communicator.hpp"

namespace hebb {

/// What a Communicator said before MPI was initialised.
extern std::string message_before_mpi;

/// The columns of rank r of P are in proportion to r + 1.
inline mpi::Range uneven_shard(Index columns, const mpi::Communicator& ranks) {
  const Index r = ranks.rank(), size = ranks.size(), parts = size * (size + 1);
  const Index begin = columns * r * (r + 1) / parts;
  return {begin, columns * (r + 1) * (r + 2) / parts - begin};
}

/// Whether all ranks hold an object with the same bits.
bool same_on_all_ranks(auto& object, const mpi::Communicator& ranks) {
  const auto own = std::int64_t(digest(object));
  std::vector<std::int64_t> all;
  ranks.gather(&own, 1, all);
  for (const std::int64_t other : all)
    if (other != own) return false;
  return true;
}

}  // namespace hebb
