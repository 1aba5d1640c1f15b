/// @file
/// Input spikes: Poisson trains with constant, sampled or recorded rates, and recorded spikes.
///
/// An input gives its spikes a slice of `slice` steps at a time, from the slice's number alone:
/// nothing moves, so nothing is saved.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "hebb/spiking/skips.hpp"
#include "hebb/spiking/spike_list.hpp"

namespace hebb {

/// What a network takes spikes from.
template <typename I>
concept SpikeInput = requires(const I input, std::int64_t slice, SpikeList& spikes) {
  { input.size() } -> std::convertible_to<Index>;     // neurons
  { I::slice } -> std::convertible_to<std::int64_t>;  // steps
  input.emit(slice, spikes);  // appends the spikes of steps [slice I::slice, (slice + 1) I::slice)
};

/// A rate over time, Hz: constant, or samples with linear interpolation between them, played in a
/// loop that ends at the last sample.
struct Rate {
  std::vector<double> samples = {0};
  double interval = 1;  ///< between samples, s

  static Rate constant(double hz) { return {{hz}, 1}; }

  double operator()(double time) const {
    if (samples.size() == 1) return samples[0];
    const double place = std::fmod(time / interval, double(samples.size() - 1));
    const auto before = std::size_t(place);
    return std::lerp(samples[before], samples[before + 1], place - double(before));
  }

  /// The least upper bound of the rate in [time, time + length).
  double highest(double time, double length) const {
    if (length >= interval * double(samples.size() - 1))
      return *std::max_element(samples.begin(), samples.end());
    double high = std::max((*this)(time), (*this)(time + length));
    for (double k = std::ceil(time / interval); k * interval <= time + length; ++k) {
      const auto place = std::size_t(std::fmod(k, double(samples.size() - 1)));
      high = std::max({high, samples[place],
                       place == 0 ? samples.back() : 0});  // the loop's end is reached from below
    }
    return high;
  }

  void check() const {
    require(!samples.empty() && interval > 0 && std::isfinite(interval),
            "Rate: at least a sample and a finite interval > 0 are needed, got ", samples.size(),
            " and ", interval);
    for (std::size_t k = 0; k < samples.size(); ++k)
      require(samples[k] >= 0 && std::isfinite(samples[k]), "Rate: sample ", k, " is ", samples[k],
              " Hz");
  }
};

/// Populations of independent neurons, one rate each. A neuron spikes in a step with probability
/// rate * dt.
///
/// Cost: two random numbers a spike, as many again where the rate is below its highest in a slice;
/// nothing for a silent step.
class PoissonInput {
 public:
  struct Population {
    Index size;
    Rate rate;
  };

  static constexpr std::int64_t slice = 100;

  /// Throws InvalidParameter when a rate is negative or more than one spike a step.
  PoissonInput(std::vector<Population> populations, double dt, const Random& random)
      : populations_(std::move(populations)), dt_(dt), random_(random) {
    require(dt > 0, "PoissonInput: dt must be > 0, got ", dt);
    for (const Population& population : populations_) {
      require(population.size > 0, "PoissonInput: a population has ", population.size, " neurons");
      population.rate.check();
      const double highest =
          *std::max_element(population.rate.samples.begin(), population.rate.samples.end());
      require(highest * dt <= 1, "PoissonInput: ", highest,
              " Hz are more than one spike in a step of ", dt, " s");
      size_ += population.size;
    }
  }

  Index size() const { return size_; }
  const std::vector<Population>& populations() const { return populations_; }

  void emit(std::int64_t number, SpikeList& spikes) const {
    const double start = double(number * slice) * dt_;
    std::vector<Spike>& found = scratch_;
    found.clear();
    Index first = 0;
    for (std::size_t p = 0; p < populations_.size(); ++p) {
      const Index size = populations_[p].size;
      const Rate& rate = populations_[p].rate;
      const double highest = rate.highest(start, double(slice) * dt_);
      Random random = random_.stream("spikes", p).at(std::uint64_t(number));
      for_each_success(slice * size, highest * dt_, random, [&](Index trial) {
        const Index step = trial / size;
        if (rate.samples.size() == 1 ||
            random.uniform<double>() * highest < rate(start + double(step) * dt_))
          found.push_back({number * slice + step, first + trial % size});
      });
      first += size;
    }
    std::sort(found.begin(), found.end(), [](const Spike& a, const Spike& b) {
      return a.step != b.step ? a.step < b.step : a.neuron < b.neuron;
    });
    for (const Spike& spike : found) spikes.push(spike);
  }

 private:
  std::vector<Population> populations_;
  double dt_;
  Random random_;
  Index size_ = 0;
  mutable std::vector<Spike> scratch_ = {};  // room, not memory
};

/// Spikes that are known beforehand.
class RecordedInput {
 public:
  static constexpr std::int64_t slice = 100;

  /// Throws InvalidParameter for a spike of a neuron outside the group, before step 0, or listed
  /// twice.
  RecordedInput(Index size, const SpikeList& spikes) : size_(size), spikes_(spikes) {
    spikes.check(size, 0, 0, std::numeric_limits<std::int64_t>::max(), "RecordedInput");
  }

  Index size() const { return size_; }

  void emit(std::int64_t number, SpikeList& spikes) const {
    for (Index k = spikes_.find(number * slice), end = spikes_.find((number + 1) * slice); k < end;
         ++k)
      spikes.push(spikes_[k]);
  }

 private:
  Index size_;
  SpikeList spikes_;
};

static_assert(SpikeInput<PoissonInput> && SpikeInput<RecordedInput>);

}  // namespace hebb
