/// @file
/// Synapses that learn by spiking LPL in blocks of steps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "hebb/spiking/arriving.hpp"
#include "hebb/spiking/lpl/lpl_blocks.hpp"

namespace hebb {

/// The weights of a layer of synapses, and what spiking LPL needs to change them.
///
/// Whoever simulates the neurons lists their spikes in `pre` and `post`, at the steps of their
/// emission, writes the potentials of the postsynaptic neurons, and then calls `advance`. Blocks
/// end after steps that are multiples of their length, and at `change`: no bit depends on how many
/// steps a call makes. Weights change at the end of blocks only, and are therefore always current.
template <typename Rule>
class LplSynapses {
 public:
  using Scalar = typename Rule::Scalar;
  static constexpr Index lanes = LplBlocks<Scalar>::lanes;  ///< postsynaptic neurons per tile

  SpikeList pre = {}, post = {};  ///< for as long as they are needed
  Vector<Scalar> weights;         ///< in the order of the connections

  /// Synapses of one weight. Throws what LplTables throws.
  LplSynapses(const Rule& rule, const Connections& connections, Scalar weight)
      : weights(Vector<Scalar>::Constant(connections.size(), weight)),
        shape_(connections.shape),
        rule_(rule),
        blocks_(rule, connections),
        square_(rule.gradient.template init<Scalar>(connections.size())) {
    const Index window = rule.times.steps(rule.times.window_ms);
    for (Index length = std::min(window, LplBlocks<Scalar>::longest); block_ == 0; --length)
      if (window % length == 0) block_ = length;
  }

  const Rule& rule() const { return rule_; }       ///< with its current parameters
  Index tiles() const { return blocks_.tiles(); }  ///< of `lanes` postsynaptic neurons
  std::int64_t steps() const { return step_; }     ///< made until now

  /// How many steps are left in the open block, at least 1.
  Index left() const { return Index(block_end() - step_); }

  /// Where to write the potentials of a tile of `lanes` neurons after the next step, in mV. Those
  /// of the step after it follow behind them, within the block.
  Scalar* potentials(Index tile) {
    return blocks_.potentials(tile, Index(step_ - block_start_) + 1);
  }
  /// The same for all tiles.
  PotentialTiles<Scalar> potentials() { return {potentials(0), blocks_.tile_stride()}; }

  /// Completes at most `left` steps. Returns whether a block has ended.
  bool advance(Index steps) {
    step_ += steps;
    if ((step_ - 1) % block_ != 0) return false;
    learn();
    if ((step_ - 1) % rule_.times.steps(rule_.times.window_ms) == 0) {
      blocks_.collect(accumulated_);
      rule_.apply(accumulated_, weights, square_, step_ - 1);
    }
    return true;
  }

  /// Throws InvalidParameter unless `change` accepts a rule.
  void check_change(const Rule& rule) const {
    require(rule.times.dt_ms == rule_.times.dt_ms && rule.times.window_ms == rule_.times.window_ms,
            "LplSynapses: dt_ms and window_ms cannot change");
    blocks_.check(rule);
  }

  /// Ends the open block, and continues with other parameters.
  void change(const Rule& rule) {
    check_change(rule);
    if (step_ > block_start_) learn();
    blocks_.configure(rule);
    rule_ = rule;
  }

  /// What the rule estimates for a postsynaptic neuron, as of the end of the last block.
  double rate_hz(Index neuron) { return 1000 * blocks_.mean()(neuron) / rule_.times.tau_mean_ms; }
  /// Its unit is that of the rule's `Units`.
  double variance(Index neuron) { return blocks_.variance()(neuron); }
  /// Sets both estimates of a neuron.
  void set_estimates(Index neuron, double rate_hz, double variance) {
    blocks_.mean()(neuron) = rate_hz * rule_.times.tau_mean_ms / 1000;
    blocks_.variance()(neuron) = variance;
  }

  /// Throws unless the state, which a user or a checkpoint may have set, fits together. `pre` may
  /// hold spikes of the steps from `-pre_delay` to before `pre_delay` steps ago.
  void check(Index pre_delay, const char* owner) const {
    const std::string name = owner;
    const Index synapses = blocks_.synapses();
    require_size(weights, synapses, 1, owner, "weights");
    require_size(square_, Rule::remembers_gradient ? synapses : 0, 1, owner, "square");
    blocks_.check_sizes();
    require_weights(weights, rule_.bounds, "SpikingLpl");
    require_steps(owner, step_);
    require(block_start_ >= 0 && block_start_ <= step_ && block_end() - block_start_ <= block_,
            owner, ": at step ", step_, " the open block cannot have begun at step ", block_start_);
    pre.check(shape_.pre, 0, -pre_delay, step_ - pre_delay,
              (name + ": presynaptic spikes").c_str());
    post.check(shape_.post, 0, 0, step_, (name + ": postsynaptic spikes").c_str());
  }

  void each(auto&& visit) {
    visit("step", step_);
    visit("block_start", block_start_);
    visit("rule", Rule::label);
    visit("weights", weights);
    visit("square", square_);
    const auto within = [&](const std::string& name, auto& object) {
      object.each([&](std::string_view array, auto& value) {
        visit(name + "." + std::string(array), value);
      });
    };
    within("blocks", blocks_);
    within("pre", pre);
    within("post", post);
  }

 private:
  std::int64_t block_end() const { return (step_ + block_ - 1) / block_ * block_ + 1; }

  void learn() {
    blocks_.close(block_start_ - 1, Index(step_ - block_start_), pre, post);
    block_start_ = step_;
    const SpikingLplTimes& t = rule_.times;
    const Index delay = t.steps(t.delay_ms), prediction = t.steps(t.prediction_ms);
    pre.drop_before(step_ - 2 * delay);
    post.drop_before(step_ - std::max(delay, prediction));
  }

  Shape shape_;
  Rule rule_;
  LplBlocks<Scalar> blocks_;
  Index block_ = 0;
  std::int64_t step_ = 0, block_start_ = 0;
  Vector<Scalar> square_;
  Vector<Scalar> accumulated_ = {};  // scratch space; not saved in checkpoints
};

}  // namespace hebb
