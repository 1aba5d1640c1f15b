/// @file
/// A share of a batch, whose sums the other ranks complete.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "hebb/core/batch.hpp"
#include "hebb/mpi/communicator.hpp"
#include "hebb/mpi/ordered_sum.hpp"

namespace hebb::mpi {

/// The columns of a batch that this rank holds: see WholeBatch.
///
/// The ranks of a step make it together. With `blocks`, sums over the batch have the same bits for
/// any number of ranks; `places` are the columns of a sample. Throws ShapeError on all ranks,
/// naming the first rank that does not fit, when a rank has no columns or weights of another shape
/// than rank 0, and from `sum` when a rank other than the last does not hold whole blocks.
class Share {
 public:
  static constexpr bool is_whole = false;  ///< other ranks hold columns, too

  /// The sums of a step, in their order. One that is kept from step to step saves allocations.
  struct Scratch {
    std::vector<OrderedSum<float>> of_float = {};    ///< of numbers of this type
    std::vector<OrderedSum<double>> of_double = {};  ///< likewise
  };

  /// `columns` are those of this rank, `shape` that of the weights. Throws ShapeError as above.
  Share(const Communicator& ranks, Index columns, Shape shape, Blocks blocks = {}, Index places = 1,
        std::shared_ptr<Scratch> scratch = std::make_shared<Scratch>())
      : ranks_(ranks),
        own_(columns),
        width_(blocks.samples * places),
        scratch_(std::move(scratch)) {
    require(blocks.samples >= 0 && places > 0, "hebb::mpi: blocks of ", blocks.samples,
            " samples of ", places, " places");
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
      columns_.push_back(its[0]);
      whole_ += its[0];
    }
  }

  /// The columns of the batch. Throws ShapeError where they are asked of another share.
  Index columns(Index own) const {
    require<ShapeError>(own == own_, "hebb::mpi: a share of ", own_,
                        " columns is used for a response of ", own);
    return whole_;
  }

  /// The blocks of one view, of which this rank has so many columns.
  Division division(Index columns) const {
    const Index views = own_ / columns;
    Division result{width_, columns, {0}};
    for (std::size_t rank = 0; rank < columns_.size(); ++rank) {
      const Index its = columns_[rank] / views;
      require<ShapeError>(width_ == 0 || rank + 1 == columns_.size() || its % width_ == 0,
                          "hebb::mpi: the shard of rank ", rank, " has ", its,
                          " columns per view, which are not whole blocks of ", width_);
      result.first.push_back(result.first.back() + (width_ == 0 ? 1 : (its + width_ - 1) / width_));
    }
    return result;
  }

  /// The sum over the columns of all ranks: see WholeBatch.
  template <typename Array>
  void sum(Index columns, Array& sums, const auto& form) const {
    OrderedSum<typename Array::Scalar>& total = next<typename Array::Scalar>();
    total.form(ranks_, division(columns), form);
    total.begin(ranks_);
    total.add(ranks_);
    if constexpr (std::same_as<Array, std::remove_cvref_t<decltype(total.end())>>)
      sums.swap(total.end());
    else
      sums = total.end();
  }

 private:
  /// The memory of the next sum.
  template <typename Scalar>
  OrderedSum<Scalar>& next() const {
    auto& all = [&]() -> auto& {
      if constexpr (std::same_as<Scalar, float>)
        return scratch_->of_float;
      else
        return scratch_->of_double;
    }
    ();
    if (all.size() <= begun_) all.resize(begun_ + 1);
    return all[begun_++];
  }

  Communicator ranks_;
  Index own_, whole_ = 0, width_;
  std::vector<Index> columns_ = {};  // of each rank
  std::shared_ptr<Scratch> scratch_;
  mutable std::size_t begun_ = 0;  // sums
};

static_assert(BatchShare<Share>);

}  // namespace hebb::mpi
