/// @file
/// A share of a batch, whose sums the other ranks complete.
#pragma once

#include <cstdint>
#include <vector>

#include "hebb/core/batch.hpp"
#include "hebb/mpi/communicator.hpp"

namespace hebb::mpi {

/// The columns of a batch that this rank holds: see WholeBatch.
///
/// The ranks of a step make it together. Throws ShapeError on all ranks, naming the first rank that
/// does not fit, when a rank has no columns or weights of another shape than rank 0.
class Share {
 public:
  static constexpr bool is_whole = false;

  Share(const Communicator& ranks, Index columns, Shape shape) : ranks_(ranks), own_(columns) {
    const std::int64_t mine[] = {columns, shape.post, shape.pre};
    std::vector<std::int64_t> all;
    ranks.gather(mine, 3, all);
    for (int rank = 0; rank < ranks.size(); ++rank) {
      const std::int64_t* its = all.data() + 3 * rank;
      require<ShapeError>(its[1] == all[1] && its[2] == all[2], "hebb::mpi: rank ", rank,
                          " learns weights of ", its[1], " x ", its[2], ", rank 0 of ", all[1],
                          " x ", all[2]);
      require<ShapeError>(its[0] > 0, "hebb::mpi: the shard of rank ", rank,
                          " is empty: every rank needs at least one column of a batch");
      whole_ += its[0];
    }
  }

  bool is_first() const { return ranks_.rank() == 0; }

  /// The columns of the batch. Throws ShapeError where they are asked of another share.
  Index columns(Index own) const {
    require<ShapeError>(own == own_, "hebb::mpi: a share of ", own_,
                        " columns is used for a response of ", own);
    return whole_;
  }

  /// Adds the sums of the other ranks.
  template <typename Array>
  void sum(Array& array) const {
    ranks_.sum(array.data(), array.size());
  }

 private:
  Communicator ranks_;
  Index own_, whole_ = 0;
};

static_assert(BatchShare<Share>);

}  // namespace hebb::mpi
