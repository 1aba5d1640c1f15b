/// @file
/// What a network records: spikes, rates in bins, and samples of variables or weights.
///
/// A recording is a handle: its copies share what is recorded, and it outlives the network.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "hebb/spiking/spikes.hpp"

namespace hebb {

/// Where a recording puts its numbers instead of keeping them: called with columns whose first row
/// is the time in ms.
using RecordingSink = std::function<void(const Matrix<double>& columns)>;

/// All spikes of a population since recording began.
class SpikeRecording {
 public:
  /// An empty recording of so many neurons. Copies share what is recorded.
  SpikeRecording(Index neurons, double begin_ms)
      : data_(std::make_shared<Data>(Data{{}, {}, neurons, begin_ms, begin_ms})) {}

  /// Call it for every moment, also without spikes: rates are means until the last one.
  void record(const Spikes& spikes) {
    for (const Index neuron : spikes.neurons) {
      data_->times_ms.push_back(spikes.time_ms);
      data_->neurons.push_back(neuron);
    }
    data_->end_ms = spikes.time_ms;
    if (data_->sink && size() >= piece) flush();
  }

  /// From now on hands spikes over to a sink, as columns (time, neuron), in pieces of 65,536 or
  /// more, and keeps only those of the last piece. Call `flush` at the end.
  void stream(RecordingSink sink) { data_->sink = std::move(sink); }
  /// Hands over what is kept. Without a sink it does nothing.
  void flush() {
    if (!data_->sink || size() == 0) return;
    Matrix<double> columns(2, size());
    for (Index k = 0; k < size(); ++k) {
      columns(0, k) = times_ms()[std::size_t(k)];
      columns(1, k) = double(neurons()[std::size_t(k)]);
    }
    data_->sink(columns);
    data_->handed_ms = times_ms().back();
    data_->times_ms.clear();
    data_->neurons.clear();
  }

  const std::vector<double>& times_ms() const { return data_->times_ms; }  ///< one per spike
  const std::vector<Index>& neurons() const { return data_->neurons; }     ///< one per spike
  Index size() const { return Index(neurons().size()); }                   ///< spikes that are kept

  /// The mean rate over neurons and time, from when recording began or from `begin_ms` on. Throws
  /// InvalidCall where spikes after that were handed to a sink, like the next two.
  double rate_hz(double begin_ms = before_the_first) const { return rates_hz(begin_ms).mean(); }

  /// The mean rate of each neuron. A spike at the beginning itself belongs to the time before.
  Vector<double> rates_hz(double begin_ms = before_the_first) const {
    const double begin = std::max(begin_ms, data_->begin_ms), end = data_->end_ms;
    require(begin < end, "SpikeRecording: there is no time between ", begin, " and ", end, " ms");
    require_kept(begin);
    Vector<double> rates = Vector<double>::Zero(data_->size);
    for (std::size_t k = 0; k < neurons().size(); ++k)
      if (times_ms()[k] > begin) rates(neurons()[k]) += 1000 / (end - begin);
    return rates;
  }

  /// The mean over neurons of the coefficient of variation of their intervals between spikes, over
  /// neurons with at least 5 intervals; 1 for Poisson spikes. NaN if there is no such neuron.
  double irregularity(double begin_ms = before_the_first) const {
    std::vector<double> last(std::size_t(data_->size), before_the_first), sum(last.size(), 0),
        square(last.size(), 0), count(last.size(), 0);
    require_kept(begin_ms);
    for (std::size_t k = 0; k < neurons().size(); ++k) {
      const double time = times_ms()[k];
      if (time <= begin_ms) continue;
      const auto i = std::size_t(neurons()[k]);
      if (last[i] != before_the_first) {
        const double interval = time - last[i];
        sum[i] += interval, square[i] += interval * interval, count[i] += 1;
      }
      last[i] = time;
    }
    double total = 0, counted = 0;
    for (std::size_t i = 0; i < last.size(); ++i) {
      if (count[i] < 5) continue;
      const double mean = sum[i] / count[i];
      total += std::sqrt(std::max(0.0, square[i] / count[i] - mean * mean)) / mean;
      counted += 1;
    }
    return total / counted;
  }

 private:
  struct Data {
    std::vector<double> times_ms;
    std::vector<Index> neurons;
    Index size;  ///< of the population
    double begin_ms, end_ms;
    RecordingSink sink = {};
    double handed_ms = before_the_first;  ///< of the last spike that was handed over
  };

  void require_kept(double begin_ms) const {
    require<InvalidCall>(begin_ms >= data_->handed_ms, "SpikeRecording: spikes up to ",
                         data_->handed_ms, " ms were handed to a sink, those from ", begin_ms,
                         " ms on are not all kept");
  }

  static constexpr Index piece = 1 << 16;
  std::shared_ptr<Data> data_;
};

/// The mean rate of a population in bins of time. The spikes are not kept.
class RateRecording {
 public:
  /// An empty recording. Copies share what is recorded. Throws InvalidParameter.
  RateRecording(Index neurons, double begin_ms, double bin_ms)
      : data_(std::make_shared<Data>(Data{{}, neurons, begin_ms, bin_ms})) {
    require(bin_ms > 0 && std::isfinite(bin_ms),
            "RateRecording: bin_ms must be finite and > 0, got ", bin_ms);
  }

  /// Call it for every moment, also without spikes: a bin is complete when a later moment was
  /// recorded. A spike at the end of a bin belongs to it.
  void record(const Spikes& spikes, double dt_ms) {
    const auto bin = std::size_t((spikes.time_ms - data_->begin_ms - 0.5 * dt_ms) / data_->bin_ms);
    if (bin >= data_->counts.size()) data_->counts.resize(bin + 1);
    data_->counts[bin] += Index(spikes.neurons.size());
  }

  Index bins() const {
    return Index(data_->counts.size());
  }  ///< number of bins, the last of which may be incomplete
  /// When a bin begins.
  double begin_ms(Index bin) const { return data_->begin_ms + double(bin) * data_->bin_ms; }
  /// The mean rate of a neuron in a bin.
  double rate_hz(Index bin) const {
    return double(data_->counts.at(std::size_t(bin))) * 1000 /
           (data_->bin_ms * double(data_->neurons));
  }

 private:
  struct Data {
    std::vector<Index> counts;
    Index neurons;
    double begin_ms, bin_ms;
  };
  std::shared_ptr<Data> data_;
};

/// Samples of some numbers, such as potentials or weights, at a fixed interval.
template <typename Scalar>
class SampleRecording {
 public:
  SampleRecording() : data_(std::make_shared<Data>()) {}

  /// Appends a sample. All have one size.
  void record(double time_ms, const Vector<Scalar>& sample) {
    data_->times_ms.push_back(time_ms);
    data_->samples.push_back(sample);
    if (data_->sink && size() * (1 + sample.size()) >= piece) flush();
  }

  /// From now on hands samples over to a sink, as columns (time, numbers), in pieces of about
  /// 65,536 numbers, and keeps only those of the last piece. Call `flush` at the end.
  void stream(RecordingSink sink) { data_->sink = std::move(sink); }
  /// Hands over what is kept. Without a sink it does nothing.
  void flush() {
    if (!data_->sink || size() == 0) return;
    Matrix<double> columns(1 + (*this)[0].size(), size());
    for (Index k = 0; k < size(); ++k) {
      columns(0, k) = times_ms()[std::size_t(k)];
      columns.col(k).tail((*this)[k].size()) = (*this)[k].template cast<double>();
    }
    data_->sink(columns);
    data_->times_ms.clear();
    data_->samples.clear();
  }

  const std::vector<double>& times_ms() const { return data_->times_ms; }  ///< one per sample
  Index size() const { return Index(data_->samples.size()); }  ///< samples that are kept
  /// A sample that is kept. Throws std::out_of_range.
  const Vector<Scalar>& operator[](Index sample) const {
    return data_->samples.at(std::size_t(sample));
  }

  /// One column per sample.
  Matrix<Scalar> samples() const {
    Matrix<Scalar> result(size() == 0 ? 0 : (*this)[0].size(), size());
    for (Index k = 0; k < size(); ++k) result.col(k) = (*this)[k];
    return result;
  }

 private:
  struct Data {
    std::vector<double> times_ms;
    std::vector<Vector<Scalar>> samples;
    RecordingSink sink = {};
  };
  static constexpr Index piece = 1 << 16;
  std::shared_ptr<Data> data_;
};

}  // namespace hebb
