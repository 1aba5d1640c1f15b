/// @file
/// What a network of spiking LPL has learned: reconstruction of its inputs, dimension, weights and
/// selectivity.
#pragma once

#include "hebb/analysis/lasso.hpp"
#include "hebb/analysis/metrics.hpp"
#include "spiking_lpl/experiment.hpp"

namespace recurrent {

/// How well a sparse linear readout of the excitatory neurons reconstructs the inputs.
struct Reconstruction {
  Vector<double> r2 = Vector<double>::Zero(
      populations);        // on the last 5 % of the bins, which the readout has not seen
  double correlation = 0;  // over all populations and all bins
  Matrix<double> truth = {}, predicted = {};  // on the held-out bins
};

inline Reconstruction reconstruct(const Counts& counts) {
  const Index bins = counts.exc.cols(), seen = bins * 95 / 100, unseen = bins - seen;
  const LinearPrediction readout =
      Lasso{.alpha = 0.1}.fit(counts.exc.leftCols(seen), counts.input.leftCols(seen));
  Reconstruction result;
  result.truth = counts.input.rightCols(unseen);
  result.predicted = readout.predict(counts.exc.rightCols(unseen));
  result.r2 = r_squared(result.predicted, result.truth);
  result.correlation = correlation(readout.predict(counts.exc), counts.input);
  return result;
}

/// The results of one condition.
struct Outcome {
  Reconstruction before, after;
  double participation_ratio = 0;
  double exc_hz = 0, inh_hz = 0;  // in the last window
  Matrix<double> mean_weight;     // populations x neurons: sum over a population / its size
  Vector<double> weights;         // all
  double us_per_step = 0;
  Recording recording;

  /// (w_a - w_b) / (w_a + w_b) of each neuron, for two populations.
  Vector<double> selectivity(Index a, Index b) const {
    return (mean_weight.row(a) - mean_weight.row(b)).array() /
           (mean_weight.row(a) + mean_weight.row(b)).array().max(1e-9);
  }
};

template <typename Scalar>
Outcome measure(Run<Scalar>& run) {
  Outcome outcome{.before = reconstruct(run.recording.first),
                  .after = reconstruct(run.recording.last),
                  .mean_weight = Matrix<double>::Zero(populations, excitatory),
                  .weights = run.weights().template cast<double>(),
                  .recording = run.recording};
  const Counts& last = run.recording.last;
  outcome.participation_ratio = participation_ratio<double>(last.exc);
  outcome.exc_hz = last.exc.mean() / (double(Counts::bin) * dt);
  const Matrix<double>& course = run.recording.course;
  const Index bins = std::min<Index>(course.cols(), Index(double(last.exc.cols() * Counts::bin) *
                                                          dt / Recording::course_interval));
  outcome.inh_hz = bins > 0 ? course.row(1).tail(bins).mean() : 0;
  run.connections().for_each([&](Index j, Index i, Index k) {
    outcome.mean_weight(j / population_size, i) += outcome.weights(k) / double(population_size);
  });
  outcome.us_per_step = 1e6 * run.recording.computing / (run.seconds() / dt);
  return outcome;
}

}  // namespace recurrent
