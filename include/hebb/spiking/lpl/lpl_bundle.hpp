/// @file
/// Spiking LPL as the rule of a projection of SpikingNetwork.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "hebb/spiking/lpl/lpl_synapses.hpp"
#include "hebb/spiking/rule_bundle.hpp"

namespace hebb {

/// What a network's `for_each_state` visits: the rule, which `state.change` sets, and LplSynapses.
template <typename Scalar, typename Units, typename Gradient, typename Bounds>
struct LearningSynapses<SpikingLpl<Scalar, Units, Gradient, Bounds>> {
  using Rule = SpikingLpl<Scalar, Units, Gradient, Bounds>;  ///< the learning rule

  LplSynapses<Rule> state;          ///< weights, and what the rule remembers
  const Rule& rule = state.rule();  ///< borrowed from `state`
};

/// Synapses of a network that learn by spiking LPL, from blocks of steps (see LplSynapses).
///
/// A spike transmits the weight as it is when it arrives. `values` are "weights" per synapse, and
/// what the rule estimates per neuron, "rate_hz" and "variance". The delay of the rule need not be
/// that of the projection: it only aligns the signals of the rule.
template <typename Scalar, typename Rule, typename Transmission>
class LplBundle final : public Bundle<Scalar>, public LearningSynapses<Rule> {
 public:
  /// Throws what the rule's `check` throws, and InvalidParameter for weights out of bounds.
  LplBundle(const Connections& connections, const Vector<double>& weights, const Rule& own_rule,
            const Transmission& transmission)
      : LearningSynapses<Rule>{LplSynapses<Rule>((own_rule.check(), own_rule), connections, 0)},
        connections_(connections),
        delay_(own_rule.times.steps(own_rule.times.delay_ms)),
        transmission_(transmission),
        transmitted_(transmission.init(connections.shape.pre)) {
    lpl_.weights = weights.template cast<typename Rule::Scalar>();
    require_weights(lpl_.weights, own_rule.bounds, "SpikingLpl");
  }

  void advance(const BundleMoment<Scalar>& moment, Scalar* receptor) override {
    transmit(moment.time_ms, 0, moment.arrivals, receptor);
    list_emitted(0, moment.emitted);
    keep_potentials(moment.potential_mv, lanes, 1);
    lpl_.advance(1);
  }

  /// Weights change after steps only.
  Ahead ahead() const override { return Ahead::from_potentials; }
  /// Until weights change.
  Index steps_ahead(const BundleSteps<Scalar>& next) override {
    return std::min(next.steps, lpl_.left());
  }
  void transmit(const BundleSteps<Scalar>& next, Arriving<Scalar>& arriving) override {
    for (Index n = 0; n < next.steps; ++n)
      if (const auto arrivals = next.arrivals(n); !arrivals.empty())
        transmit(next.time_ms(n), n, arrivals, arriving.row(n));
  }
  PotentialTiles<Scalar> potentials() override {
    if constexpr (std::same_as<Scalar, typename Rule::Scalar>) return lpl_.potentials();
    return {};
  }
  void learn_from_potentials(const BundleSteps<Scalar>& made) override {
    if (made.any_emitted)
      for (Index n = 0; n < made.steps; ++n) list_emitted(n, made.emissions(n));
    keep_potentials(made.potentials.data, made.potentials.stride, made.steps);
    lpl_.advance(made.steps);
  }

  Index begin(Index pre) const override { return connections_.begin(pre); }
  Index end(Index pre) const override { return connections_.end(pre); }
  Index post(Index synapse) const override { return connections_.post[std::size_t(synapse)]; }
  Vector<Scalar> values(std::string_view array) override {
    if (array == "weights") return lpl_.weights.template cast<Scalar>();
    require(array == "rate_hz" || array == "variance", "LplBundle: the synapses have no values ",
            array, ", but weights, rate_hz, variance");
    Vector<Scalar> result(connections_.shape.post);
    for (Index i = 0; i < result.size(); ++i)
      result(i) = Scalar(array == "rate_hz" ? lpl_.rate_hz(i) : lpl_.variance(i));
    return result;
  }
  void check() const override { lpl_.check(delay_, "LplBundle"); }
  std::vector<NamedArray> arrays() override {
    std::vector<NamedArray> result = arrays_of(lpl_);
    for (NamedArray& named : arrays_of(transmitted_)) result.push_back(std::move(named));
    return result;
  }

 private:
  static constexpr Index lanes = LplSynapses<Rule>::lanes;
  static_assert(lanes == PotentialTiles<Scalar>::lanes);

  /// Transmits what arrives in the n-th next step, from 0, and lists it for the rule.
  void transmit(double time_ms, Index n, std::span<const Index> arrivals, Scalar* receptor) {
    const std::int32_t* const post = connections_.post.data();
    const auto* const weights = lpl_.weights.data();
    for (const Index j : arrivals) {
      const Scalar factor = Scalar(transmission_.transmit(time_ms, j, transmitted_));
      for (Index k = connections_.begin(j), end = connections_.end(j); k < end; ++k)
        receptor[post[k]] += factor * Scalar(weights[k]);
      lpl_.pre.push({lpl_.steps() + n - delay_, j});
    }
  }

  void list_emitted(Index n, std::span<const Index> neurons) {
    for (const Index i : neurons) lpl_.post.push({lpl_.steps() + n, i});
  }

  /// Copies potentials that were not written where `potentials` says, from tiles that are `stride`
  /// numbers apart. A block of neurons is padded to whole tiles.
  void keep_potentials(const Scalar* from, Index stride, Index steps) {
    const auto to = lpl_.potentials();
    if (static_cast<const void*>(from) == to.data) return;
    for (Index tile = 0; tile < lpl_.tiles(); ++tile)
      for (Index k = 0; k < steps * lanes; ++k)
        to.tile(tile)[k] = typename Rule::Scalar(from[tile * stride + k]);
  }

  Connections connections_;
  Index delay_;
  LplSynapses<Rule>& lpl_ = this->state;
  Transmission transmission_;
  typename Transmission::State transmitted_;
};

/// Spiking LPL learns in blocks of steps, without work per synapse and step.
template <typename Scalar, typename RuleScalar, typename Units, typename Gradient, typename Bounds,
          typename Transmission>
struct BundleOf<Scalar, SpikingLpl<RuleScalar, Units, Gradient, Bounds>, Transmission> {
  /// The bundle that learns in blocks.
  using type = LplBundle<Scalar, SpikingLpl<RuleScalar, Units, Gradient, Bounds>, Transmission>;
};

}  // namespace hebb
