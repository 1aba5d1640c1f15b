/// @file
/// The spiking LPL network, from events and blocks of steps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

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
        neuron_step_(circuit.neuron.template step<Scalar>(circuit.rule.times.dt_ms)),
        lpl_(circuit.rule, circuit.input_to_exc, Scalar(circuit.input_to_exc_weight)),
        exc_tiles_(lpl_.tiles()),
        tiles_(exc_tiles_ + (circuit.inhibitory() + lanes - 1) / lanes),
        delay_(circuit.rule.times.steps(circuit.rule.times.delay_ms)),
        inhibition_(Inhibitory<Scalar>{}.init(circuit.inh_to_exc)) {
    require<ShapeError>(input.size() == circuit.inputs(), "SpikingLplNetwork: the input has ",
                        input.size(), " neurons, the circuit ", circuit.inputs());
    const Index shortest = circuit.neuron.shortest_interval(circuit.rule.times.dt_ms);
    require(shortest > delay_, "SpikingLplNetwork: a neuron must not spike twice in a delay of ",
            delay_, " steps; its threshold allows an interval of ", shortest);
    inhibition_.weights.setConstant(Scalar(circuit.inh_to_exc_weight));
    now_.setZero(lanes * tiles_, 5);
    now_.col(0).setConstant(Scalar(circuit.neuron.rest_mv));
    for (Index i = 0; i < circuit.potential_mv.size(); ++i)
      now_(place(i), 0) = Scalar(circuit.potential_mv(i));
    before_ = now_;
    ampa_.setZero(lanes * delay_, tiles_);
    gaba_.setZero(lanes * delay_, tiles_);
    spiked_.setZero(lanes * tiles_);
    unseen_.setZero(width);
    for (const auto& [connections, first, slots] :
         {std::tuple{&circuit.input_to_exc, Index(0), &input_slots_},
          {&circuit.exc_to_inh, circuit.excitatory(), &exc_slots_},
          {&circuit.inh_to_exc, Index(0), &inh_slots_},
          {&circuit.inh_to_inh, circuit.excitatory(), &inh_inh_slots_}})
      for (const std::int32_t i : connections->post)
        slots->push_back(std::int32_t(slot(first + i)));
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
      check_neurons();
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
  Scalar potential_mv(Index neuron) const { return now_(place(neuron), 0); }

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
    visit("neurons", now_);
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
  using Vec = simd::Vec<Scalar>;
  using Lpl = LplSynapses<Rule>;
  static constexpr Index lanes = Lpl::lanes, width = simd::width<Scalar>;

  std::int64_t step() const { return lpl_.steps(); }

  /// Inhibitory neurons begin a tile of their own.
  Index place(Index neuron) const {
    const Index excitatory = circuit_.excitatory();
    return neuron < excitatory ? neuron : exc_tiles_ * lanes + neuron - excitatory;
  }
  Index neuron_at(Index place) const {
    return place < exc_tiles_ * lanes ? place : place - exc_tiles_ * lanes + circuit_.excitatory();
  }
  /// The place in the buffers of a spike that arrives in the first step of a chunk.
  Index slot(Index neuron) const {
    return place(neuron) / lanes * lanes * delay_ + place(neuron) % lanes;
  }

  double time_ms(std::int64_t step) const { return double(step) * circuit_.rule.times.dt_ms; }

  /// Throws unless the state, which a user or a checkpoint may have set, fits together.
  void check_state() {
    lpl_.check(next_slice_ * Input::slice, "SpikingLplNetwork");
    circuit_.check_inhibition(inhibition_, step(), "SpikingLplNetwork");
    require_size(now_, lanes * tiles_, 5, "SpikingLplNetwork", "neurons");
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
    std::swap(now_, before_);
    constexpr Index side_by_side = 2;  // chains of dependent operations in flight
    Vec any{};
    Index at = 0;
    for (; at + side_by_side * width <= lanes * tiles_; at += side_by_side * width)
      any += run<side_by_side>(at, length);
    for (; at < lanes * tiles_; at += width) any += run<1>(at, length);

    new_.clear();
    if (simd::any_of(any)) find_spikes();
    if (circuit_.inhibition) learn_inhibition(length);
    for (const auto& [n, neuron, corrected] : new_) {
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

  /// Lists the neurons that spiked in the chunk, by step and neuron.
  void find_spikes() {
    for (Index at = 0; at < lanes * tiles_; at += width) {
      if (!simd::any_of(simd::load(&spiked_(at)))) continue;
      for (Index l = at; l < at + width; ++l)
        if (spiked_(l) != 0) new_.push_back({Index(spiked_(l)) - 1, neuron_at(l)});
    }
    std::sort(new_.begin(), new_.end(), [](const Event& a, const Event& b) {
      return a.n != b.n ? a.n < b.n : a.neuron < b.neuron;
    });
  }

  void deliver(Index length) {
    ampa_.topRows(lanes * length).setZero();
    gaba_.topRows(lanes * length).setZero();
    const auto send = [&](const SpikeList& spikes, const Connections& to,
                          const std::vector<std::int32_t>& slots, Matrix<Scalar>& buffer,
                          const auto& weight) {
      for_each_arrival(spikes, length, [&](Index j, Index n) {
        Scalar* const first = buffer.data() + n * lanes;
        for (Index k = to.begin(j), end = to.end(j); k < end; ++k)
          first[slots[std::size_t(k)]] += weight(k);
      });
    };
    const Scalar to_inh = Scalar(circuit_.exc_to_inh_weight),
                 inh_to_inh = Scalar(circuit_.inh_to_inh_weight);
    send(lpl_.pre, circuit_.input_to_exc, input_slots_, ampa_,
         [&](Index k) { return lpl_.weights.data()[k]; });
    send(lpl_.post, circuit_.exc_to_inh, exc_slots_, ampa_, [&](Index) { return to_inh; });
    send(inh_, circuit_.inh_to_exc, inh_slots_, gaba_,
         [&](Index k) { return inhibition_.weights.data()[k]; });
    send(inh_, circuit_.inh_to_inh, inh_inh_slots_, gaba_, [&](Index) { return inh_to_inh; });
  }

  /// Advances `count` vectors of neurons from `before_` to `now_`. Writes to `spiked_` in which
  /// step of the chunk, from 1, each neuron spiked, and returns the sum of these vectors.
  template <Index count>
  Vec run(Index first, Index length) {
    ConductanceLif::State<Vec> s[count];
    const Scalar *ampa[count], *gaba[count];
    Scalar* potential[count];
    Index stride[count];
    Vec spiked[count] = {};
    for (Index v = 0; v < count; ++v) {
      const Index at = first + v * width, tile = at / lanes, lane = at % lanes;
      s[v] = {simd::load(&before_(at, 0)), simd::load(&before_(at, 1)), simd::load(&before_(at, 2)),
              simd::load(&before_(at, 3)), simd::load(&before_(at, 4))};
      ampa[v] = &ampa_(lane, tile);
      gaba[v] = &gaba_(lane, tile);
      const bool learns = tile < exc_tiles_;
      potential[v] = learns ? lpl_.potentials(tile) + lane : unseen_.data();
      stride[v] = learns ? lanes : 0;
    }
    const ConductanceLif::Step<Scalar> step = neuron_step_;
    for (Index n = 0; n < length; ++n)
      for (Index v = 0; v < count; ++v) {
        spiked[v] = step(s[v]) ? simd::splat(Scalar(n + 1)) : spiked[v];
        simd::store(potential[v] + n * stride[v], s[v].potential);
        s[v].ampa += simd::load(ampa[v] + n * lanes);
        s[v].gaba += simd::load(gaba[v] + n * lanes);
      }
    Vec sum{};
    for (Index v = 0; v < count; ++v) {
      const Index at = first + v * width;
      simd::store(&now_(at, 0), s[v].potential);
      simd::store(&now_(at, 1), s[v].ampa);
      simd::store(&now_(at, 2), s[v].nmda);
      simd::store(&now_(at, 3), s[v].gaba);
      simd::store(&now_(at, 4), s[v].raised);
      simd::store(&spiked_(at), spiked[v]);
      sum += spiked[v];
    }
    return sum;
  }

  /// The inhibitory rule learns from the chunk, moment by moment.
  void learn_inhibition(Index length) {
    arrivals_.clear();
    for_each_arrival(inh_, length, [&](Index j, Index n) { arrivals_.push_back({n, j}); });
    auto arrival = arrivals_.begin();
    auto spike = new_.begin();
    late_.clear();
    for (Index n = 0; arrival != arrivals_.end() || spike != new_.end(); ++n) {
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
      for (const Index i : moment_post_) late_.push_back({n, i});
    }
    // Their spikes do not change: no neuron spikes twice in a chunk.
    for (const Event& event : late_)
      if (event.corrected >= 0) run<1>(place(event.neuron) / width * width, length);
  }

  /// A spike of an inhibitory neuron arrives at step n of the chunk: the neurons in `late_` spiked
  /// before and have changed its weights since they were transmitted. Marks those that are reached.
  void correct(Index n, Index inhibitory) {
    const ConnectionsByPost& in = inhibition_.connections.by_post;
    for (Event& event : late_) {
      const auto begin = in.pre.begin() + in.first[std::size_t(event.neuron)],
                 end = in.pre.begin() + in.first[std::size_t(event.neuron) + 1],
                 found = std::lower_bound(begin, end, inhibitory);
      if (found == end || *found != inhibitory) continue;
      const Index at = place(event.neuron);
      Scalar& sum = gaba_(n * lanes + at % lanes, at / lanes);
      if (event.corrected != n) sum = 0;
      event.corrected = n;
      sum += inhibition_.weights(in.synapse[std::size_t(found - in.pre.begin())]);
    }
  }

  /// Throws Divergence, naming the neuron, for a potential that is not finite or a conductance that
  /// is too large for the step.
  void check_neurons() const {
    for (Index i = 0; i < circuit_.potential_mv.size(); ++i) {
      const Index at = place(i);
      require<Divergence>(all_finite(&now_(at, 0), 1),
                          "SpikingLplNetwork: the potential of neuron ", i, " is ", now_(at, 0),
                          " after ", step(), " steps");
      const Scalar conductance = 1 + neuron_step_.ampa_share * now_(at, 1) +
                                 neuron_step_.nmda_share * now_(at, 2) + now_(at, 3);
      require<Divergence>(neuron_step_.leak * conductance < 2, "SpikingLplNetwork: neuron ", i,
                          " has a conductance of ", conductance, " times its leak after ", step(),
                          " steps: the step is unstable");
    }
  }

  struct Event {
    Index n, neuron;       // n: a step of the chunk
    Index corrected = -1;  // the last step at which the neuron's inhibition was corrected
  };

  SpikingLplCircuit<Rule> circuit_;
  Input input_;
  ConductanceLif::Step<Scalar> neuron_step_;
  Lpl lpl_;
  Index exc_tiles_, tiles_, delay_;
  std::vector<std::int32_t> input_slots_ = {}, exc_slots_ = {}, inh_slots_ = {},
                            inh_inh_slots_ = {};

  std::int64_t next_slice_ = 0;
  bool checked_ = false;  // whether the state was checked since it was last open to changes
  typename SpikingLplCircuit<Rule>::InhibitionState inhibition_;
  Matrix<Scalar> now_ = {};  // places x (potential, ampa, nmda, gaba, raised threshold)
  SpikeList inh_ = {};       // for as long as they are needed

  // Scratch space; not saved in checkpoints.
  Matrix<Scalar> before_ = {}, ampa_ = {}, gaba_ = {};
  Vector<Scalar> spiked_ = {}, unseen_ = {};
  std::vector<Event> new_ = {}, arrivals_ = {}, late_ = {};
  std::vector<Index> moment_pre_ = {}, moment_post_ = {};
};

}  // namespace hebb
