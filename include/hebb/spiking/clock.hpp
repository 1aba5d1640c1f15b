/// @file
/// The clock of a spiking network: who advances when, and where spikes are exchanged.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

#include "hebb/spiking/block_unit.hpp"
#include "hebb/spiking/projection.hpp"
#include "hebb/spiking/ranks.hpp"
#include "hebb/spiking/values.hpp"

namespace hebb {

/// Advances populations by chunks that are at most as long as the shortest delay.
///
/// What a neuron emits in a chunk arrives after the chunk. Within one, blocks of neurons therefore
/// do not depend on each other: each makes all steps of the chunk by itself, with the bundles of
/// synapses that end on it. At the end of a chunk spikes are put together, by population and
/// moment. Populations whose spikes are the target of a supervised rule come first: targets have no
/// delay. How a run is cut into chunks changes no bit of it, nor does the number of threads.
///
/// Moment n, at n dt, is the end of the n-th step. In a step, a block's neurons advance and spike;
/// then, projection by projection in the order in which they were made, arriving spikes are
/// transmitted and rules learn. What arrives at moment n acts from step n + 1 on.
template <typename Scalar>
class Clock {
 public:
  /// Starts at 0 ms. `ranks` is borrowed; null: one process.
  explicit Clock(double dt_ms, SpikingRanks* ranks = nullptr) : dt_ms_(dt_ms), ranks_(ranks) {}

  std::int64_t step = 0;  ///< steps made

  double dt_ms() const { return dt_ms_; }             ///< length of a step
  bool begun() const { return step > 0 || failed_; }  ///< whether a step was made or tried
  double time_ms() const { return time_ms(step); }    ///< end of the last step
  double time_ms(std::int64_t moment) const {
    return double(moment) * dt_ms_;
  }  ///< time of a moment

  /// The number of steps in a time. Throws InvalidParameter unless it is a whole number >= `least`.
  Index steps(double duration_ms, Index least, const auto& what) const {
    const double count = duration_ms / dt_ms_, whole = std::round(count);
    require(std::isfinite(count) && whole < 1e15, what,
            " must be finite and below 1e15 steps, got ", duration_ms, " ms");
    require(whole >= double(least), what, " must be at least ", double(least) * dt_ms_, " ms, got ",
            duration_ms, " ms");
    require(std::abs(count - whole) <= 1e-6 * std::max(1.0, 1e-3 * whole), what,
            " must be a multiple of the step of ", dt_ms_, " ms, got ", duration_ms, " ms");
    return Index(whole);
  }

  /// Delays in steps: one for all synapses, or one per synapse. Throws InvalidParameter for delays
  /// shorter than a step, or given ones that are no whole number of steps; drawn ones are rounded.
  std::vector<Index> delays(const Values& delay_ms, Index synapses, const Random& random,
                            const std::string& what) const {
    const std::string name = what + ": the delay";
    std::vector<Index> result;
    for (double time : delay_ms.take(delay_ms.same_for_all() ? 1 : synapses, random, name)) {
      if (delay_ms.drawn()) time = std::max(1.0, std::round(time / dt_ms_)) * dt_ms_;
      result.push_back(steps(time, 1, name));
    }
    return result;
  }

  /// Call it when populations, projections or what they hold have changed.
  void connect(std::vector<std::unique_ptr<NetworkPopulation<Scalar>>>& populations,
               std::vector<Projection<Scalar>>& projections) {
    units_.clear();
    neurons_ = 0;
    Index longest = 1;
    shortest_ = longest_chunk;
    for (const Projection<Scalar>& projection : projections)
      if (projection.shortest_delay > 0) {
        longest = std::max(longest, projection.longest_delay);
        shortest_ = std::min(shortest_, projection.shortest_delay);
      }
    longest = std::max(longest, shortest_);  // listeners look at a whole chunk
    std::vector<bool> teaches(populations.size(), false);
    for (const Projection<Scalar>& projection : projections)
      if (projection.target >= 0) teaches[std::size_t(projection.target)] = true;
    const auto add = [&](bool teachers) {
      for (std::size_t p = 0; p < populations.size(); ++p) {
        if (teaches[p] != teachers) continue;
        NetworkPopulation<Scalar>& population = *populations[p];
        neurons_ += population.size;
        // A teacher's spikes of a chunk are added before others look for its earlier ones.
        const Index kept = teachers ? longest + shortest_ : longest;
        if (population.history.moments() != kept) population.history.reset(kept);
        for (auto& part : population.parts) units_.emplace_back(population, part, dt_ms_);
      }
    };
    add(true);
    teachers_ = units_.size();
    add(false);
    for (Projection<Scalar>& projection : projections)
      for (auto& part : projection.parts) {
        NetworkPopulation<Scalar>& post = *populations[std::size_t(projection.post)];
        auto& block_part = post.parts[std::size_t(part.block)];
        const auto history = [&](Index population) {
          return &populations[std::size_t(population)]->history;
        };
        for (auto& unit : units_)
          if (&unit.part() == &block_part)
            unit.add({part.bundle.get(), history(projection.pre),
                      projection.target < 0 ? nullptr : history(projection.target), part.delay,
                      projection.variable, block_part.block->values(projection.variable)});
      }
    for (auto& unit : units_) unit.prepare(shortest_);
  }

  /// Call it when a population has got a listener.
  void hear(NetworkPopulation<Scalar>& population) {
    if (std::find(heard_.begin(), heard_.end(), &population) == heard_.end())
      heard_.push_back(&population);
  }

  /// Calls sample(time_ms) at every multiple of an interval of steps.
  void add_sampler(Index interval, std::function<void(double)> sample) {
    samplers_.push_back({interval, std::move(sample)});
  }

  /// Continues until `end`, in chunks. Throws InvalidCall after a call that failed, which left some
  /// blocks ahead of others.
  void advance_to(std::int64_t end) {
    require<InvalidCall>(!failed_, "SpikingNetwork: a step did not end, so it cannot continue");
    const FlushDenormals guard;
    while (step < end) {
      std::int64_t length = std::min<std::int64_t>(end - step, shortest_);
      for (const Sampler& sampler : samplers_)
        length = std::min(length, sampler.interval - step % sampler.interval);
      make(Index(length));
      for (const Sampler& sampler : samplers_)
        if (step % sampler.interval == 0) sampler.sample(time_ms());
    }
  }

 private:
  static constexpr Index longest_chunk = 100;
  /// The time of a neuron's step with its synapses, in nanoseconds, where these lie outside the
  /// caches. On two cores a step of 30,000 neurons took longer with two threads, one of 100,000
  /// neurons less time.
  static constexpr double neuron_time = 5;

  struct Sampler {
    Index interval;
    std::function<void(double)> sample;
  };

  void make(Index length) {
    failed_ = true;
    for (const auto& [first, last] :
         {std::pair(std::size_t(0), teachers_), std::pair(teachers_, units_.size())}) {
      parallel_for(
          Index(last - first),
          [&, first = first](Index u) {  // clang 14 captures no structured bindings
            BlockUnit<Scalar>& unit = units_[first + std::size_t(u)];
            if (unit.part().own) unit.advance(step, length);
          },
          neuron_time * double(neurons_ * length));
      if (ranks_ && first < last) trade(first, last, length);
      exchange(first, last, length);
    }
    call_listeners(length);
    step += length;
    failed_ = false;
  }

  /// Sends the spikes of a chunk to the other processes, and takes those of their blocks: for each
  /// block its number, where each step's spikes end, and the neurons. Sources of spikes are
  /// advanced by all processes alike.
  void trade(std::size_t first, std::size_t end, Index length) {
    sent_.clear();
    for (std::size_t u = first; u < end; ++u) {
      const auto& part = units_[u].part();
      if (!part.own || part.block->padded() == 0) continue;
      const SpikesByStep& spikes = units_[u].spikes();
      sent_.push_back(std::int32_t(u));
      for (const std::size_t one : spikes.ends) sent_.push_back(std::int32_t(one));
      for (const Index neuron : spikes.neurons) sent_.push_back(std::int32_t(neuron));
    }
    ranks_->exchange(sent_, received_);
    for (auto at = received_.begin(); at != received_.end();) {
      BlockUnit<Scalar>& unit = units_[std::size_t(*at++)];
      const std::span<const std::int32_t> ends(at, std::size_t(length));
      at += length;
      if (!unit.part().own) unit.receive(ends, std::to_address(at));
      at += ends.back();
    }
  }

  /// Puts the spikes of a chunk together, of the units from `first` to before `end`.
  void exchange(std::size_t first, std::size_t end, Index length) {
    for (std::size_t last = first; first < end; first = last) {
      NetworkPopulation<Scalar>& population = units_[first].population();
      while (last < end && &units_[last].population() == &population) ++last;
      if (last == first + 1)
        population.history.append(step + 1, units_[first].spikes());
      else
        for (Index n = 0; n < length; ++n) {
          population.history.begin(step + n + 1);
          for (std::size_t u = first; u < last; ++u) units_[u].add_spikes(n);
        }
    }
  }

  /// For the moments of a chunk.
  void call_listeners(Index length) {
    if (heard_.empty()) return;
    for (std::int64_t moment = step + 1; moment <= step + length; ++moment)
      for (NetworkPopulation<Scalar>* population : heard_) {
        const Spikes spikes{time_ms(moment), population->history.at(moment)};
        for (const auto& listener : population->listeners)
          if (listener.always || !spikes.neurons.empty()) listener.hear(spikes);
      }
  }

  double dt_ms_;
  Index shortest_ = longest_chunk;
  Index neurons_ = 0;
  SpikingRanks* ranks_;
  std::vector<std::int32_t> sent_ = {}, received_ = {};
  std::vector<BlockUnit<Scalar>> units_;
  std::size_t teachers_ = 0;  // units of populations whose spikes are targets; they come first
  std::vector<Sampler> samplers_;
  bool failed_ = false;
  std::vector<NetworkPopulation<Scalar>*> heard_;  // that have listeners
};

}  // namespace hebb
