/// @file
/// The spiking LPL network, fast: events and blocks of steps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "hebb/spiking/lpl/lpl_blocks.hpp"
#include "hebb/spiking/lpl/spiking_lpl_circuit.hpp"
#include "hebb/spiking/poisson.hpp"

namespace hebb {

/// Who spiked.
enum class Population { input, excitatory, inhibitory };

/// Runs a circuit on an input. The same as SpikingLplStepper, but for rounding, in another order of
/// work:
///
/// * Neurons advance a chunk of up to one axonal delay at a time, since nothing that happens in a
/// chunk arrives in it. The one
///   exception is an inhibitory weight that an excitatory spike strengthens just before a spike arrives by it: that neuron's chunk is run
///   again.
/// * Inhibitory traces are powers of their decay times a sum of spikes, so that plasticity costs
/// only at spikes.
/// * LPL learns from blocks of steps (see LplBlocks), which end at multiples of `block` whatever
/// calls are made: how a run is cut into
///   calls, or saved and resumed, does not change a bit of it. Weights move at such ends only, and so are always current.
///
/// Cost: about half a microsecond a step for the standard network in double, one core.
/// Throws InvalidParameter or ShapeError for a circuit that cannot be run. From advance, before
/// anything moves: InvalidParameter for a weight that was set out of bounds, InvalidParameter or
/// ShapeError for loaded numbers that do not fit together. Then Divergence when potentials leave
/// the finite numbers or conductances are too large for the step, and InvalidParameter when the
/// input emits spikes of another slice or of neurons that it has not.
template <typename Rule = SpikingLpl<double>, SpikeInput Input = PoissonInput>
class SpikingLplNetwork {
 public:
  using Scalar = typename Rule::Scalar;

  SpikingLplNetwork(const SpikingLplCircuit<Rule>& circuit, const Input& input)
      : circuit_((circuit.check(), circuit)),
        input_(input),
        neuron_step_(circuit.neuron.template step<Scalar>(circuit.rule.times.dt)),
        blocks_(circuit.rule, circuit.input_to_exc),
        exc_tiles_(blocks_.tiles()),
        tiles_(exc_tiles_ + (circuit.inhibitory() + lanes - 1) / lanes),
        delay_(circuit.rule.times.steps(circuit.rule.times.delay)),
        inh_inputs_(circuit.inh_to_exc),
        weights_(Vector<Scalar>::Constant(circuit.input_to_exc.size(),
                                          Scalar(circuit.input_to_exc_weight))),
        square_(circuit.rule.gradient.template init<Scalar>(circuit.input_to_exc.size())),
        inh_weights_(
            Vector<Scalar>::Constant(circuit.inh_to_exc.size(), Scalar(circuit.inh_to_exc_weight))),
        inh_trace_(Vector<Scalar>::Zero(circuit.inhibitory())),
        exc_trace_(Vector<Scalar>::Zero(circuit.excitatory())) {
    require<ShapeError>(input.size() == circuit.inputs(), "SpikingLplNetwork: the input has ",
                        input.size(), " neurons, the circuit ", circuit.inputs());
    require(circuit.neuron.shortest_interval(circuit.rule.times.dt) > delay_,
            "SpikingLplNetwork: a neuron must not spike twice in a delay of ", delay_,
            " steps; its threshold allows ",
            circuit.neuron.shortest_interval(circuit.rule.times.dt));
    const Index window = circuit.rule.times.steps(circuit.rule.times.window);
    for (Index length = std::min(window, LplBlocks<Scalar>::longest); block_ == 0; --length)
      if (window % length == 0) block_ = length;

    const Scalar rest = Scalar(circuit.neuron.rest);
    now_.setZero(lanes * tiles_, 5);
    now_.col(0).setConstant(rest);
    for (Index i = 0; i < circuit.potential.size(); ++i)
      now_(place(i), 0) = Scalar(circuit.potential(i));
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
    tabulate_inhibition();
  }

  /// Makes `steps` steps; calls on_spike(population, spike) for every spike, in order within a
  /// population. Those of inputs are told a slice ahead. To watch weights or potentials, advance to
  /// the next sample and read.
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

  /// Ends the open block now and goes on with another rule or other parameters of the inhibition;
  /// delays cannot change.
  void change(const Rule& rule, const typename SpikingLplCircuit<Rule>::Inhibition& inhibition) {
    SpikingLplCircuit<Rule> changed = circuit_;
    changed.rule = rule;
    changed.inhibition = inhibition;
    changed.check();
    const auto& old = circuit_.rule.times;
    require(rule.times.dt == old.dt && rule.times.window == old.window,
            "SpikingLplNetwork: dt and window cannot change");
    blocks_.check(rule);
    require_slow(inhibition.tau);
    if (!checked_) check_state();
    if (step_ > block_start_) learn_block();
    blocks_.configure(rule);
    circuit_ = changed;
    checked_ = false;  // the bounds may have changed
    tabulate_inhibition();
  }

  const SpikingLplCircuit<Rule>& circuit() const { return circuit_; }
  std::int64_t steps() const { return step_; }                        ///< how many were made
  const Vector<Scalar>& weights() const { return weights_; }          ///< input -> excitatory
  const Vector<Scalar>& inh_weights() const { return inh_weights_; }  ///< inhibitory -> excitatory
  Vector<Scalar>& weights() {
    checked_ = false;
    return weights_;
  }

  /// After the last step; excitatory neurons first, V.
  Scalar potential(Index neuron) const { return now_(place(neuron), 0); }

  /// The rule's estimates, as of the last block's end: rate in Hz, and variance.
  double rate(Index neuron) { return blocks_.mean()(neuron) / circuit_.rule.times.mean; }
  double variance(Index neuron) { return blocks_.variance()(neuron); }

  /// Everything that moves. A fresh network of the same circuit and input, loaded with it, goes on
  /// as this one would. Where a checkpoint holds steps or spikes that no run has, the next
  /// `advance` or `change` throws InvalidParameter.
  void each(auto&& visit) {
    checked_ = false;  // since the visitor may change everything
    visit("step", step_);
    visit("block_start", block_start_);
    visit("next_slice", next_slice_);
    visit("network", label_of<"SpikingLplNetwork", Input>);
    visit("rule", Rule::label);
    visit("weights", weights_);
    visit("square", square_);
    visit("inh_weights", inh_weights_);
    visit("inh_trace", inh_trace_);
    visit("exc_trace", exc_trace_);
    visit("neurons", now_);
    const auto within = [&](const std::string& name, auto& object) {
      object.each([&](std::string_view array, auto& value) {
        visit(name + "." + std::string(array), value);
      });
    };
    within("lpl", blocks_);
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
  /// Where a spike that arrives in the first step of a chunk lands in the buffers.
  Index slot(Index neuron) const {
    return place(neuron) / lanes * lanes * delay_ + place(neuron) % lanes;
  }

  /// Blocks end after a step that is a multiple of their length.
  std::int64_t block_end() const { return (step_ + block_ - 1) / block_ * block_ + 1; }

  /// Throws unless all that was loaded or set fits together: what is used as an index or as a
  /// count, and the weights.
  void check_state() {
    const Index synapses = circuit_.input_to_exc.size();
    const auto size = [](const auto& array, Index rows, const char* name) {
      require_size(array, rows, 1, "SpikingLplNetwork", name);
    };
    size(weights_, synapses, "weights");
    size(square_, Rule::remembers_gradient ? synapses : 0, "square");
    size(inh_weights_, circuit_.inh_to_exc.size(), "inh_weights");
    size(inh_trace_, circuit_.inhibitory(), "inh_trace");
    size(exc_trace_, circuit_.excitatory(), "exc_trace");
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

  /// Throws unless the traces of inhibition can be powers of their decay over a block.
  void require_slow(double tau) const {
    require(double(block_) * circuit_.rule.times.dt / tau < 60,
            "SpikingLplNetwork: the inhibition's tau, ", tau, " s, is too short for blocks of ",
            block_, " steps");
  }

  void tabulate_inhibition() {
    const double decay = circuit_.rule.times.dt / circuit_.inhibition.tau;
    require_slow(circuit_.inhibition.tau);
    decay_.resize(block_ + 1);
    growth_.resize(block_ + 1);
    for (Index n = 0; n <= block_; ++n) {
      decay_(n) = Scalar(std::exp(-double(n) * decay));
      growth_(n) = Scalar(std::exp(double(n) * decay));
    }
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
    if (circuit_.inhibition.zeta > 0) plasticity(length);
    for (const auto& [n, neuron] : new_) {
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

  /// Lists who spiked in the chunk, by step and neuron.
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
         [&](Index k) { return inh_weights_.data()[k]; });
    send(inh_, circuit_.inh_to_inh, inh_inh_slots_, gaba_, [&](Index) { return inh_to_inh; });
  }

  /// Advances `count` vectors of neurons from `before_` to `now_`; their sum says in which step of
  /// the chunk, from 1, each spiked.
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

  /// Inhibitory plasticity in the order of time; before it, the neurons that a strengthened synapse
  /// reaches within the chunk run again.
  void plasticity(Index length) {
    const Connections& out = circuit_.inh_to_exc;
    const Scalar zeta = Scalar(circuit_.inhibition.zeta), upper = Scalar(circuit_.inhibition.upper);
    const Scalar target = Scalar(2 * circuit_.inhibition.kappa * circuit_.inhibition.tau);
    const Index since = Index(step_ - block_start_), excitatory = circuit_.excitatory();
    arrivals_.clear();
    for_each_arrival(inh_, length, [&](Index j, Index n) { arrivals_.push_back({n, j}); });
    for (const auto& [n, i] : new_)
      if (i < excitatory) mend(n, i, length);

    auto arrival = arrivals_.begin();
    auto spike = new_.begin();
    for (Index n = 0; n < length && (arrival != arrivals_.end() || spike != new_.end()); ++n) {
      const Scalar decay = decay_(since + n);
      const auto first_arrival = arrival;
      const auto first_spike = spike;
      for (; arrival != arrivals_.end() && arrival->n == n; ++arrival)
        for (Index k = out.begin(arrival->neuron); k < out.end(arrival->neuron); ++k) {
          Scalar& weight = inh_weights_.data()[k];
          weight = std::max(
              Scalar(0),
              weight + zeta * (exc_trace_.data()[out.post[std::size_t(k)]] * decay - target));
        }
      for (; spike != new_.end() && spike->n == n; ++spike) {
        if (spike->neuron >= excitatory) continue;
        for (Index p = inh_inputs_.first[std::size_t(spike->neuron)];
             p < inh_inputs_.first[std::size_t(spike->neuron) + 1]; ++p) {
          Scalar& weight = inh_weights_.data()[inh_inputs_.synapse[std::size_t(p)]];
          weight = std::min(
              upper, weight + zeta * (inh_trace_.data()[inh_inputs_.pre[std::size_t(p)]] * decay));
        }
      }
      for (auto a = first_arrival; a != arrival; ++a) inh_trace_(a->neuron) += growth_(since + n);
      for (auto s = first_spike; s != spike; ++s)
        if (s->neuron < excitatory) exc_trace_(s->neuron) += growth_(since + n);
    }
  }

  /// Runs an excitatory neuron's chunk again if, after its spike at step n, spikes arrive by
  /// synapses that it strengthens.
  void mend(Index n, Index neuron, Index length) {
    const Scalar zeta = Scalar(circuit_.inhibition.zeta), upper = Scalar(circuit_.inhibition.upper);
    const Scalar decay = decay_(Index(step_ - block_start_) + n);
    const auto begin = inh_inputs_.pre.begin() + inh_inputs_.first[std::size_t(neuron)];
    const auto end = inh_inputs_.pre.begin() + inh_inputs_.first[std::size_t(neuron) + 1];
    const Index at = place(neuron), tile = at / lanes, lane = at % lanes;
    bool late = false;
    Index cleared = n;
    for (const auto& [m, j] : arrivals_) {
      if (m <= n) continue;
      const auto found = std::lower_bound(begin, end, j);
      if (found == end || *found != j) continue;
      Scalar& buffer = gaba_(m * lanes + lane, tile);
      if (m != cleared) buffer = 0;
      cleared = m;
      const Scalar weight =
          inh_weights_(inh_inputs_.synapse[std::size_t(found - inh_inputs_.pre.begin())]);
      buffer += std::min(upper, weight + zeta * (inh_trace_(j) * decay));
      late = true;
    }
    if (late)
      run<1>(at / width * width,
             length);  // spikes do not change: the next cannot come within a chunk
  }

  void learn_block() {
    const Index length = Index(step_ - block_start_);
    blocks_.close(block_start_ - 1, length, inputs_, exc_);
    block_start_ = step_;
    inh_trace_ *= decay_(length);
    exc_trace_ *= decay_(length);
    inputs_.drop_before(step_ - 2 * delay_);
    exc_.drop_before(step_ -
                     std::max(delay_, circuit_.rule.times.steps(circuit_.rule.times.prediction)));
    inh_.drop_before(step_ - delay_);
  }

  void close_block() {
    learn_block();
    if ((step_ - 1) % circuit_.rule.times.steps(circuit_.rule.times.window) == 0) {
      blocks_.collect(accumulated_);
      circuit_.rule.land(accumulated_, weights_, square_, step_ - 1);
    }
    for (Index i = 0; i < circuit_.potential.size(); ++i) {
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
    Index n, neuron;  // a step of the chunk
  };

  SpikingLplCircuit<Rule> circuit_;
  Input input_;
  ConductanceLif::Step<Scalar> neuron_step_;
  LplBlocks<Scalar> blocks_;
  Index exc_tiles_, tiles_, delay_, block_ = 0;
  ConnectionsByPost inh_inputs_;
  std::vector<std::int32_t> input_slots_ = {}, exc_slots_ = {}, inh_slots_ = {},
                            inh_inh_slots_ = {};
  Vector<Scalar> decay_ = {}, growth_ = {};  // of the inhibitory traces, over steps

  std::int64_t step_ = 0, block_start_ = 0, next_slice_ = 0;
  bool checked_ = false;  // whether the state, which may be loaded or set, was checked
  Vector<Scalar> weights_, square_, inh_weights_;
  Vector<Scalar> inh_trace_, exc_trace_;  // as of the open block's start
  Matrix<Scalar> now_ = {};  // places x (potential, ampa, nmda, gaba, raised threshold)
  SpikeList inputs_ = {}, exc_ = {}, inh_ = {};  // as long as they are needed

  Matrix<Scalar> before_ = {}, ampa_ = {}, gaba_ = {};  // room, not memory
  Vector<Scalar> spiked_ = {}, unseen_ = {}, accumulated_ = {};
  std::vector<Event> new_ = {}, arrivals_ = {};
};

}  // namespace hebb
