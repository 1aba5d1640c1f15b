/// @file
/// The spiking LPL network, from events and blocks of steps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "hebb/spiking/lpl/lpl_neurons.hpp"
#include "hebb/spiking/lpl/lpl_synapses.hpp"
#include "hebb/spiking/lpl/spiking_lpl_circuit.hpp"
#include "hebb/spiking/poisson.hpp"

namespace hebb {

/// A population of the network.
enum class Population { input, excitatory, inhibitory };

/// Runs a circuit on an input. Results are those of SpikingLplStepper, but for rounding:
///
/// * Neurons advance by chunks of at most one axonal delay, because what they emit in a chunk
/// arrives
///   after it. An inhibitory weight can change in a chunk before a spike arrives at its synapse:
///   when its neuron spikes first. The chunk of that neuron is then computed again.
/// * LPL learns from blocks of steps (see LplSynapses). No bit of a run depends on how it is cut
/// into
///   calls, or saved and resumed.
///
/// Cost: about half a microsecond per step for the standard network in double, on one core.
/// Throws InvalidParameter or ShapeError for a circuit that cannot be run. From advance, before
/// anything changes: InvalidParameter for a weight that was set out of bounds, InvalidParameter or
/// ShapeError for loaded numbers that do not fit together. Then Divergence when potentials are not
/// finite or conductances are too large for the step, and InvalidParameter when the input emits
/// spikes of another slice or of neurons that it has not.
template <typename Rule = SpikingLpl<double>, SpikeInput Input = PoissonInput>
class SpikingLplNetwork {
 public:
  using Scalar = typename Rule::Scalar;

  SpikingLplNetwork(const SpikingLplCircuit<Rule>& circuit, const Input& input)
      : circuit_((circuit.check(), circuit)),
        input_(input),
        delay_(circuit.rule.times.steps(circuit.rule.times.delay_ms)),
        neurons_(circuit.neuron, circuit.rule.times.dt_ms, circuit.potential_mv,
                 circuit.excitatory(), delay_),
        lpl_(circuit.rule, circuit.input_to_exc, Scalar(circuit.input_to_exc_weight)),
        inhibition_(Inhibitory<Scalar>{}.init(circuit.inh_to_exc)) {
    require<ShapeError>(input.size() == circuit.inputs(), "SpikingLplNetwork: the input has ",
                        input.size(), " neurons, the circuit ", circuit.inputs());
    const Index shortest = circuit.neuron.shortest_interval(circuit.rule.times.dt_ms);
    require(shortest > delay_, "SpikingLplNetwork: a neuron must not spike twice in a delay of ",
            delay_, " steps; its threshold allows an interval of ", shortest);
    inhibition_.weights.setConstant(Scalar(circuit.inh_to_exc_weight));
    for (const auto& [connections, first, places] :
         {std::tuple{&circuit.input_to_exc, Index(0), &input_places_},
          {&circuit.exc_to_inh, circuit.excitatory(), &exc_places_},
          {&circuit.inh_to_exc, Index(0), &inh_places_},
          {&circuit.inh_to_inh, circuit.excitatory(), &inh_inh_places_}})
      for (const std::int32_t i : connections->post)
        places->push_back(std::int32_t(neurons_.place(first + i)));
  }

  /// Makes `steps` steps. Calls on_spike(population, spike) for every spike, in order within a
  /// population. Input spikes are reported up to one slice before the network reaches them. To
  /// sample weights or potentials, advance to the time of the sample and read them.
  void advance(std::int64_t steps, auto&& on_spike) {
    if (!checked_) check_state();
    require(steps >= 0 && steps <= Lpl::last_step - step(), "SpikingLplNetwork: cannot advance by ",
            steps, " steps");
    const FlushDenormals guard;
    SpikeList& inputs = lpl_.pre;
    for (const std::int64_t end = step() + steps; step() < end;) {
      while (next_slice_ * Input::slice < std::min(step() + delay_, end)) {
        const Index before = inputs.size();
        input_.emit(next_slice_, inputs);
        inputs.check(circuit_.inputs(), before, next_slice_ * Input::slice,
                     (next_slice_ + 1) * Input::slice, "SpikingLplNetwork: the input");
        ++next_slice_;
        for (Index k = before; k < inputs.size(); ++k) on_spike(Population::input, inputs[k]);
      }
      const Index length = Index(std::min<std::int64_t>({delay_, lpl_.left(), end - step()}));
      chunk(length, on_spike);
      if (!lpl_.advance(length)) continue;
      neurons_.check(step(), "SpikingLplNetwork");
      inh_.drop_before(step() - delay_);
    }
  }

  void advance(std::int64_t steps) {
    advance(steps, [](Population, const Spike&) {});
  }

  /// Ends the open block now, and continues with other parameters. The step, delays and the window
  /// cannot change.
  void change(const Rule& rule, const std::optional<Inhibitory<Scalar>>& inhibition) {
    SpikingLplCircuit<Rule> changed = circuit_;
    changed.rule = rule;
    changed.inhibition = inhibition;
    changed.check();
    lpl_.check_change(rule);
    if (!checked_) check_state();
    lpl_.change(rule);
    const double last = time_ms(step() - 1);
    if (circuit_.inhibition && last > inhibition_.time_ms)  // traces decay as before until now
      circuit_.inhibition->update({last, {}}, {last, {}}, inhibition_);
    circuit_ = changed;
    checked_ = false;  // the bounds may have changed
  }

  const SpikingLplCircuit<Rule>& circuit() const { return circuit_; }
  std::int64_t steps() const { return step(); }                   ///< how many were made
  const Vector<Scalar>& weights() const { return lpl_.weights; }  ///< input -> excitatory
  /// Inhibitory -> excitatory.
  const Vector<Scalar>& inh_weights() const { return inhibition_.weights; }
  Vector<Scalar>& weights() {
    checked_ = false;
    return lpl_.weights;
  }

  /// Of a neuron after the last step; excitatory neurons come first.
  Scalar potential_mv(Index neuron) const { return neurons_.potential_mv(neuron); }

  /// What the rule estimates for a postsynaptic neuron, as of the end of the last block.
  double rate_hz(Index neuron) { return lpl_.rate_hz(neuron); }
  double variance(Index neuron) { return lpl_.variance(neuron); }

  /// Names the saved state. A new network of the same circuit and input that loads it continues as
  /// this one would. Where a checkpoint holds steps or spikes that no run has, the next `advance`
  /// or `change` throws InvalidParameter.
  void each(auto&& visit) {
    checked_ = false;  // the visitor may change the state
    visit("next_slice", next_slice_);
    visit("network", label_of<"SpikingLplNetwork", Input>);
    neurons_.each(visit);
    const auto within = [&](const std::string& name, auto& object) {
      object.each([&](std::string_view array, auto& value) {
        visit(name + "." + std::string(array), value);
      });
    };
    within("lpl", lpl_);
    within("inhibition", inhibition_);
    within("inh", inh_);
  }

 private:
  using Lpl = LplSynapses<Rule>;
  using Event = typename LplNeurons<Scalar>::Event;
  static_assert(LplNeurons<Scalar>::lanes == Lpl::lanes);

  std::int64_t step() const { return lpl_.steps(); }

  double time_ms(std::int64_t step) const { return double(step) * circuit_.rule.times.dt_ms; }

  /// Throws unless the state, which a user or a checkpoint may have set, fits together.
  void check_state() {
    lpl_.check(0, next_slice_ * Input::slice, "SpikingLplNetwork");
    circuit_.check_inhibition(inhibition_, step(), "SpikingLplNetwork");
    neurons_.check_sizes("SpikingLplNetwork");
    require(next_slice_ == (step() + Input::slice - 1) / Input::slice,
            "SpikingLplNetwork: at step ", step(), " the next slice cannot be ", next_slice_);
    inh_.check(circuit_.inhibitory(), 0, 0, step(), "SpikingLplNetwork: inhibitory");
    for (const SpikeList* list : {&lpl_.pre, &lpl_.post, &inh_})
      require(list->next == list->find(step() - delay_), "SpikingLplNetwork: spike ", list->next,
              " cannot be the next to arrive");
    checked_ = true;
  }

  /// Calls visit(neuron, step of the chunk) for the spikes of a list that arrive in the chunk.
  void for_each_arrival(const SpikeList& list, Index length, const auto& visit) const {
    for (Index k = list.next; k < list.size() && list[k].step + delay_ < step() + length; ++k)
      visit(list[k].neuron, Index(list[k].step - step()) + delay_);
  }

  void chunk(Index length, auto&& on_spike) {
    deliver(length);
    neurons_.advance(
        length, [&](Index tile) { return lpl_.potentials(tile); }, new_);
    if (circuit_.inhibition) learn_inhibition(length);
    for (const auto& [n, neuron] : new_) {
      const Index excitatory = circuit_.excitatory();
      const bool exc = neuron < excitatory;
      const Spike spike{step() + n, exc ? neuron : neuron - excitatory};
      (exc ? lpl_.post : inh_).push(spike);
      on_spike(exc ? Population::excitatory : Population::inhibitory, spike);
    }
    const std::int64_t end = step() + length;
    for (SpikeList* list : {&lpl_.pre, &lpl_.post, &inh_})
      while (list->next < list->size() && (*list)[list->next].step + delay_ < end) ++list->next;
  }

  /// Sums up what arrives in the chunk, with the weights as they are at its beginning.
  void deliver(Index length) {
    neurons_.clear_buffers(length);
    const auto send = [&](const SpikeList& spikes, const Connections& to,
                          const std::vector<std::int32_t>& places, Matrix<Scalar>& buffer,
                          const auto& weight) {
      for_each_arrival(spikes, length, [&](Index j, Index n) {
        Scalar* const first = buffer.data() + n * Lpl::lanes;
        for (Index k = to.begin(j), end = to.end(j); k < end; ++k)
          first[places[std::size_t(k)]] += weight(k);
      });
    };
    const Scalar to_inh = Scalar(circuit_.exc_to_inh_weight),
                 inh_to_inh = Scalar(circuit_.inh_to_inh_weight);
    send(lpl_.pre, circuit_.input_to_exc, input_places_, neurons_.ampa,
         [&](Index k) { return lpl_.weights.data()[k]; });
    send(lpl_.post, circuit_.exc_to_inh, exc_places_, neurons_.ampa, [&](Index) { return to_inh; });
    send(inh_, circuit_.inh_to_exc, inh_places_, neurons_.gaba,
         [&](Index k) { return inhibition_.weights.data()[k]; });
    send(inh_, circuit_.inh_to_inh, inh_inh_places_, neurons_.gaba,
         [&](Index) { return inh_to_inh; });
  }

  /// The inhibitory rule learns from the chunk, moment by moment.
  void learn_inhibition(Index length) {
    arrivals_.clear();
    for_each_arrival(inh_, length, [&](Index j, Index n) { arrivals_.push_back({n, j}); });
    auto arrival = arrivals_.begin();
    auto spike = new_.begin();
    late_.clear();
    while (arrival != arrivals_.end() || spike != new_.end()) {
      const Index n = std::min(arrival != arrivals_.end() ? arrival->n : length,
                               spike != new_.end() ? spike->n : length);
      moment_pre_.clear();
      moment_post_.clear();
      for (; arrival != arrivals_.end() && arrival->n == n; ++arrival) {
        if (!late_.empty()) correct(n, arrival->neuron);
        moment_pre_.push_back(arrival->neuron);
      }
      for (; spike != new_.end() && spike->n == n; ++spike)
        if (spike->neuron < circuit_.excitatory()) moment_post_.push_back(spike->neuron);
      if (moment_pre_.empty() && moment_post_.empty()) continue;
      const double now = time_ms(step() + n);
      circuit_.inhibition->update({now, moment_pre_}, {now, moment_post_}, inhibition_);
      for (const Index i : moment_post_) late_.push_back({i});
    }
    // Their spikes do not change: no neuron spikes twice in a chunk.
    for (const Late& one : late_)
      if (one.corrected >= 0)
        neurons_.repeat(one.neuron, length, [&](Index tile) { return lpl_.potentials(tile); });
  }

  /// A spike of an inhibitory neuron arrives at step n of the chunk: the neurons in `late_` spiked
  /// before and have changed its weights since they were transmitted. Marks those that are reached.
  void correct(Index n, Index inhibitory) {
    const ConnectionsByPost& in = inhibition_.connections.by_post;
    for (Late& one : late_) {
      const auto begin = in.pre.begin() + in.first[std::size_t(one.neuron)],
                 end = in.pre.begin() + in.first[std::size_t(one.neuron) + 1],
                 found = std::lower_bound(begin, end, inhibitory);
      if (found == end || *found != inhibitory) continue;
      Scalar& sum = neurons_.gaba.data()[neurons_.place(one.neuron) + n * Lpl::lanes];
      if (one.corrected != n) sum = 0;
      one.corrected = n;
      sum += inhibition_.weights(in.synapse[std::size_t(found - in.pre.begin())]);
    }
  }

  /// An excitatory neuron that has spiked in the chunk, and the last step at which what arrives at
  /// it was corrected.
  struct Late {
    Index neuron, corrected = -1;
  };

  SpikingLplCircuit<Rule> circuit_;
  Input input_;
  Index delay_;
  LplNeurons<Scalar> neurons_;
  Lpl lpl_;
  // Per synapse, the place in the buffers of what arrives by it.
  std::vector<std::int32_t> input_places_ = {}, exc_places_ = {}, inh_places_ = {},
                            inh_inh_places_ = {};

  std::int64_t next_slice_ = 0;
  bool checked_ = false;  // whether the state was checked since it was last open to changes
  typename SpikingLplCircuit<Rule>::InhibitionState inhibition_;
  SpikeList inh_ = {};  // spikes of inhibitory neurons, for as long as they are needed

  // Scratch space; not saved in checkpoints.
  std::vector<Event> new_ = {}, arrivals_ = {};
  std::vector<Late> late_ = {};
  std::vector<Index> moment_pre_ = {}, moment_post_ = {};
};

}  // namespace hebb
