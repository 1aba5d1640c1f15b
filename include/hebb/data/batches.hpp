/// @file
/// Batches of a data set in random order, a new order in every epoch.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "hebb/core/parameter.hpp"
#include "hebb/core/random.hpp"

namespace hebb {

/// What happens to the samples at the end of an epoch that do not fill a batch.
enum class Remainder {
  drop,  ///< they are left out; every batch is full
  keep   ///< they form a last, shorter batch
};

/// The samples of each step's batch. Every epoch is a random order of all samples, cut into
/// batches.
///
/// A batch depends only on the parameters and the step, so a run resumed at a step continues
/// exactly as the uninterrupted run.
class Batches {
 public:
  struct Parameters {
    Index samples = 0;                      ///< in the data set; > 0
    Index batch = 128;                      ///< samples per batch; > 0
    Remainder remainder = Remainder::drop;  ///< at the end of an epoch
    Random random = {};                     ///< its seed and stream determine the orders
  };

  /// Throws InvalidParameter where an epoch would have no batch.
  explicit Batches(const Parameters& parameters) : parameters_(parameters) {
    require(parameters.samples > 0, "Batches: samples must be > 0, got ", parameters.samples);
    require(parameters.batch > 0, "Batches: batch must be > 0, got ", parameters.batch);
    require(per_epoch() > 0, "Batches: ", parameters.samples, " samples do not fill one batch of ",
            parameters.batch);
  }

  /// Batches per epoch.
  Index per_epoch() const {
    const Index spare = parameters_.remainder == Remainder::keep ? parameters_.batch - 1 : 0;
    return (parameters_.samples + spare) / parameters_.batch;
  }

  /// The step of the next batch, from 0.
  std::int64_t step() const { return step_; }

  /// The samples of this step's batch, valid until the next call. Advances the step.
  std::span<const Index> next() {
    require_steps("Batches", step_);
    const std::int64_t epoch = step_ / per_epoch();
    if (epoch != epoch_of_order_) {
      order_ = parameters_.random.stream("batches")
                   .at(std::uint64_t(epoch))
                   .permutation(parameters_.samples);
      epoch_of_order_ = epoch;
    }
    const Index begin = step_ % per_epoch() * parameters_.batch;
    ++step_;
    return std::span(order_).subspan(
        std::size_t(begin), std::size_t(std::min(parameters_.batch, parameters_.samples - begin)));
  }

  void each(auto&& visit) { visit("step", step_); }

 private:
  Parameters parameters_;
  std::int64_t step_ = 0;
  std::vector<Index> order_;
  std::int64_t epoch_of_order_ = -1;
};

}  // namespace hebb
