/// @file
/// The spiking LPL network, from events and blocks of steps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "hebb/spiking/lpl/lpl_blocks.hpp"
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
/// * LPL learns from blocks of steps (see LplBlocks). They end at multiples of `block_`, whatever
///   calls are made: no bit of a run depends on how it is cut into calls, or saved and resumed.
///   Weights change at the end of blocks only, and are therefore always current.
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
        blocks_(circuit.rule, circuit.input_to_exc),
        exc_tiles_(blocks_.tiles()),
        tiles_(exc_tiles_ + (circuit.inhibitory() + lanes - 1) / lanes),
        delay_(circuit.rule.times.steps(circuit.rule.times.delay_ms)),
        weights_(Vector<Scalar>::Constant(circuit.input_to_exc.size(),
                                          Scalar(circuit.input_to_exc_weight))),
        square_(circuit.rule.gradient.template init<Scalar>(circuit.input_to_exc.size())),
        inhibition_(Inhibitory<Scalar>{}.init(circuit.inh_to_exc)) {
    require<ShapeError>(input.size() == circuit.inputs(), "SpikingLplNetwork: the input has ",
                        input.size(), " neurons, the circuit ", circuit.inputs());
    const Index shortest = circuit.neuron.shortest_interval(circuit.rule.times.dt_ms);
    require(shortest > delay_, "SpikingLplNetwork: a neuron must not spike twice in a delay of ",
            delay_, " steps; its threshold allows an interval of ", shortest);
    const Index window = circuit.rule.times.steps(circuit.rule.times.window_ms);
    for (Index length = std::min(window, LplBlocks<Scalar>::longest); block_ == 0; --length)
      if (window % length == 0) block_ = length;

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
    require(steps >= 0 && steps <= last_step - step_, "SpikingLplNetwork: cannot advance by ",
            steps, " steps");
    const FlushDenormals guard;
    for (const std::int64_t end = step_ + steps; step_ < end;) {
      while (next_slice_ * Input::slice < std::min(step_ + delay_, end)) {
        const Index before = inputs_.size();
        input_.emit(next_slice_, inputs_);
        inputs_.check(circuit_.inputs(), before, next_slice_ * Input::slice,
                      (next_slice_ + 1) * Input::slice, "SpikingLplNetwork: the input");
        ++next_slice_;
        for (Index k = before; k < inputs_.size(); ++k) on_spike(Population::input, inputs_[k]);
      }
      const std::int64_t edge = block_end();
      chunk(Index(std::min({delay_ + step_, edge, end}) - step_), on_spike);
      if (step_ == edge) close_block();
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
    const auto& old = circuit_.rule.times;
    require(rule.times.dt_ms == old.dt_ms && rule.times.window_ms == old.window_ms,
            "SpikingLplNetwork: dt_ms and window_ms cannot change");
    blocks_.check(rule);
    if (!checked_) check_state();
    if (step_ > block_start_) learn_block();
    blocks_.configure(rule);
    const double last = time_ms(step_ - 1);
    if (circuit_.inhibition && last > inhibition_.time_ms)  // traces decay as before until now
      circuit_.inhibition->update({last, {}}, {last, {}}, inhibition_);
    circuit_ = changed;
    checked_ = false;  // the bounds may have changed
  }

  const SpikingLplCircuit<Rule>& circuit() const { return circuit_; }
  std::int64_t steps() const { return step_; }                ///< how many were made
  const Vector<Scalar>& weights() const { return weights_; }  ///< input -> excitatory
  /// Inhibitory -> excitatory.
  const Vector<Scalar>& inh_weights() const { return inhibition_.weights; }
  Vector<Scalar>& weights() {
    checked_ = false;
    return weights_;
  }

  /// Of a neuron after the last step; excitatory neurons come first.
  Scalar potential_mv(Index neuron) const { return now_(place(neuron), 0); }

  /// What the rule estimates for a postsynaptic neuron, as of the end of the last block.
  double rate_hz(Index neuron) {
    return 1000 * blocks_.mean()(neuron) / circuit_.rule.times.tau_mean_ms;
  }
  double variance(Index neuron) { return blocks_.variance()(neuron); }

  /// Names the saved state. A new network of the same circuit and input that loads it continues as
  /// this one would. Where a checkpoint holds steps or spikes that no run has, the next `advance`
  /// or `change` throws InvalidParameter.
  void each(auto&& visit) {
    checked_ = false;  // the visitor may change the state
    visit("step", step_);
    visit("block_start", block_start_);
    visit("next_slice", next_slice_);
    visit("network", label_of<"SpikingLplNetwork", Input>);
    visit("rule", Rule::label);
    visit("weights", weights_);
    visit("square", square_);
    visit("neurons", now_);
    const auto within = [&](const std::string& name, auto& object) {
      object.each([&](std::string_view array, auto& value) {
        visit(name + "." + std::string(array), value);
      });
    };
    within("lpl", blocks_);
    within("inhibition", inhibition_);
    within("inputs", inputs_);
    within("exc", exc_);
    within("inh", inh_);
  }

 private:
  using Vec = simd::Vec<Scalar>;
  static constexpr Index lanes = LplBlocks<Scalar>::lanes, width = simd::width<Scalar>;
  static constexpr std::int64_t last_step = std::int64_t(1) << 62;

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

  /// Blocks end after a step that is a multiple of their length.
  std::int64_t block_end() const { return (step_ + block_ - 1) / block_ * block_ + 1; }

  double time_ms(std::int64_t step) const { return double(step) * circuit_.rule.times.dt_ms; }

  /// Throws unless the state, which a user or a checkpoint may have set, fits together.
  void check_state() {
    const Index synapses = circuit_.input_to_exc.size();
    const auto size = [](const auto& array, Index rows, const char* name) {
      require_size(array, rows, 1, "SpikingLplNetwork", name);
    };
    size(weights_, synapses, "weights");
    size(square_, Rule::remembers_gradient ? synapses : 0, "square");
    circuit_.check_inhibition(inhibition_, step_, "SpikingLplNetwork");
    require_size(now_, lanes * tiles_, 5, "SpikingLplNetwork", "neurons");
    blocks_.check_sizes();
    require_weights(weights_, circuit_.rule.bounds, "SpikingLpl");
    require(step_ >= 0 && step_ <= last_step && block_start_ >= 0 && block_start_ <= step_ &&
                block_end() - block_start_ <= block_,
            "SpikingLplNetwork: at step ", step_, " the open block cannot have begun at step ",
            block_start_);
    require(next_slice_ == (step_ + Input::slice - 1) / Input::slice, "SpikingLplNetwork: at step ",
            step_, " the next slice cannot be ", next_slice_);
    inputs_.check(circuit_.inputs(), 0, 0, next_slice_ * Input::slice, "SpikingLplNetwork: inputs");
    exc_.check(circuit_.excitatory(), 0, 0, step_, "SpikingLplNetwork: excitatory");
    inh_.check(circuit_.inhibitory(), 0, 0, step_, "SpikingLplNetwork: inhibitory");
    for (const SpikeList* list : {&inputs_, &exc_, &inh_})
      require(list->next == list->find(step_ - delay_), "SpikingLplNetwork: spike ", list->next,
              " cannot be the next to arrive");
    checked_ = true;
  }

  /// Calls visit(neuron, step of the chunk) for the spikes of a list that arrive in the chunk.
  void for_each_arrival(const SpikeList& list, Index length, const auto& visit) const {
    for (Index k = list.next; k < list.size() && list[k].step + delay_ < step_ + length; ++k)
      visit(list[k].neuron, Index(list[k].step - step_) + delay_);
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
      const Spike spike{step_ + n, exc ? neuron : neuron - excitatory};
      (exc ? exc_ : inh_).push(spike);
      on_spike(exc ? Population::excitatory : Population::inhibitory, spike);
    }
    step_ += length;
    for (SpikeList* list : {&inputs_, &exc_, &inh_})
      while (list->next < list->size() && (*list)[list->next].step + delay_ < step_) ++list->next;
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
    send(inputs_, circuit_.input_to_exc, input_slots_, ampa_,
         [&](Index k) { return weights_.data()[k]; });
    send(exc_, circuit_.exc_to_inh, exc_slots_, ampa_, [&](Index) { return to_inh; });
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
      potential[v] = learns ? blocks_.potentials(tile, Index(step_ - block_start_) + 1) + lane
                            : unseen_.data();
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
      const double now = time_ms(step_ + n);
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

  void learn_block() {
    const Index length = Index(step_ - block_start_);
    blocks_.close(block_start_ - 1, length, inputs_, exc_);
    block_start_ = step_;
    inputs_.drop_before(step_ - 2 * delay_);
    exc_.drop_before(
        step_ - std::max(delay_, circuit_.rule.times.steps(circuit_.rule.times.prediction_ms)));
    inh_.drop_before(step_ - delay_);
  }

  void close_block() {
    learn_block();
    if ((step_ - 1) % circuit_.rule.times.steps(circuit_.rule.times.window_ms) == 0) {
      blocks_.collect(accumulated_);
      circuit_.rule.apply(accumulated_, weights_, square_, step_ - 1);
    }
    for (Index i = 0; i < circuit_.potential_mv.size(); ++i) {
      const Index at = place(i);
      require<Divergence>(all_finite(&now_(at, 0), 1),
                          "SpikingLplNetwork: the potential of neuron ", i, " is ", now_(at, 0),
                          " after ", step_, " steps");
      const Scalar conductance = 1 + neuron_step_.ampa_share * now_(at, 1) +
                                 neuron_step_.nmda_share * now_(at, 2) + now_(at, 3);
      require<Divergence>(neuron_step_.leak * conductance < 2, "SpikingLplNetwork: neuron ", i,
                          " has a conductance of ", conductance, " times its leak after ", step_,
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
  LplBlocks<Scalar> blocks_;
  Index exc_tiles_, tiles_, delay_, block_ = 0;
  std::vector<std::int32_t> input_slots_ = {}, exc_slots_ = {}, inh_slots_ = {},
                            inh_inh_slots_ = {};

  std::int64_t step_ = 0, block_start_ = 0, next_slice_ = 0;
  bool checked_ = false;  // whether the state was checked since it was last open to changes
  Vector<Scalar> weights_, square_;
  typename SpikingLplCircuit<Rule>::InhibitionState inhibition_;
  Matrix<Scalar> now_ = {};  // places x (potential, ampa, nmda, gaba, raised threshold)
  SpikeList inputs_ = {}, exc_ = {}, inh_ = {};  // for as long as they are needed

  // Scratch space; not saved in checkpoints.
  Matrix<Scalar> before_ = {}, ampa_ = {}, gaba_ = {};
  Vector<Scalar> spiked_ = {}, unseen_ = {}, accumulated_ = {};
  std::vector<Event> new_ = {}, arrivals_ = {}, late_ = {};
  std::vector<Index> moment_pre_ = {}, moment_post_ = {};
};

}  // namespace hebb
