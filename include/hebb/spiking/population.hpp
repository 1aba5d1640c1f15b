/// @file
/// A population of neurons or of sources of spikes, in blocks.
#pragma once

#include <functional>
#include <limits>
#include <string>

#include "hebb/spiking/block.hpp"
#include "hebb/spiking/currents.hpp"
#include "hebb/spiking/spike_history.hpp"

namespace hebb {

/// A population of a SpikingNetwork.
template <typename Scalar>
struct NetworkPopulation {
  /// A block, and what is injected into it.
  struct Part {
    std::unique_ptr<Block<Scalar>> block;                           ///< neurons and their state
    std::vector<std::unique_ptr<Injection<Scalar>>> currents = {};  ///< to the external current
    /// An injection to one variable.
    struct Drive {
      Index variable;  ///< place among the variables of the block's neurons
      std::unique_ptr<Injection<Scalar>> injection;  ///< adds to that variable
    };
    std::vector<Drive> drives = {};  ///< to a receptor's variable
    bool own = true;                 ///< whether this process advances it: see SpikingRanks
  };

  std::string name;              ///< in errors and checkpoints
  Index size = 0;                ///< number of neurons
  std::vector<Part> parts = {};  ///< in the order of neurons
  SpikeHistory history = {};     ///< its spikes of the longest delay
  /// A function that is called with the spikes of the population.
  struct Listener {
    std::function<void(const Spikes&)> hear;  ///< called with the spikes of a moment
    bool always;                              ///< also at moments without spikes
  };
  std::vector<Listener> listeners = {};  ///< called in the order of moments

  /// The first neuron of each block of at most so many neurons, and the number of neurons.
  static std::vector<Index> block_begins(Index size, Index most_per_block) {
    const Index width = (even_width(size, most_per_block) + 15) / 16 * 16;
    std::vector<Index> first;
    for (Index begin = 0; begin < size; begin += width) first.push_back(begin);
    first.push_back(size);
    return first;
  }

  /// The same for the blocks that there are.
  std::vector<Index> block_begins() const {
    std::vector<Index> first;
    for (const Part& part : parts) first.push_back(part.block->first);
    first.push_back(size);
    return first;
  }

  /// The variable for which a receptor stands. Throws InvalidParameter, which begins with `what`,
  /// where the neurons lack the receptor.
  Index receptor(Receptor onto, const std::string& what) const {
    try {
      return parts[0].block->receptor(onto);
    } catch (const InvalidParameter& error) {
      throw InvalidParameter(sentence(what, ": ", error.what()));
    }
  }

  /// The values of a variable of all neurons; NaN for those that another process advances.
  Vector<Scalar> values(std::string_view variable) {
    Vector<Scalar> result(size);
    for (Part& part : parts) {
      Block<Scalar>& block = *part.block;
      result.segment(block.first, block.size) =
          Eigen::Map<const Vector<Scalar>>(block.values(block.variable(variable)), block.size);
      if (!part.own)
        result.segment(block.first, block.size)
            .setConstant(std::numeric_limits<Scalar>::quiet_NaN());
    }
    return result;
  }

  /// Sets a variable of all neurons. Throws NonFinite for a value that the scalar type cannot hold.
  void set(std::string_view variable, const Vector<double>& values) {
    require_finite<Scalar>(values.template cast<Scalar>(), variable);
    for (Part& part : parts) {
      Block<Scalar>& block = *part.block;
      Scalar* const to = block.values(block.variable(variable));
      for (Index i = 0; i < block.size; ++i) to[i] = Scalar(values(block.first + i));
    }
  }
};

}  // namespace hebb
