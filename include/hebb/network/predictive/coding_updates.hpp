/// @file
/// What the rules of a predictive coding network learn from: errors, or changes of activity.
#pragma once

#include <cstddef>
#include <type_traits>

#include "hebb/network/dense_layers.hpp"
#include "hebb/network/role.hpp"

namespace hebb {

/// What a layer learns from predictive coding: `LearnFromErrors`, `LearnIncrementally`,
/// `LearnFromEndPoints` or `LearnFromTrajectory`. `sums_changes` says whether it sums the changes
/// of an inference.
template <typename P>
concept CodingUpdate = PlaysRole<P, role::CodingUpdate> && requires {
  { P::sums_changes } -> std::convertible_to<bool>;
};

/// At the end of inference the rule gets f(x_{l-1}) as the presynaptic side and the error e_l as
/// the postsynaptic side. With `Hebbian` this descends the energy.
struct LearnFromErrors {
  using Role = role::CodingUpdate;
  static constexpr bool sums_changes = false;

  template <typename Scalar>
  struct State {
    void begin(const auto&) {}
    void record(const auto&, const Columns&, Index) {}

    void present(auto& net, std::size_t k, const auto& learn) {
      learn(net.activity.rate[k], net.errors[k]);
    }
  };
};

/// Like LearnFromErrors, but after every step of inference: incremental predictive coding. A batch
/// takes one learning step per inference step.
///
/// T. Salvatori et al., ICLR 2024 (A stable, fast, and fully automatic learning algorithm for
/// predictive coding networks).
struct LearnIncrementally : LearnFromErrors {};

/// For a rule that remembers its last step (`DifferentialHebbian`). The rule gets f(x_{l-1}) and
/// x_l of the forward sweep, then those at the end of inference. The rule of the readout gets the
/// predicted output, then the target that the output was clamped to, so the readout learns, too.
struct LearnFromEndPoints {
  using Role = role::CodingUpdate;
  static constexpr bool sums_changes = false;  // the rule gets two pairs and learns from the second

  template <typename Scalar>
  struct State {
    Matrices<Scalar> first_rate = {};  // scratch space: rates after the forward sweep

    void begin(const auto& net) { first_rate = net.activity.rate; }
    void record(const auto&, const Columns&, Index) {}

    void present(auto& net, std::size_t k, const auto& learn) {
      net.remember(k, first_rate[k], net.activity.drive[k]);  // inference starts at x = drive
      learn(net.activity.rate[k], net.last(k));
    }
  };
};

/// Like LearnFromEndPoints, but the rule gets every step of inference. Memory: rates and states of
/// the hidden layers for every sample and step.
struct LearnFromTrajectory {
  using Role = role::CodingUpdate;
  static constexpr bool sums_changes = true;

  template <typename Scalar>
  struct State {
    Matrices<Scalar> rates = {}, states = {};  // scratch space; step t begins at column t * batch
    Index steps = 0;                           ///< of the last inference

    void begin(const auto& net) {
      static_assert(std::same_as<std::remove_cvref_t<decltype(net.stop)>, FixedSteps>,
                    "LearnFromTrajectory needs FixedSteps");
      steps = net.stop.most;
      const Index columns = net.activity.output().cols() * (steps + 1);
      rates.resize(net.hidden());
      states.resize(net.hidden());
      for (std::size_t k = 0; k < net.hidden(); ++k) {
        rates[k].resize(net.activity.rate[k + 1].rows(), columns);
        states[k].resize(net.state[k].rows(), columns);
      }
    }

    void record(const auto& net, const Columns& columns, Index t) {
      const Index begin = t * net.activity.output().cols() + columns.begin;
      for (std::size_t k = 0; k < net.hidden(); ++k) {
        rates[k].middleCols(begin, columns.count) = columns.of(net.activity.rate[k + 1]);
        states[k].middleCols(begin, columns.count) = columns.of(net.state[k]);
      }
    }

    void present(auto& net, std::size_t k, const auto& learn) {
      const Index batch = net.activity.output().cols();
      const auto at = [&](const Matrix<Scalar>& kept, Index t) {
        return kept.middleCols(t * batch, batch);
      };
      const auto rate = [&](Index t) -> View<Scalar> {
        if (k == 0) return net.activity.rate[0];
        return at(rates[k - 1], t);
      };
      net.remember(k, rate(0), net.activity.drive[k]);
      for (Index t = 1; t <= steps; ++t) {
        if (k < net.hidden())
          learn(rate(t), at(states[k], t));
        else
          learn(rate(t), net.last(k));
      }
    }
  };
};

}  // namespace hebb
