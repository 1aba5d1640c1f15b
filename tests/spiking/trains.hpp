/// @file
/// Spike trains for the tests of spiking rules, and their playback to a rule.
#pragma once

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "hebb/core/random.hpp"
#include "hebb/spiking/spikes.hpp"

namespace hebb {

/// Spike times of one neuron, in order.
using Train = std::vector<double>;

/// A Poisson train on a grid of time steps, so that trains have spikes in common moments.
inline Train poisson(double rate_hz, double duration_ms, double step_ms, Random random) {
  Train train;
  for (Index step = 1; double(step) * step_ms < duration_ms; ++step)
    if (random.bernoulli(rate_hz * step_ms / 1000)) train.push_back(double(step) * step_ms);
  return train;
}

/// A Poisson train in continuous time.
inline Train poisson(double rate_hz, double duration_ms, Random random) {
  Train train;
  for (double time = 0;;) {
    time -= 1000 / rate_hz * std::log(1 - random.uniform<double>());
    if (time >= duration_ms) return train;
    train.push_back(time);
  }
}

/// The neurons of some trains that spike at a moment.
class Cursor {
 public:
  explicit Cursor(const std::vector<Train>& trains) : trains_(trains), next_(trains.size()) {}

  Spikes at(double time_ms) {
    neurons_.clear();
    for (std::size_t i = 0; i < trains_.size(); ++i)
      if (next_[i] < trains_[i].size() && trains_[i][next_[i]] == time_ms) {
        neurons_.push_back(Index(i));
        ++next_[i];
      }
    return {time_ms, neurons_};
  }

 private:
  const std::vector<Train>& trains_;
  std::vector<std::size_t> next_;
  std::vector<Index> neurons_;
};

/// Passes all spikes to a rule, moment by moment.
template <typename Rule>
void play(const Rule& rule, const std::vector<Train>& pre, const std::vector<Train>& post,
          typename Rule::State& state) {
  std::set<double> moments;
  for (const auto* trains : {&pre, &post})
    for (const Train& train : *trains) moments.insert(train.begin(), train.end());
  Cursor pre_cursor(pre), post_cursor(post);
  for (const double time : moments) rule.update(pre_cursor.at(time), post_cursor.at(time), state);
}

/// The weight of one synapse, from `initial`, after two trains.
template <typename Rule>
double weight_after(const Rule& rule, const Train& pre, const Train& post, double initial) {
  auto state = rule.init({.pre = 1, .post = 1});
  state.weights.setConstant(typename Rule::Scalar(initial));
  play(rule, {pre}, {post}, state);
  return double(state.weights.value());
}

/// Mean drift of a weight between independent Poisson trains, per second, and its standard error
/// over postsynaptic neurons.
struct Drift {
  double mean = 0, error = 0;
};

template <typename Rule>
Drift poisson_drift(const Rule& rule, double pre_hz, double post_hz, Shape shape, double seconds,
                    std::uint64_t seed) {
  const Random random{.seed = seed};
  std::vector<Train> pre, post;
  for (Index j = 0; j < shape.pre; ++j)
    pre.push_back(poisson(pre_hz, 1000 * seconds, random.stream("pre", std::uint64_t(j))));
  for (Index i = 0; i < shape.post; ++i)
    post.push_back(poisson(post_hz, 1000 * seconds, random.stream("post", std::uint64_t(i))));
  auto state = rule.init(shape);
  play(rule, pre, post, state);
  const Vector<double> drift = state.weights.template cast<double>().rowwise().mean() / seconds;
  const double mean = drift.mean(), n = double(shape.post);
  return {mean, std::sqrt((drift.array() - mean).square().sum() / (n - 1) / n)};
}

}  // namespace hebb
