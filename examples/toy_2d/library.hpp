/// @file
/// Compares the toy's units, which learn from moments, with the library's rules on whole batches.
#pragma once

#include <algorithm>

#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "toy_2d/toy.hpp"

namespace example {

/// Trains a unit and a rule of the library on the same batches. Returns the largest distance
/// between their weights, relative to the norm of the weights.
template <typename LibraryRule>
double deviation_from_library(const LibraryRule& rule, Unit unit, double flip, std::uint64_t seed,
                              int steps) {
  const Random random{.seed = seed};
  const Index batch = 200;
  unit.w = Pair(0.5, -0.3);
  typename LibraryRule::State state = rule.init({.pre = 2, .post = 1});
  state.weights = unit.w.transpose();
  Sequences sequences(flip, batch);
  Noise noise;
  noise.draw(random, batch);
  sequences.begin(noise);
  double largest = 0;
  for (int step = 1; step <= steps; ++step) {
    noise.draw(random.stream("noise").at(std::uint64_t(step)), batch);
    sequences.advance(noise);
    unit.learn(moments_of(sequences.now, sequences.before));

    const Eigen::DiagonalMatrix<double, 2> scale(1, unit.sigma_y);
    const Matrix<double> now = scale * sequences.now.transpose(),
                         before = scale * sequences.before.transpose();
    const Matrix<double> rate = state.weights * now, gain = Matrix<double>::Ones(1, batch);
    // The toy computes the previous response with the current weights.
    if constexpr (requires { state.previous; }) state.previous = state.weights * before;
    rule.update(now, Response<double>(rate, gain), state);
    largest = std::max(largest, (state.weights.transpose() - unit.w).norm() / unit.w.norm());
  }
  return largest;
}

/// The largest deviation over the rules that the library has, three values of sigma_y and two of p.
inline double largest_deviation_from_library(std::uint64_t seed, int steps = 200) {
  double largest = 0;
  for (const double sigma_y : {0.1, 1.0, 10.0})
    for (const double flip : {0.0, 0.2}) {
      const auto compare = [&](Rule rule, const auto& library) {
        largest = std::max(largest,
                           deviation_from_library(library, Unit{rule, sigma_y}, flip, seed, steps));
      };
      const double eta = Unit{Rule::Lpl, sigma_y}.eta();
      const Plain decay{.weight_decay = 0.15};
      const auto lpl = [&](double predictive, double hebbian) {
        return Lpl<double>{{.eta = eta,
                            .predictive = predictive,
                            .hebbian = hebbian,
                            .decorrelation = 0,
                            .epsilon = variance_floor},
                           decay};
      };
      compare(Rule::Lpl, lpl(1, 1));
      compare(Rule::Hebbian, lpl(0, 1));
      compare(Rule::Predictive, lpl(1, 0));
      compare(Rule::Oja, Oja<double>{{.eta = eta}, decay});
    }
  return largest;
}

}  // namespace example
