/// @file
/// Monitors: spikes, rates in bins of time, and samples of anything at an interval.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "hebb/spiking/spikes.hpp"

namespace hebb {

/// Every spike of a group.
class SpikeMonitor {
 public:
  void record(const Spikes& spikes) {
    for (const Index neuron : spikes.neurons) {
      times_ms_.push_back(spikes.time_ms);
      neurons_.push_back(neuron);
    }
  }

  const std::vector<double>& times_ms() const { return times_ms_; }
  const std::vector<Index>& neurons() const { return neurons_; }

  /// Mean rate of each neuron from `begin_ms` to before `end_ms`.
  Vector<double> rates_hz(Index size, double begin_ms, double end_ms) const {
    require(begin_ms < end_ms && std::isfinite(end_ms - begin_ms),
            "SpikeMonitor: an interval from ", begin_ms, " to ", end_ms, " ms");
    Vector<double> rates = Vector<double>::Zero(size);
    for (std::size_t k = 0; k < neurons_.size(); ++k)
      if (times_ms_[k] >= begin_ms && times_ms_[k] < end_ms) {
        require<ShapeError>(neurons_[k] >= 0 && neurons_[k] < size,
                            "SpikeMonitor: a spike of neuron ", neurons_[k], " in a group of ",
                            size);
        rates(neurons_[k]) += 1000 / (end_ms - begin_ms);
      }
    return rates;
  }

 private:
  std::vector<double> times_ms_;
  std::vector<Index> neurons_;
};

/// The mean rate of a group in bins of time; the spikes are not kept.
class RateMonitor {
 public:
  RateMonitor(Index neurons, double bin_ms) : neurons_(neurons), bin_ms_(bin_ms) {
    require(neurons > 0 && bin_ms > 0 && std::isfinite(bin_ms),
            "RateMonitor: neurons and bin_ms must be finite and > 0, got ", neurons, " and ",
            bin_ms);
  }

  /// Call it for every moment, also without spikes: a bin is complete when a later moment was
  /// recorded.
  void record(const Spikes& spikes) {
    require(spikes.time_ms >= 0, "RateMonitor: time begins at 0, got ", spikes.time_ms, " ms");
    require(spikes.time_ms / bin_ms_ < most_bins, "RateMonitor: ", spikes.time_ms,
            " ms are more than ", most_bins, " bins of ", bin_ms_, " ms");
    const auto bin = std::size_t(spikes.time_ms / bin_ms_);
    if (bin >= counts_.size()) counts_.resize(bin + 1);
    counts_[bin] += Index(spikes.neurons.size());
  }

  Index bins() const { return Index(counts_.size()); }
  double begin_ms(Index bin) const { return double(bin) * bin_ms_; }
  double rate_hz(Index bin) const {
    return double(counts_.at(std::size_t(bin))) * 1000 / (bin_ms_ * double(neurons_));
  }

 private:
  static constexpr double most_bins = 1e9;

  Index neurons_;
  double bin_ms_;
  std::vector<Index> counts_;
};

/// Samples of an array, such as potentials or weights, once per interval. `settle` a rule that
/// postpones work before a sample is taken.
template <typename Scalar>
class Sampler {
 public:
  explicit Sampler(double interval_ms) : interval_ms_(interval_ms) {
    require(interval_ms > 0 && std::isfinite(interval_ms),
            "Sampler: interval_ms must be finite and > 0, got ", interval_ms);
  }

  /// True if a sample is due.
  bool due(double time_ms) const { return time_ms >= next_ms_ - 1e-9 * interval_ms_; }

  /// Takes values(), a column, if a sample is due. All samples have the same size. Throws
  /// InvalidParameter for a time that is not finite, ShapeError for a matrix of more than one
  /// column, or for another size.
  void record(double time_ms, const auto& values) {
    require(std::isfinite(time_ms), "Sampler: a sample at ", time_ms, " ms");
    if (!due(time_ms)) return;
    const auto& column = values();
    require<ShapeError>(column.cols() == 1, "Sampler: a sample must be a column, got ",
                        column.rows(), " x ", column.cols());
    Vector<Scalar> sample = column;
    require<ShapeError>(samples_.empty() || sample.size() == samples_.front().size(),
                        "Sampler: a sample of ", sample.size(), " numbers after one of ",
                        samples_.empty() ? 0 : samples_.front().size());
    samples_.push_back(std::move(sample));
    times_ms_.push_back(time_ms);
    if (next_ms_ == before_the_first) next_ms_ = time_ms;
    next_ms_ +=
        interval_ms_ * std::max(1.0, std::floor((time_ms - next_ms_) / interval_ms_ + (1 + 1e-9)));
  }

  const std::vector<double>& times_ms() const { return times_ms_; }

  /// One column per sample.
  Matrix<Scalar> samples() const {
    Matrix<Scalar> result(samples_.empty() ? 0 : samples_.front().size(), Index(samples_.size()));
    for (std::size_t k = 0; k < samples_.size(); ++k) result.col(Index(k)) = samples_[k];
    return result;
  }

 private:
  double interval_ms_, next_ms_ = before_the_first;
  std::vector<double> times_ms_;
  std::vector<Vector<Scalar>> samples_;
};

}  // namespace hebb
