/// @file
/// The clock of a spiking network: who advances when, and where spikes are exchanged.
#pragma once

#include <cmath>

#include "hebb/spiking/population.hpp"
#include "hebb/spiking/projection.hpp"

namespace hebb {

/// Advances populations by chunks that are at most as long as the shortest delay.
///
/// What a neuron emits in a chunk arrives after the chunk. Within one, blocks of neurons therefore
/// do not depend on each other: each makes all steps of the chunk by itself, with the bundles of
/// synapses that end on it. At the end of a chunk spikes are put together, by population and
/// moment. How a run is cut into chunks changes no bit of it, nor does the number of threads.
///
/// Moment n, at n dt, is the end of the n-th step. In a step, a block's neurons advance and spike;
/// then, projection by projection in the order in which they were made, arriving spikes are
/// transmitted and rules learn. What arrives at moment n acts from step n + 1 on.
template <typename Scalar>
class Clock {
 public:
  explicit Clock(double dt_ms) : dt_ms_(dt_ms) {}

  std::int64_t step = 0;  ///< steps made

  double dt_ms() const { return dt_ms_; }
  bool begun() const { return step > 0 || failed_; }
  double time_ms() const { return time_ms(step); }
  double time_ms(std::int64_t moment) const { return double(moment) * dt_ms_; }

  /// The number of steps in a time. Throws InvalidParameter unless it is a whole number >= `least`.
  Index steps(double duration_ms, Index least, const auto& what) const {
    const double count = duration_ms / dt_ms_, whole = std::round(count);
    require(std::isfinite(count) && whole < 1e15, what, " must be finite, got ", duration_ms,
            " ms");
    require(whole >= double(least), what, " must be at least ", double(least) * dt_ms_, " ms, got ",
            duration_ms, " ms");
    require(std::abs(count - whole) <= 1e-6 * std::max(1.0, 1e-3 * whole), what,
            " must be a multiple of the step of ", dt_ms_, " ms, got ", duration_ms, " ms");
    return Index(whole);
  }

  /// Call it when populations, projections or what they hold have changed.
  void connect(std::vector<std::unique_ptr<NetworkPopulation<Scalar>>>& populations,
               std::vector<Projection<Scalar>>& projections) {
    units_.clear();
    neurons_ = 0;
    Index longest = 1;
    shortest_ = longest_chunk;
    for (const Projection<Scalar>& projection : projections)
      for (const auto& part : projection.parts) {
        longest = std::max(longest, part.delay);
        shortest_ = std::min(shortest_, part.delay);
      }
    for (auto& population : populations) {
      neurons_ += population->size;
      if (population->history.moments() != longest) population->history.reset(longest);
      for (auto& part : population->parts) {
        Unit unit{population.get(), &part};
        unit.current.setZero(part.currents.empty() ? 0 : part.block->padded());
        units_.push_back(std::move(unit));
      }
    }
    for (Projection<Scalar>& projection : projections)
      for (auto& part : projection.parts) {
        NetworkPopulation<Scalar>& post = *populations[std::size_t(projection.post)];
        auto& block_part = post.parts[std::size_t(part.block)];
        for (Unit& unit : units_)
          if (unit.part == &block_part)
            unit.inputs.push_back(
                {part.bundle.get(), &populations[std::size_t(projection.pre)]->history,
                 projection.target < 0 ? nullptr
                                       : &populations[std::size_t(projection.target)]->history,
                 part.delay, block_part.block->values(projection.variable)});
      }
    populations_ = &populations;
  }

  /// Calls sample(time_ms) at every multiple of an interval of steps.
  void add_sampler(Index interval, std::function<void(double)> sample) {
    samplers_.push_back({interval, std::move(sample)});
  }

  /// Makes at most `steps` steps: one chunk. Throws InvalidCall after a call that failed, which
  /// left some blocks ahead of others.
  void advance(std::int64_t steps) {
    require<InvalidCall>(!failed_, "SpikingNetwork: it has diverged, and cannot continue");
    std::int64_t length = std::min<std::int64_t>(steps, shortest_);
    for (const Sampler& sampler : samplers_)
      length = std::min(length, sampler.interval - step % sampler.interval);
    make(Index(length));
    for (const Sampler& sampler : samplers_)
      if (step % sampler.interval == 0) sampler.sample(time_ms());
  }

 private:
  static constexpr Index longest_chunk = 100;
  /// Neurons times steps of a chunk below which waking other threads costs more than it saves.
  static constexpr Index least_parallel = 1 << 14;

  struct Sampler {
    Index interval;
    std::function<void(double)> sample;
  };

  void make(Index length) {
    failed_ = true;
    if (neurons_ * length < least_parallel)
      parallel_for(1, [&](Index) {
        for (Unit& unit : units_) advance(unit, length);
      });
    else
      parallel_for(Index(units_.size()), [&](Index u) { advance(units_[std::size_t(u)], length); });
    exchange(length);
    step += length;
    failed_ = false;
  }

  struct Input {
    Bundle<Scalar>* bundle;
    const SpikeHistory *source, *target;
    Index delay;
    Scalar* receptor;
  };

  struct Unit {
    NetworkPopulation<Scalar>* population;
    typename NetworkPopulation<Scalar>::Part* part;
    std::vector<Input> inputs = {};
    Vector<Scalar> current = {};
    std::vector<Index> emitted = {};     // of a step, in the block
    std::vector<Index> target = {};      // likewise
    std::vector<Index> spikes = {};      // of the chunk, in the population
    std::vector<std::size_t> ends = {};  // of each step's spikes
  };

  void advance(Unit& unit, Index length) {
    Block<Scalar>& block = *unit.part->block;
    unit.spikes.clear();
    unit.ends.clear();
    for (std::int64_t moment = step + 1; moment <= step + length; ++moment) {
      unit.emitted.clear();
      for (std::size_t k = 0; k < unit.part->currents.size(); ++k) {
        if (k == 0) unit.current.setZero();
        unit.part->currents[k]->add(time_ms(moment), moment,
                                    {unit.current.data(), std::size_t(block.size)});
      }
      const bool finite = block.advance(
          moment, unit.current.size() > 0 ? unit.current.data() : nullptr, unit.emitted);
      if (!finite) [[unlikely]]
        throw Divergence(sentence("SpikingNetwork: the potential of neuron ",
                                  block.first + block.not_finite(), " of population ",
                                  unit.population->name, " is not finite at ", time_ms(moment),
                                  " ms"));
      for (auto& drive : unit.part->drives)
        drive.injection->add(time_ms(moment), moment,
                             {block.values(drive.variable), std::size_t(block.size)});
      for (const Input& input : unit.inputs) {
        if (input.target) find_target(input.target->at(moment - input.delay), block, unit.target);
        input.bundle->advance({time_ms(moment), input.source->at(moment - input.delay),
                               unit.emitted, unit.target, block.values(0)},
                              input.receptor);
      }
      for (const Index neuron : unit.emitted) unit.spikes.push_back(block.first + neuron);
      unit.ends.push_back(unit.spikes.size());
    }
  }

  static void find_target(std::span<const Index> spikes, const Block<Scalar>& block,
                          std::vector<Index>& own) {
    own.clear();
    for (const Index neuron : spikes)
      if (neuron >= block.first && neuron < block.first + block.size)
        own.push_back(neuron - block.first);
  }

  void exchange(Index length) {
    for (Index n = 0; n < length; ++n) {
      for (auto& population : *populations_) population->history.begin(step + n + 1);
      for (const Unit& unit : units_) {
        const std::size_t begin = n == 0 ? 0 : unit.ends[std::size_t(n) - 1],
                          end = unit.ends[std::size_t(n)];
        if (begin == end) continue;
        auto& list = unit.population->history.list(step + n + 1);
        list.insert(list.end(), unit.spikes.begin() + Index(begin),
                    unit.spikes.begin() + Index(end));
      }
      for (auto& population : *populations_)
        for (const auto& listener : population->listeners)
          listener({time_ms(step + n + 1), population->history.at(step + n + 1)});
    }
  }

  double dt_ms_;
  Index shortest_ = longest_chunk;
  Index neurons_ = 0;
  std::vector<Unit> units_;
  std::vector<Sampler> samplers_;
  bool failed_ = false;
  std::vector<std::unique_ptr<NetworkPopulation<Scalar>>>* populations_ = nullptr;
};

}  // namespace hebb
