/// @file
/// Spiking LPL as the rule of a projection of SpikingNetwork.
#pragma once

#include <utility>
#include <vector>

#include "hebb/spiking/lpl/lpl_synapses.hpp"
#include "hebb/spiking/rule_bundle.hpp"

namespace hebb {

/// Synapses of a network that learn by spiking LPL, from blocks of steps (see LplSynapses).
///
/// A spike transmits the weight as it is when it arrives. The delay of the rule need not be that of
/// the projection: it only aligns the signals of the rule.
template <typename Scalar, typename Rule, typename Transmission>
class LplBundle final : public Bundle<Scalar> {
 public:
  LplBundle(const Connections& connections, const Vector<double>& weights, const Rule& rule,
            const Transmission& transmission)
      : connections_(connections),
        delay_(rule.times.steps(rule.times.delay_ms)),
        lpl_((rule.check(), rule), connections, 0),
        transmission_(transmission),
        transmitted_(transmission.init(connections.shape.pre)) {
    lpl_.weights = weights.template cast<typename Rule::Scalar>();
    require_weights(lpl_.weights, rule.bounds, "SpikingLpl");
  }

  void advance(const SpikeMoment<Scalar>& moment, Scalar* receptor) override {
    const std::int64_t step = lpl_.steps();
    if (!checked_) lpl_.check(-delay_, step - delay_, "LplBundle");
    checked_ = true;
    const std::int32_t* const post = connections_.post.data();
    for (const Index j : moment.arrivals) {
      const Scalar factor = Scalar(transmission_.transmit(moment.time_ms, j, transmitted_));
      for (Index k = connections_.begin(j), end = connections_.end(j); k < end; ++k)
        receptor[post[k]] += factor * Scalar(lpl_.weights.data()[k]);
      lpl_.pre.push({step - delay_, j});
    }
    for (const Index i : moment.emitted) lpl_.post.push({step, i});
    // A block of neurons is padded to whole tiles.
    for (Index tile = 0; tile < lpl_.tiles(); ++tile) {
      auto* const to = lpl_.potentials(tile);
      const Scalar* const from = moment.potential_mv + tile * lanes;
      for (Index lane = 0; lane < lanes; ++lane) to[lane] = typename Rule::Scalar(from[lane]);
    }
    lpl_.advance(1);
  }

  Index begin(Index pre) const override { return connections_.begin(pre); }
  Index end(Index pre) const override { return connections_.end(pre); }
  Index post(Index synapse) const override { return connections_.post[std::size_t(synapse)]; }
  Vector<Scalar> values(std::string_view array) override {
    require(array == "weights", "LplBundle: the synapses have no values ", array, ", but weights");
    return lpl_.weights.template cast<Scalar>();
  }
  std::vector<NamedArray> arrays() override {
    checked_ = false;  // the caller may change them
    std::vector<NamedArray> result = arrays_of(lpl_);
    for (NamedArray& named : arrays_of(transmitted_)) result.push_back(std::move(named));
    return result;
  }

 private:
  static constexpr Index lanes = LplSynapses<Rule>::lanes;

  Connections connections_;
  Index delay_;
  LplSynapses<Rule> lpl_;
  Transmission transmission_;
  typename Transmission::State transmitted_;
  bool checked_ = true;  // whether the state was checked since it was last open to changes
};

template <typename Scalar, typename RuleScalar, typename Units, typename Gradient, typename Bounds,
          typename Transmission>
struct BundleOf<Scalar, SpikingLpl<RuleScalar, Units, Gradient, Bounds>, Transmission> {
  using type = LplBundle<Scalar, SpikingLpl<RuleScalar, Units, Gradient, Bounds>, Transmission>;
};

}  // namespace hebb
