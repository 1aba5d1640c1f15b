/// @file
/// Bundles of synapses that learn by a rule.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "hebb/spiking/bundle.hpp"

namespace hebb {

/// The state of a rule on given connections.
template <typename Rule>
using SparseStateOf =
    decltype(std::declval<const Rule&>().init(std::declval<const Connections&>()));

/// A rule of spiking neurons whose update takes this type of postsynaptic signal.
template <typename Rule, typename Post>
concept LearnsFrom = requires(const Rule rule, const Connections& connections, const Spikes& pre,
                              const Post& post, SparseStateOf<Rule>& state) {
  rule.update(pre, post, state);
};

/// A rule of a network has init(Connections), and an update from one of
///
/// * Spikes: called at moments with spikes on either side,
/// * SpikesAndPotential, SpikesAndTarget: called at every step.
///
/// A rule that postpones changes offers update(pre, post, state, deliver), which calls
/// deliver(post, weight) for each synapse at which a spike arrives, in the order of pre and of
/// Connections, with the weight as it is now. From another rule a spike transmits the weight of
/// `state.weights` as it stands just before the moment's changes.
template <typename Rule>
concept NetworkRule = LearnsFrom<Rule, Spikes> || LearnsFrom<Rule, SpikesAndPotential> ||
    LearnsFrom<Rule, SpikesAndTarget>;

/// A rule may say `static constexpr bool changes_at_own_spikes = true`: the weight of a synapse
/// changes only when a spike arrives at this synapse and when its postsynaptic neuron spikes, and
/// update need not be called at moments without spikes. Its synapses can then be advanced by
/// several steps at once (see BlockUnit).
template <typename Rule>
concept ChangesAtOwnSpikes = LearnsFrom<Rule, Spikes> && Rule::changes_at_own_spikes;

/// A rule and its state on one bundle.
template <typename Rule>
struct LearningSynapses {
  Rule rule;
  SparseStateOf<Rule> state;  ///< weights, and what the rule remembers
};

/// Synapses that learn by a rule at each moment.
template <typename Scalar, NetworkRule Rule, typename Transmission>
class RuleBundle final : public Bundle<Scalar>, public LearningSynapses<Rule> {
 public:
  /// Throws what the rule's `init` throws.
  RuleBundle(const Connections& connections, const Vector<double>& weights, const Rule& own_rule,
             const Transmission& transmission)
      : LearningSynapses<Rule>{own_rule, own_rule.init(connections)},
        shape_(connections.shape),
        synapses_(connections.size()),
        transmission_(transmission),
        transmitted_(transmission.init(connections.shape.pre)) {
    this->state.weights = weights.template cast<typename Rule::Scalar>();
    if constexpr (!LearnsFrom<Rule, Spikes>) potential_.setZero(connections.shape.post, 1);
  }

  void advance(const BundleMoment<Scalar>& moment, Scalar* receptor) override {
    const Spikes pre{moment.time_ms, moment.arrivals}, post{moment.time_ms, moment.emitted};
    if constexpr (LearnsFrom<Rule, Spikes>) {
      if (moment.arrivals.empty() && moment.emitted.empty()) return;
      learn(moment, pre, post, receptor);
    } else {
      for (Index i = 0; i < potential_.rows(); ++i) potential_(i, 0) = moment.potential_mv[i];
      const View<double> potential = potential_;
      if constexpr (LearnsFrom<Rule, SpikesAndPotential>)
        learn(moment, pre, SpikesAndPotential{post, potential}, receptor);
      else
        learn(moment, pre, SpikesAndTarget{post, Spikes{moment.time_ms, moment.target}, potential},
              receptor);
    }
  }

  /// From spikes where the rule changes a weight at its own spikes only, else never.
  Ahead ahead() const override {
    return ChangesAtOwnSpikes<Rule> && std::same_as<Transmission, Direct> ? Ahead::from_spikes
                                                                          : Ahead::never;
  }

  /// Until a neuron's second spike arrives, which its first one may have given another weight.
  Index steps_ahead(const BundleSteps<Scalar>& next) override {
    if (!next.any_arrive()) return next.steps;
    last_arrival_.resize(std::size_t(this->state.connections.shape.pre), 0);
    for (Index n = 0; n < next.steps; ++n)
      for (const Index j : next.arrivals(n)) {
        const std::int64_t before = std::exchange(last_arrival_[std::size_t(j)], next.first + n);
        if (before >= next.first && n > 0) return n;
      }
    return next.steps;
  }

  void transmit(const BundleSteps<Scalar>& next, Arriving<Scalar>& arriving) override {
    const Connections& to = this->state.connections;
    for (Index n = 0; n < next.steps; ++n)
      for (const Index j : next.arrivals(n)) {
        Scalar* const row = arriving.row(n);
        for (Index k = to.begin(j), end = to.end(j); k < end; ++k)
          row[to.post[std::size_t(k)]] += Scalar(this->state.weights(k));
      }
  }

  void learn_from_spikes(const BundleSteps<Scalar>& made, Arriving<Scalar>& arriving,
                         std::vector<Index>& reached) override {
    if constexpr (ChangesAtOwnSpikes<Rule>) {
      if (!made.any_emitted && !made.any_arrive()) return;
      late_.clear();
      for (Index n = 0; n < made.steps; ++n) {
        const std::span<const Index> pre = made.arrivals(n), post = made.emissions(n);
        if (pre.empty() && post.empty()) continue;
        if (!pre.empty())
          for (Late& late : late_) late.reached |= correct(pre, late.neuron, arriving, n);
        const double now = made.time_ms(n);
        this->rule.update({now, pre}, {now, post}, this->state);
        for (const Index i : post) late_.push_back({i});
      }
      for (const Late& late : late_)
        if (late.reached) reached.push_back(late.neuron);
    }
  }

  /// A spike transmits weights before the rule looks at them.
  void check() const override {
    const Connections& synapses = this->state.connections;
    require<ShapeError>(synapses.shape.pre == shape_.pre && synapses.shape.post == shape_.post &&
                            synapses.size() == synapses_,
                        name_of<Rule>, ": the connections of a projection cannot be exchanged");
    require_state(this->state.weights, synapses_, 1, name_of<Rule>, "weights");
  }
  void settle() override {
    if constexpr (requires { this->rule.settle(this->state); }) this->rule.settle(this->state);
  }

  Index begin(Index pre) const override { return this->state.connections.begin(pre); }
  Index end(Index pre) const override { return this->state.connections.end(pre); }
  Index post(Index synapse) const override {
    return this->state.connections.post[std::size_t(synapse)];
  }
  std::vector<NamedArray> arrays() override {
    std::vector<NamedArray> result = arrays_of(this->state);
    for (NamedArray& named : arrays_of(transmitted_)) result.push_back(std::move(named));
    return result;
  }

 private:
  /// A neuron that has spiked in the steps that are made at once, and whether spikes have arrived
  /// at it since.
  struct Late {
    Index neuron;
    bool reached = false;
  };

  /// Sums up again what arrives at a neuron in a step. Returns false where nothing does.
  bool correct(std::span<const Index> pre, Index neuron, Arriving<Scalar>& arriving, Index n) {
    const Connections& to = this->state.connections;
    bool any = false;
    Scalar sum = 0;
    for (const Index j : pre) {
      const auto end = to.post.begin() + to.end(j),
                 found = std::lower_bound(to.post.begin() + to.begin(j), end, neuron);
      if (found == end || *found != neuron) continue;
      sum += Scalar(this->state.weights(found - to.post.begin()));
      any = true;
    }
    if (any) arriving.row(n)[neuron] = sum;
    return any;
  }

  void learn(const BundleMoment<Scalar>& moment, const Spikes& pre, const auto& post,
             Scalar* receptor) {
    Arrivals arrivals{*this, moment};
    const auto deliver = [&](Index i, auto weight) {
      receptor[i] += arrivals.factor() * Scalar(weight);
    };
    if constexpr (requires { this->rule.update(pre, post, this->state, deliver); }) {
      this->rule.update(pre, post, this->state, deliver);
    } else {
      const Connections& to = this->state.connections;
      for (std::size_t n = 0; n < pre.neurons.size(); ++n) {
        if (n + 2 < pre.neurons.size()) {
          const Index later = to.begin(pre.neurons[n + 2]);
          __builtin_prefetch(to.post.data() + later);
          __builtin_prefetch(this->state.weights.data() + later);
        }
        const Index j = pre.neurons[n];
        for (Index k = to.begin(j), end = to.end(j); k < end; ++k)
          deliver(to.post[std::size_t(k)], this->state.weights(k));
      }
      this->rule.update(pre, post, this->state);
    }
  }

  /// The factor of each delivered spike, in the order of deliveries.
  struct Arrivals {
    RuleBundle& bundle;
    const BundleMoment<Scalar>& moment;
    std::size_t next = 0;
    Index left = 0;
    Scalar now = 1;

    [[gnu::always_inline]] Scalar factor() {
      if constexpr (std::same_as<Transmission, Direct>) {
        return 1;
      } else {
        for (; left == 0; ++next) {
          const Index j = moment.arrivals[next];
          left = bundle.end(j) - bundle.begin(j);
          now = Scalar(bundle.transmission_.transmit(moment.time_ms, j, bundle.transmitted_));
        }
        --left;
        return now;
      }
    }
  };

  Shape shape_;     // numbers of neurons
  Index synapses_;  // number of synapses
  Transmission transmission_;
  typename Transmission::State transmitted_;
  // Scratch space; not saved in checkpoints.
  Matrix<double> potential_;
  std::vector<std::int64_t> last_arrival_;  // moment, per presynaptic neuron
  std::vector<Late> late_;
};

/// The type of the bundles that learn by a rule. A rule that works on synapses by itself, as
/// spiking LPL does in blocks of steps, specialises it.
template <typename Scalar, typename Rule, typename Transmission>
struct BundleOf {
  using type =
      RuleBundle<Scalar, Rule, Transmission>;  ///< bundles of all rules without one of their own
};

/// The type of a bundle with this rule and this transmission.
template <typename Scalar, typename Rule, typename Transmission>
using BundleFor = typename BundleOf<Scalar, Rule, Transmission>::type;

/// Synapses that learn by a rule, or fixed ones where the rule is None.
template <typename Scalar, typename Rule, typename Transmission>
std::unique_ptr<Bundle<Scalar>> make_bundle(const Connections& connections,
                                            const Vector<double>& weights, const Rule& rule,
                                            const Transmission& transmission) {
  if constexpr (std::same_as<Rule, None>)
    return std::make_unique<FixedBundle<Scalar, Transmission>>(connections, weights, transmission);
  else
    return std::make_unique<BundleFor<Scalar, Rule, Transmission>>(connections, weights, rule,
                                                                   transmission);
}

}  // namespace hebb
