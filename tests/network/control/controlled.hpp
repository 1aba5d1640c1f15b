/// @file
/// A small network under feedback control, and a batch for it.
#pragma once

#include "hebb/core/targets.hpp"
#include "hebb/network/control/feedback_control.hpp"
#include "hebb/rules/hebbian.hpp"

namespace controlled {

using namespace hebb;

using Rule = Hebbian<double>;
inline const std::vector<Index> sizes{5, 7, 6, 3};

/// 6 samples of 5 inputs, and targets that sum to 1.
struct Batch {
  Matrix<double> x = Random{.seed = 1}.normal<double>(5, 6);
  Matrix<double> y = soft_targets<double>(std::vector<int>{0, 1, 2, 0, 1, 2}, 3, 0.9);
};

template <typename Network>
Network network(typename Network::Parameters parameters = {}, double scale = 1) {
  Network net({Rule{.parameters = {.eta = 0.1}}, sizes}, parameters);
  net.initialize({.seed = 3}, scale);
  for (std::size_t k = 0; k < 3; ++k)
    net.layers[k].state.weights.rightCols(1) =
        Random{.seed = 4}.stream("biases", k).normal<double>(sizes[k + 1], 1) / 5;
  return net;
}

}  // namespace controlled
