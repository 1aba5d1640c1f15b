/// @file
/// One step of learning of a stack from this rank's share of a batch.
#pragma once

#include <cstddef>

#include "hebb/core/divergence.hpp"
#include "hebb/core/error.hpp"
#include "hebb/mpi/communicator.hpp"

namespace hebb::mpi {

/// The weights of all layers of a stack become current.
void settle(auto& stack) {
  stack.for_each_layer([](auto& layer, std::size_t) {
    if constexpr (requires { layer.rule.advance(layer.state); }) layer.rule.advance(layer.state);
  });
  stack.for_each_layer([](auto& layer, std::size_t k) {
    if constexpr (requires { layer.rule.settle(layer.state); })
      name_divergence([&] { layer.rule.settle(layer.state); }, "Stack: layer ", k);
  });
}

/// One step of learning of a stack of DataParallel rules from this rank's columns of a batch, a
/// matrix or images. Where the rules are Overlapped, the changes of a layer travel while the layers
/// above run. Throws ShapeError where this rank has no columns.
const auto& train(auto& stack, const Communicator& ranks, const auto& x) {
  Index columns = 0;
  if constexpr (requires { x.samples(); })
    columns = x.samples();
  else
    columns = x.cols();
  require<ShapeError>(columns > 0, "hebb::mpi: the shard of rank ", ranks.rank(),
                      " is empty: every rank needs at least one column of a batch");
  const auto& response = stack.train(x);
  settle(stack);
  return response;
}

}  // namespace hebb::mpi
