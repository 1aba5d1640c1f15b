/// @file
/// How fast a film changes, and the lag between the two views that follows from it.
#pragma once

#include <algorithm>
#include <vector>

#include "video/film.hpp"

namespace video {

/// The autocorrelation of a film's pixels at a lag of 0, 1, ... frames:
///
/// \f[ r(k) = \frac{\langle (x_i(t) - \bar x_i) (x_i(t + k) - \bar x_i) \rangle_{i,t}}
///               {\langle (x_i(t) - \bar x_i)^2 \rangle_{i,t}} \f]
///
/// It is 1 where nothing changes.
inline std::vector<double> autocorrelation(const Film& film, Index largest_lag) {
  hebb::require(0 <= largest_lag && largest_lag < film.frames, "autocorrelation: a lag of ",
                largest_lag, " does not fit into ", film.frames, " frames");
  Matrix<float> x;
  film.watch(0, film.frames, x);
  const hebb::Vector<float> mean = x.rowwise().mean();
  x.colwise() -= mean;
  const double variance = double(x.squaredNorm()) / double(film.frames);
  std::vector<double> result(std::size_t(largest_lag) + 1, 1);
  if (!(variance > 0)) return result;
  hebb::parallel_for(largest_lag, [&](Index before) {
    const Index lag = before + 1, pairs = film.frames - lag;
    double sum = 0;
    for (Index t = 0; t < pairs; ++t) sum += double(x.col(t).dot(x.col(t + lag)));
    result[std::size_t(lag)] = sum / double(pairs) / variance;
  });
  return result;
}

/// Below this autocorrelation two frames differ enough for a prediction to matter.
constexpr double decorrelated = 0.5;

/// The first lag at which the autocorrelation is below `decorrelated`; the largest one if there is
/// none.
inline Index lag_of(const std::vector<double>& autocorrelation) {
  const auto found = std::find_if(autocorrelation.begin(), autocorrelation.end(),
                                  [](double r) { return r < decorrelated; });
  return std::max<Index>(1, found == autocorrelation.end() ? Index(autocorrelation.size()) - 1
                                                           : found - autocorrelation.begin());
}

/// The largest lag that is considered: an eighth of the film.
inline Index largest_lag(const Film& film) { return std::max<Index>(1, film.frames / 8); }

}  // namespace video
