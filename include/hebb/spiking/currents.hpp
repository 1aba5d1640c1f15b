/// @file
/// What is injected into neurons besides the spikes of other populations: currents, and Poisson
/// drive.
#pragma once

#include <cmath>
#include <concepts>
#include <numbers>
#include <span>
#include <string>

#include "hebb/spiking/any_array.hpp"
#include "hebb/spiking/neuron.hpp"
#include "hebb/spiking/values.hpp"

namespace hebb {

/// Neurons first ... first + size - 1 of a population, for which something is injected, and where
/// random numbers come from.
struct InjectionSite {
  /// `population` is the number of its neurons.
  Index first, size, population;  ///< population: how many neurons it has
  double dt_ms;                   ///< length of a step
  Random random;                  ///< the same for all blocks of a population
};

/// A current: current.start(site) returns an object whose add(time_ms, step, values) adds one
/// number per neuron, and whose each visits its saved state. The unit is that of the model's
/// current.
template <typename C>
concept CurrentSource = requires(const C current, const InjectionSite& site) {
  current.start(site);
};

/// The same current in all steps.
struct ConstantCurrent {
  Values amplitude = 0.0;                                   ///< per neuron
  double begin_ms = 0;                                      ///< from then on
  double end_ms = std::numeric_limits<double>::infinity();  ///< until then

  /// The current into one block of neurons.
  struct Running {
    Vector<double> amplitude;        ///< of the neurons of the block
    double begin_ms, end_ms, dt_ms;  ///< as in ConstantCurrent and InjectionSite
    void add(double time_ms, std::int64_t, auto values) {
      // The step ends at time_ms; half a step keeps rounding from deciding.
      if (time_ms - 0.5 * dt_ms < begin_ms || time_ms - 0.5 * dt_ms > end_ms) return;
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] += std::remove_reference_t<decltype(values[i])>(amplitude(Index(i)));
    }
    void each(auto&&) {}
  };

  Running start(const InjectionSite& site) const {
    require(begin_ms <= end_ms, "ConstantCurrent: begin_ms must not be after end_ms, got ",
            begin_ms, " and ", end_ms);
    const Vector<double> all =
        amplitude.take(site.population, site.random.stream("amplitude"), "ConstantCurrent");
    Vector<double> own(site.size);
    for (Index i = 0; i < site.size; ++i) own(i) = all(site.first + i);
    return {own, begin_ms, end_ms, site.dt_ms};
  }
};

/// Independent noise: an Ornstein-Uhlenbeck process with time constant tau_ms, or with tau_ms = 0
/// normal numbers that are independent from step to step.
struct NoiseCurrent {
  double mean = 0;       ///< added to the noise of every neuron
  double deviation = 1;  ///< standard deviation, in the steady state; >= 0
  double tau_ms = 5;     ///< correlation time; >= 0

  /// The current into one block of neurons.
  struct Running {
    double mean, share, keep;  ///< current; factors of a normal number and of the old value
    Vector<double> value;      ///< of each neuron, without the mean
    Random random;             ///< numbers of the step are those of this stream at the step
    /// Throws ShapeError where `value` has another size than the block.
    void add(double, std::int64_t step, auto values) {
      require<ShapeError>(value.size() == Index(values.size()), "NoiseCurrent: ", value.size(),
                          " values for a block of ", values.size(), " neurons");
      Random draws = random.at(std::uint64_t(step));
      for (std::size_t i = 0; i < values.size(); ++i) {
        double& own = value(Index(i));
        own = keep * own + share * draws.normal<double>();
        values[i] += std::remove_reference_t<decltype(values[i])>(mean + own);
      }
    }
    void each(auto&& visit) { visit("value", value); }
  };

  Running start(const InjectionSite& site) const {
    require_finite_parameter("NoiseCurrent", "mean", mean);
    require_at_least("NoiseCurrent", "deviation", deviation, 0);
    require_at_least("NoiseCurrent", "tau_ms", tau_ms, 0);
    const double keep = tau_ms > 0 ? std::exp(-site.dt_ms / tau_ms) : 0;
    return {mean, deviation * std::sqrt(1 - keep * keep), keep, Vector<double>::Zero(site.size),
            site.random.stream("noise", std::uint64_t(site.first))};
  }
};

/// A function of time, or of neuron and time in ms. The time is that of the step's end.
template <typename Function>
struct FunctionCurrent {
  Function function;  ///< of (time_ms) or of (neuron, time_ms)

  /// The current into one block of neurons.
  struct Running {
    Function function;  ///< as in FunctionCurrent
    Index first;        ///< number of the block's first neuron in the population
    void add(double time_ms, std::int64_t, auto values) {
      using Number = std::remove_reference_t<decltype(values[0])>;
      if constexpr (std::invocable<const Function&, Index, double>) {
        for (std::size_t i = 0; i < values.size(); ++i)
          values[i] += Number(function(first + Index(i), time_ms));
      } else {
        const Number now = Number(function(time_ms));
        for (auto& value : values) value += now;
      }
    }
    void each(auto&&) {}
  };

  Running start(const InjectionSite& site) const { return {function, site.first}; }
};

/// A draw from the Poisson distribution.
///
/// W. Hörmann, Insurance: Mathematics and Economics 12:39-45 (1993), algorithm PTRS; below a mean
/// of 10 by multiplication.
inline Index draw_poisson(double mean, Random& random) {
  if (mean <= 0) return 0;
  if (mean < 10) {
    Index count = -1;
    for (double product = 1, least = std::exp(-mean); product > least; ++count)
      product *= random.uniform<double>();
    return count;
  }
  const double log_mean = std::log(mean), b = 0.931 + 2.53 * std::sqrt(mean),
               a = -0.059 + 0.02483 * b, inverse = 1.1239 + 1.1328 / (b - 3.4),
               certain = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = random.uniform<double>() - 0.5, v = random.uniform<double>(),
                 side = 0.5 - std::abs(u), k = std::floor((2 * a / side + b) * u + mean + 0.43);
    if (side >= 0.07 && v <= certain) return Index(k);
    if (k < 0 || (side < 0.013 && v > side)) continue;
    if (std::log(v) + std::log(inverse) - std::log(a / (side * side) + b) <=
        -mean + k * log_mean - std::lgamma(k + 1))
      return Index(k);
  }
}

/// Independent Poisson spikes to every neuron, as from many external synapses of one weight.
///
/// The spikes of all neurons of a block are drawn together: their number is Poisson distributed,
/// and each of them goes to any of the neurons with equal probability, which makes the neurons'
/// trains independent. Cost: a quarter of a random block per spike.
struct PoissonDrive {
  double rate_hz = 1000;                 ///< of all external synapses of a neuron together
  double weight = 1;                     ///< of a spike, in the unit of the receptor
  Receptor onto = receptor::excitatory;  ///< where spikes act

  /// The current into one block of neurons.
  struct Running {
    double mean, weight;  ///< spikes per step in the whole block; and their weight
    Random random;        ///< spikes of the step are those of this stream at the step
    void add(double, std::int64_t step, auto values) {
      using Number = std::remove_reference_t<decltype(values[0])>;
      Random draws = random.at(std::uint64_t(step));
      const std::uint64_t size = values.size();
      Index left = draw_poisson(mean, draws);
      const Number amount = Number(weight);
      for (; left > 0; left -= 4) {
        const auto words = draws.bits();
        for (Index n = 0; n < std::min<Index>(left, 4); ++n)
          values[std::size_t((words[std::size_t(n)] * size) >> 32)] += amount;
      }
    }
    void each(auto&&) {}
  };

  Running start(const InjectionSite& site) const {
    require_at_least("PoissonDrive", "rate_hz", rate_hz, 0);
    require_finite_parameter("PoissonDrive", "weight", weight);
    const double mean = rate_hz * site.dt_ms / 1000 * double(site.size);
    require(mean < 0x1p31, "PoissonDrive: ", rate_hz, " Hz are ", mean, " spikes in a step of ",
            site.dt_ms, " ms onto ", site.size, " neurons, more than 2^31");
    return {mean, weight, site.random.stream("drive", std::uint64_t(site.first))};
  }
};

/// Numbers that are added to a variable of the neurons of a block, or to their external current, at
/// every step. Its type is erased.
template <typename Scalar>
class Injection {
 public:
  virtual ~Injection() = default;
  /// Adds to one number per neuron, in the step that ends at time_ms.
  virtual void add(double time_ms, std::int64_t step, std::span<Scalar> values) = 0;
  virtual std::vector<NamedArray> arrays() = 0;  ///< the saved state
};

/// An injection of a type that the network does not know.
template <typename Scalar, typename Running>
class InjectionOf final : public Injection<Scalar> {
 public:
  /// Takes over what `start` gave.
  explicit InjectionOf(Running running) : running_(std::move(running)) {}
  /// Adds to one number per neuron, in the step that ends at time_ms.
  void add(double time_ms, std::int64_t step, std::span<Scalar> values) override {
    running_.add(time_ms, step, values);
  }
  std::vector<NamedArray> arrays() override { return arrays_of(running_); }

 private:
  Running running_;
};

}  // namespace hebb
