/// @file
/// Sources of spikes, as a network takes them: Poisson, regular, recorded.
#pragma once

#include "hebb/spiking/poisson.hpp"

namespace hebb {

/// What a network makes an input of.
template <typename S>
concept SpikeSource = requires(const S source, Index neurons, double dt_ms, const Random& random) {
  { source.start(neurons, dt_ms, random) } -> SpikeInput;
};

/// Whether a number of steps is a whole one, up to `rounding`, at which a spike can be: from 1 to
/// 1e15.
inline bool is_moment(double steps, double rounding) {
  return steps < 1e15 && std::round(steps) >= 1 && std::abs(steps - std::round(steps)) < rounding;
}

/// Independent Poisson neurons with one rate, constant or over time.
struct PoissonNeurons {
  double rate_hz = 10;          ///< of each neuron; constant
  Rate rate = {.samples = {}};  ///< over time, in place of rate_hz

  /// The input of so many neurons. Throws InvalidParameter.
  PoissonInput start(Index neurons, double dt_ms, const Random& random) const {
    return PoissonInput({{neurons, rate.samples.empty() ? Rate::constant(rate_hz) : rate}}, dt_ms,
                        random);
  }
};

/// Neurons that spike at a fixed interval, all together.
struct RegularNeurons {
  double interval_ms = 100;  ///< between spikes; a multiple of the step
  double first_ms = 100;     ///< time of the first spike

  /// The spikes of such neurons.
  class Input {
   public:
    static constexpr std::int64_t slice = 100;
    /// Spikes at step `first` and every `interval` steps after it.
    Input(Index neurons, std::int64_t first, std::int64_t interval)
        : neurons_(neurons), first_(first), interval_(interval) {}
    Index size() const { return neurons_; }  ///< number of neurons
    void emit(std::int64_t number, SpikeList& spikes) const {
      const std::int64_t begin = number * slice;
      std::int64_t step = first_;
      if (step < begin) step += (begin - step + interval_ - 1) / interval_ * interval_;
      for (; step < begin + slice; step += interval_)
        for (Index i = 0; i < neurons_; ++i) spikes.push({step, i});
    }

   private:
    Index neurons_;
    std::int64_t first_, interval_;
  };

  /// The input of so many neurons. Throws InvalidParameter.
  Input start(Index neurons, double dt_ms, const Random&) const {
    const double first = first_ms / dt_ms, interval = interval_ms / dt_ms;
    require(is_moment(first, 1e-6) && is_moment(interval, 1e-6),
            "RegularNeurons: first_ms and interval_ms must be multiples of the step of ", dt_ms,
            " ms and below 1e15 steps, got ", first_ms, " and ", interval_ms);
    return {neurons, std::llround(first) - 1, std::llround(interval)};
  }
};

/// Neurons whose spikes are known beforehand.
struct RecordedNeurons {
  std::vector<double> times_ms;  ///< multiples of the step, in order
  std::vector<Index> neurons;    ///< one per time

  /// The input of so many neurons. Throws InvalidParameter and ShapeError.
  RecordedInput start(Index size, double dt_ms, const Random&) const {
    require<ShapeError>(times_ms.size() == neurons.size(), "RecordedNeurons: there are ",
                        times_ms.size(), " times and ", neurons.size(), " neurons");
    SpikeList list;
    for (std::size_t k = 0; k < times_ms.size(); ++k) {
      const double step = times_ms[k] / dt_ms;
      require(is_moment(step, 1e-3), "RecordedNeurons: a spike at ", times_ms[k],
              " ms is not at a multiple of the step of ", dt_ms, " ms below 1e15 steps");
      list.push({std::llround(step) - 1, neurons[k]});
    }
    return RecordedInput(size, list);
  }
};

}  // namespace hebb
