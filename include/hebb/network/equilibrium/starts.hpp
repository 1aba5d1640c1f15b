/// @file
/// Where a free phase of equilibrium propagation starts.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "hebb/network/dense_layers.hpp"
#include "hebb/network/role.hpp"

namespace hebb {

/// Where a free phase starts: `FreshStates` or `PersistentStates`.
template <typename P>
concept FreeStart = PlaysRole<P, role::FreeStart>;

/// Every free phase starts at 0.
struct FreshStates {
  using Role = role::FreeStart;

  /// Keeps nothing.
  template <typename Scalar>
  struct States {
    void check(Index, std::span<const Index> samples) const {
      require<ShapeError>(samples.empty(),
                          "EquilibriumPropagation: fresh states belong to no samples, got ",
                          samples.size(), " numbers of samples");
    }
    void prepare(const std::vector<Index>&) {}
    /// Sets the states before a free phase, sizes x columns.
    void load(Matrices<Scalar>& states, const std::vector<Index>& sizes,
              std::span<const Index>) const {
      for (std::size_t k = 0; k < states.size(); ++k) states[k].topRows(sizes[k + 1]).setZero();
    }
    void store(const Matrices<Scalar>&, std::span<const Index>) {}  ///< keeps nothing
    void each(auto&&) {}
  };
};

/// Every sample keeps its free state; its next free phase starts there. The first one starts at 0.
/// Memory: neurons x samples. Set `samples` before the first inference and before a checkpoint is
/// loaded. Changing it later resets all states to 0.
struct PersistentStates {
  using Role = role::FreeStart;

  Index samples = 0;  ///< how many there are

  /// The last free state of each sample.
  template <typename Scalar>
  struct States {
    Index samples = 0;             ///< how many there are
    Matrices<Scalar> states = {};  ///< one per layer, neurons x samples; saved in checkpoints

    void check(Index batch, std::span<const Index> numbers) const {
      require<ShapeError>(Index(numbers.size()) == batch, "EquilibriumPropagation: a batch of ",
                          batch, " needs as many numbers of samples, got ", numbers.size());
      for (const Index number : numbers)
        require(number >= 0 && number < samples, "EquilibriumPropagation: sample ", number,
                " is not in [0, ", samples, ")");
    }

    /// Gives the states their shapes.
    void prepare(const std::vector<Index>& sizes) {
      states.resize(sizes.size() - 1);
      for (std::size_t k = 0; k < states.size(); ++k)
        if (states[k].rows() != sizes[k + 1] || states[k].cols() != samples)
          states[k].setZero(sizes[k + 1], samples);
    }

    /// Sets the states before a free phase to those of the samples of these numbers.
    void load(Matrices<Scalar>& now, const std::vector<Index>& sizes,
              std::span<const Index> numbers) {
      prepare(sizes);
      for (std::size_t k = 0; k < now.size(); ++k)
        for (std::size_t c = 0; c < numbers.size(); ++c)
          now[k].col(Index(c)).head(sizes[k + 1]) = states[k].col(numbers[c]);
    }

    /// Keeps the states after a free phase, for the samples of these numbers.
    void store(const Matrices<Scalar>& now, std::span<const Index> numbers) {
      for (std::size_t k = 0; k < now.size(); ++k)
        for (std::size_t c = 0; c < numbers.size(); ++c)
          states[k].col(numbers[c]) = now[k].col(Index(c)).head(states[k].rows());
    }

    void each(auto&& visit) {
      visit("samples", samples);
      for (std::size_t k = 0; k < states.size(); ++k) visit("state" + std::to_string(k), states[k]);
    }
  };
};

}  // namespace hebb
