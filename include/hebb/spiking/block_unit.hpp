/// @file
/// A block of neurons with the bundles of synapses that end on it: what one thread advances.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hebb/spiking/bundle.hpp"
#include "hebb/spiking/population.hpp"

namespace hebb {

/// Makes the steps of a chunk for a block and its bundles, one by one or several at once.
///
/// A block makes several steps at once where all its bundles can be transmitted ahead (see Ahead):
/// what arrives in each step is summed up first, then neurons make all these steps with their state
/// in registers, and then rules learn. Where a rule changes a weight at a spike of the chunk before
/// another spike arrives by it, what arrives is corrected, and the neuron makes the steps again.
/// This asks that a neuron spike at most once in a chunk, and that no other bundle act on the same
/// receptor. Blocks with an injection, large ones, which would leave the cache, and short chunks
/// are advanced step by step.
template <typename Scalar>
class BlockUnit {
 public:
  using Part = typename NetworkPopulation<Scalar>::Part;  ///< a block with its injections

  /// A bundle, and the spikes that reach it.
  struct Input {
    Bundle<Scalar>* bundle;               ///< the synapses
    const SpikeHistory *source, *target;  ///< spikes of both sides; `target` may be null
    Index delay, variable;                ///< steps; and the receptor's variable
    Scalar* receptor;                     ///< numbers of that variable in the block
    Index place = 0;                      ///< among the receptors' variables
    Ahead ahead = Ahead::never;           ///< how the bundle can be advanced
  };

  /// Borrows the population and the block.
  BlockUnit(NetworkPopulation<Scalar>& population, Part& part, double dt_ms)
      : population_(&population), part_(&part), dt_ms_(dt_ms) {}

  NetworkPopulation<Scalar>& population() const { return *population_; }  ///< of the block
  Part& part() const { return *part_; }                   ///< the block, and what is injected
  const SpikesByStep& spikes() const { return spikes_; }  ///< of the last chunk, in the block

  /// Takes the spikes of a chunk that another process has made: where each step's spikes end, and
  /// the neurons.
  void receive(std::span<const std::int32_t> ends, const std::int32_t* neurons) {
    spikes_.ends.assign(ends.begin(), ends.end());
    spikes_.neurons.assign(neurons, neurons + ends.back());
  }

  /// Adds the spikes of a step of the last chunk to the history of the population.
  void add_spikes(Index n) const { population_->history.add(spikes_.at(n), part_->block->first); }

  void add(const Input& input) { inputs_.push_back(input); }  ///< call it before `prepare`

  /// Call it when all inputs are known, and the length of the longest chunk.
  void prepare(Index chunk) {
    const Block<Scalar>& block = *part_->block;
    for (Input& input : inputs_) input.ahead = input.bundle->ahead();
    ahead_ = can_go_ahead(chunk);
    current_.setZero(part_->currents.empty() ? 0 : block.padded());
    const auto receptors = block.receptor_variables();
    arriving_.assign(ahead_ ? receptors.size() : 0, Arriving<Scalar>(block.padded()));
    potentials_.setZero(ahead_ ? block.padded() * Arriving<Scalar>::longest : 0);
    for (Input& input : inputs_)
      input.place =
          std::find(receptors.begin(), receptors.end(), input.variable) - receptors.begin();
  }

  /// Makes `length` steps after the first `step` steps.
  void advance(std::int64_t step, Index length) {
    spikes_.clear();
    if (ahead_)
      for (Index made = 0; made < length;) made += advance_ahead(step, made, length - made);
    else
      advance_by_steps(step, length);
  }

 private:
  /// Fewer steps are not worth summing up what arrives in them.
  static constexpr Index least_ahead = 4;
  /// Bytes of sums and potentials, which should stay in the second-level cache.
  static constexpr Index most_ahead = 1 << 18;

  double time_ms(std::int64_t moment) const { return double(moment) * dt_ms_; }

  bool can_go_ahead(Index chunk) const {
    const Block<Scalar>& block = *part_->block;
    if (block.padded() == 0) return true;  // sources of spikes
    const Index interval = block.shortest_interval(),
                steps = std::min(chunk, Arriving<Scalar>::longest),
                arrays = Index(block.receptor_variables().size()) + 1;
    if (steps < least_ahead || (interval > 0 && interval < steps) ||
        block.padded() * steps * arrays * Index(sizeof(Scalar)) > most_ahead ||
        !part_->currents.empty() || !part_->drives.empty())
      return false;
    for (const Input& input : inputs_) {
      if (input.ahead == Ahead::never || input.target) return false;
      if (input.ahead != Ahead::from_spikes) continue;
      const auto alike = [&](const Input& other) { return other.variable == input.variable; };
      if (interval == 0 || std::count_if(inputs_.begin(), inputs_.end(), alike) > 1) return false;
    }
    return true;
  }

  /// Makes at most `most` steps after the first `made` of the chunk; returns how many.
  Index advance_ahead(std::int64_t step, Index made, Index most) {
    Block<Scalar>& block = *part_->block;
    constexpr Index longest = Arriving<Scalar>::longest;
    BundleSteps<Scalar> steps{
        .first = step + made + 1,
        .steps = std::min(most, longest),
        .dt_ms = dt_ms_,
        .emitted = &spikes_,
        .emitted_before = made,
        .potentials = {potentials_.data(), PotentialTiles<Scalar>::lanes * longest}};
    const auto with = [&](const Input& input) -> const BundleSteps<Scalar>& {
      steps.source = input.source;
      steps.delay = input.delay;
      return steps;
    };
    for (Arriving<Scalar>& arriving : arriving_) arriving.clear();
    for (const Input& input : inputs_) {
      if (input.ahead == Ahead::fixed) continue;
      steps.steps = input.bundle->steps_ahead(with(input));
      if (input.ahead == Ahead::from_spikes) continue;
      if (const auto wanted = input.bundle->potentials(); wanted.data) steps.potentials = wanted;
    }
    for (const Input& input : inputs_)
      if (with(input).any_arrive())
        input.bundle->transmit(steps, arriving_[std::size_t(input.place)]);

    const std::size_t before = spikes_.neurons.size();
    if (!block.advance(steps.first, steps.steps, arriving_, steps.potentials, spikes_)) [[unlikely]]
      throw_divergence(steps);
    steps.any_emitted = spikes_.neurons.size() > before;

    reached_.clear();
    for (const Input& input : inputs_)
      if (input.ahead == Ahead::from_spikes)
        input.bundle->learn_from_spikes(with(input), arriving_[std::size_t(input.place)], reached_);
    for (const Index neuron : reached_)
      if (!block.repeat(neuron, steps.steps, arriving_, steps.potentials)) [[unlikely]]
        throw_divergence(steps);
    for (const Input& input : inputs_)
      if (input.ahead == Ahead::from_potentials) input.bundle->learn_from_potentials(with(input));
    return steps.steps;
  }

  /// Throws Divergence if a potential is not finite at a moment, or the step after it unstable.
  void require_stable(std::int64_t moment) const {
    const Block<Scalar>& block = *part_->block;
    const auto where = [&](Index neuron) {
      return sentence("neuron ", block.first + neuron, " of population ", population_->name);
    };
    const Index bad = block.not_finite();
    require<Divergence>(bad < 0, "SpikingNetwork: the potential of ", where(bad),
                        " is not finite at ", time_ms(moment), " ms");
    const auto [neuron, factor] = block.unstable();
    require<Divergence>(neuron < 0, "SpikingNetwork: the step of ", dt_ms_, " ms is unstable for ",
                        where(neuron), " at ", time_ms(moment),
                        " ms, where it multiplies a difference of potentials by ", factor);
  }

  /// Finds out which of some steps was not stable, and throws Divergence.
  void throw_divergence(const BundleSteps<Scalar>& steps) {
    for (Index n = 0; n <= steps.steps; ++n) {
      for (Index i = 0; i < part_->block->size; ++i)
        part_->block->repeat(i, n, arriving_, steps.potentials);
      require_stable(steps.first - 1 + n);
    }
  }

  void advance_by_steps(std::int64_t step, Index length) {
    Block<Scalar>& block = *part_->block;
    for (std::int64_t moment = step + 1; moment <= step + length; ++moment) {
      emitted_.clear();
      for (std::size_t k = 0; k < part_->currents.size(); ++k) {
        if (k == 0) current_.setZero();
        part_->currents[k]->add(time_ms(moment), moment,
                                {current_.data(), std::size_t(block.size)});
      }
      if (!block.advance(moment, current_.size() > 0 ? current_.data() : nullptr, emitted_))
          [[unlikely]]
        require_stable(block.not_finite() < 0 ? moment - 1 : moment);
      for (auto& drive : part_->drives)
        drive.injection->add(time_ms(moment), moment,
                             {block.values(drive.variable), std::size_t(block.size)});
      for (const Input& input : inputs_) {
        if (input.target) find_target(input.target->at(moment), block, target_);
        input.bundle->advance({time_ms(moment), input.source->at(moment - input.delay), emitted_,
                               target_, block.values(0)},
                              input.receptor);
      }
      spikes_.neurons.insert(spikes_.neurons.end(), emitted_.begin(), emitted_.end());
      spikes_.ends.push_back(spikes_.neurons.size());
    }
  }

  static void find_target(std::span<const Index> spikes, const Block<Scalar>& block,
                          std::vector<Index>& own) {
    own.clear();
    for (const Index neuron : spikes)
      if (neuron >= block.first && neuron < block.first + block.size)
        own.push_back(neuron - block.first);
  }

  NetworkPopulation<Scalar>* population_;
  Part* part_;
  double dt_ms_;
  std::vector<Input> inputs_ = {};
  SpikesByStep spikes_ = {};
  // Step by step: the external current; neurons that spike in a step, and that should.
  Vector<Scalar> current_ = {};
  std::vector<Index> emitted_ = {}, target_ = {};
  // Several steps at once: what arrives, per receptor's variable; potentials where no bundle wants
  // them; neurons that were reached by spikes which were transmitted with an old weight.
  bool ahead_ = false;
  std::vector<Arriving<Scalar>> arriving_ = {};
  Vector<Scalar> potentials_ = {};
  std::vector<Index> reached_ = {};
};

}  // namespace hebb
