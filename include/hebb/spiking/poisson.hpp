/// @file
/// Input spikes: Poisson trains with constant, sampled or recorded rates, and recorded spikes.
///
/// An input emits its spikes in slices of `slice` steps. Spikes of a slice depend only on the seed
/// and the slice's number, so an input has no state to save.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "hebb/core/parameter.hpp"
#include "hebb/spiking/rare_events.hpp"
#include "hebb/spiking/spike_list.hpp"

namespace hebb {

/// What a network takes spikes from.
template <typename I>
concept SpikeInput = requires(const I input, std::int64_t slice, SpikeList& spikes) {
  { input.size() } -> std::convertible_to<Index>;     // neurons
  { I::slice } -> std::convertible_to<std::int64_t>;  // steps
  input.emit(slice, spikes);  // appends the spikes of steps [slice I::slice, (slice + 1) I::slice)
};

/// A rate over time, Hz: constant, or samples with linear interpolation between them, repeated
/// from the beginning after the last sample.
struct Rate {
  std::vector<double> samples = {0};  ///< Hz; a single sample is a constant rate
  double interval_ms = 1000;          ///< between samples

  static Rate constant(double hz) { return {{hz}, 1000}; }  ///< the same at all times

  /// The rate in Hz.
  double operator()(double time_ms) const {
    if (samples.size() == 1) return samples[0];
    const double place = std::fmod(time_ms / interval_ms, double(samples.size() - 1));
    const auto before = std::size_t(place);
    return std::lerp(samples[before], samples[before + 1], place - double(before));
  }

  /// The least upper bound of the rate in [time_ms, time_ms + length_ms).
  double highest(double time_ms, double length_ms) const {
    if (length_ms >= interval_ms * double(samples.size() - 1))
      return *std::max_element(samples.begin(), samples.end());
    double high = std::max((*this)(time_ms), (*this)(time_ms + length_ms));
    for (double k = std::ceil(time_ms / interval_ms); k * interval_ms <= time_ms + length_ms; ++k) {
      const auto place = std::size_t(std::fmod(k, double(samples.size() - 1)));
      high = std::max({high, samples[place],
                       place == 0 ? samples.back() : 0});  // the loop's end is reached from below
    }
    return high;
  }

  void check() const {
    require(!samples.empty() && interval_ms > 0 && std::isfinite(interval_ms),
            "Rate: at least one sample and a finite interval_ms > 0 are needed, got ",
            samples.size(), " and ", interval_ms);
    for (std::size_t k = 0; k < samples.size(); ++k)
      require(samples[k] >= 0 && std::isfinite(samples[k]), "Rate: sample ", k, " is ", samples[k],
              " Hz");
  }
};

/// Populations of independent neurons, one rate each. A neuron spikes in a step with probability
/// rate * dt.
///
/// Cost: two random numbers per spike, and as many again where the rate is below its highest value
/// in the slice; nothing for a silent step.
class PoissonInput {
 public:
  /// Sources of one rate.
  struct Population {
    Index size;  ///< number of neurons, > 0
    Rate rate;   ///< of each neuron by itself
  };

  static constexpr std::int64_t slice = 100;

  /// Throws InvalidParameter when a rate is negative or more than one spike per step.
  PoissonInput(std::vector<Population> populations, double dt_ms, const Random& random)
      : populations_(std::move(populations)), dt_ms_(dt_ms), random_(random) {
    require_positive("PoissonInput", "dt_ms", dt_ms);
    for (const Population& population : populations_) {
      require(population.size > 0, "PoissonInput: a population has ", population.size, " neurons");
      population.rate.check();
      const double highest =
          *std::max_element(population.rate.samples.begin(), population.rate.samples.end());
      require(highest * dt_ms / 1000 <= 1, "PoissonInput: ", highest,
              " Hz are more than one spike in a step of ", dt_ms, " ms");
      size_ += population.size;
    }
  }

  Index size() const { return size_; }  ///< neurons of all populations
  /// In the order of neurons.
  const std::vector<Population>& populations() const { return populations_; }

  void emit(std::int64_t number, SpikeList& spikes) const {
    const double start = double(number * slice) * dt_ms_;
    std::vector<Spike>& found = scratch_;
    found.clear();
    Index first = 0;
    for (std::size_t p = 0; p < populations_.size(); ++p) {
      const Index size = populations_[p].size;
      const Rate& rate = populations_[p].rate;
      const double highest = rate.highest(start, double(slice) * dt_ms_);
      Random random = random_.stream("spikes", p).at(std::uint64_t(number));
      for_each_success(slice * size, highest * dt_ms_ / 1000, random, [&](Index trial) {
        const Index step = trial / size;
        if (rate.samples.size() == 1 ||
            random.uniform<double>() * highest < rate(start + double(step) * dt_ms_))
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
  double dt_ms_;
  Random random_;
  Index size_ = 0;
  mutable std::vector<Spike> scratch_ = {};  // scratch space; not saved in checkpoints
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

  Index size() const { return size_; }  ///< neurons

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
