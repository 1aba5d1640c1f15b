/// @file
/// Pairing at five rates in visual cortex, as measured, and how far a rule is from it.
#pragma once

#include <array>

namespace example {

/// The relative change of a synapse's strength after pairing at a rate, for a presynaptic spike 10
/// ms before and 10 ms after each postsynaptic one; with standard errors of the mean. P. J.
/// Sjostrom, G. G. Turrigiano & S. B. Nelson, Neuron 32:1149-1164 (2001).
struct Measured {
  double rate_hz, before, before_error, after, after_error;
};

inline constexpr double measured_lag_ms = 10;
inline constexpr std::array<Measured, 5> sjostrom{{{0.1, -0.04, 0.05, -0.29, 0.08},
                                                   {10, 0.14, 0.10, -0.41, 0.11},
                                                   {20, 0.29, 0.14, -0.34, 0.10},
                                                   {40, 0.53, 0.11, 0.56, 0.32},
                                                   {50, 0.56, 0.26, 0.75, 0.19}}};

/// The relative changes that a rule gives in the same ten experiments.
struct Changes {
  std::array<double, sjostrom.size()> before, after;
};

/// The ten experiments on anything that answers change(rate_hz, lag_ms), where the lag is post -
/// pre.
Changes measure(const auto& change) {
  Changes result{};
  for (std::size_t k = 0; k < sjostrom.size(); ++k) {
    result.before[k] = change(sjostrom[k].rate_hz, measured_lag_ms);
    result.after[k] = change(sjostrom[k].rate_hz, -measured_lag_ms);
  }
  return result;
}

/// The mean squared distance from the measurements, in units of their standard errors.
inline double score(const Changes& changes) {
  double sum = 0;
  for (std::size_t k = 0; k < sjostrom.size(); ++k) {
    const double before = (changes.before[k] - sjostrom[k].before) / sjostrom[k].before_error;
    const double after = (changes.after[k] - sjostrom[k].after) / sjostrom[k].after_error;
    sum += before * before + after * after;
  }
  return sum / (2 * sjostrom.size());
}

/// Factors (a, b) such that a * one + b * two is nearest to the measurements in that sense, by
/// linear least squares.
inline std::array<double, 2> best_mixture(const Changes& one, const Changes& two) {
  double s11 = 0, s12 = 0, s22 = 0, d1 = 0, d2 = 0;
  const auto add = [&](double x, double y, double data, double error) {
    const double weight = 1 / (error * error);
    s11 += weight * x * x, s12 += weight * x * y, s22 += weight * y * y;
    d1 += weight * x * data, d2 += weight * y * data;
  };
  for (std::size_t k = 0; k < sjostrom.size(); ++k) {
    add(one.before[k], two.before[k], sjostrom[k].before, sjostrom[k].before_error);
    add(one.after[k], two.after[k], sjostrom[k].after, sjostrom[k].after_error);
  }
  const double determinant = s11 * s22 - s12 * s12;
  return {(s22 * d1 - s12 * d2) / determinant, (s11 * d2 - s12 * d1) / determinant};
}

}  // namespace example
