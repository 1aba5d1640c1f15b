/// @file
/// Rare events among many trials, without looking at the trials: the gaps between them are
/// geometric.
#pragma once

#include "hebb/core/random.hpp"

namespace hebb {

/// Calls visit(trial) for each of `trials` independent trials that succeeds with `probability`, in
/// order.
///
/// Cost: one random number per success, and one more.
void for_each_success(Index trials, double probability, Random& random, const auto& visit) {
  require(probability >= 0 && probability <= 1, "a probability must be in [0, 1], got ",
          probability);
  if (probability == 0) return;
  const double scale = 1 / std::log1p(-probability);  // -0 for certain success: every gap is then 0
  for (Index trial = 0;; ++trial) {
    const double gap = std::floor(std::log(1 - random.uniform<double>()) * scale);
    if (!(gap < double(trials - trial))) return;
    trial += Index(gap);
    visit(trial);
  }
}

}  // namespace hebb
