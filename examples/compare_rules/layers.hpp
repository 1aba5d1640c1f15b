/// @file
/// Layers that are no dense layer with a rule alone: normalised weights, one winner, lateral
/// inhibition.
#pragma once

#include <Eigen/LU>
#include <string>
#include <utility>

#include "hebb/core/normalization.hpp"
#include "hebb/layers/dense_synapses.hpp"
#include "hebb/rules/anti_hebbian.hpp"

namespace compare_rules {

using namespace hebb;

/// A rule that grows without bound, with weights brought back to length 1 after every update.
template <RateRule Rule>
struct Normalised : Rule {
  void update(const View<float>& pre, const auto& post, typename Rule::State& state) const {
    Rule::update(pre, post, state);
    MultiplicativeNormalization{}.apply(state.weights);
  }
};

/// The unit whose weights are nearest to the input responds with 1, all others with 0.
struct Nearest {
  Matrix<float> respond(const Matrix<float>& drive, const Matrix<float>& weights) const {
    const Vector<float> half = 0.5f * weights.rowwise().squaredNorm();
    Matrix<float> rate = Matrix<float>::Zero(drive.rows(), drive.cols());
    for (Index c = 0; c < drive.cols(); ++c) {
      Index winner = 0;
      (drive.col(c) - half).maxCoeff(&winner);
      rate(winner, c) = 1;
    }
    return rate;
  }
  void learn(const Matrix<float>&) {}
  void each(auto&&) {}
};

/// Lateral weights that learn by an anti-Hebbian rule. The response settles at y = drive + W y, or
/// as the rule itself says.
template <RateRule Rule>
struct Inhibition {
  Rule rule;
  typename Rule::State state;

  Inhibition(const Rule& rule_, Index units)
      : rule(rule_), state(rule.init({.pre = units, .post = units})) {}

  Matrix<float> respond(const Matrix<float>& drive, const Matrix<float>&) const {
    constexpr int settling = 20;  // steps of a fifth of the time constant
    if constexpr (requires { rule.respond(drive, state, settling); })
      return rule.respond(drive, state, settling);
    else
      return (Matrix<float>::Identity(drive.rows(), drive.rows()) - state.weights)
          .partialPivLu()
          .solve(drive);
  }
  void learn(const Matrix<float>& rate) { rule.update(rate, rate, state); }
  void each(auto&& visit) {
    state.each([&](auto name, auto& value) { visit("lateral." + std::string(name), value); });
  }
};

/// Synapses that learn by a rule, and a competition between their neurons that makes the response.
template <RateRule Rule, typename Competition>
class Competing {
 public:
  using Scalar = float;

  Competing(const Rule& rule, Competition competition, Shape shape)
      : synapses_(rule, shape, Bias::none), competition_(std::move(competition)) {}

  void initialize(Random random, float scale) { synapses_.initialize(random, scale); }
  const Matrix<float>& forward(const View<float>& x) {
    pre_ = x;
    rate_ = competition_.respond(synapses_.state.weights * x, synapses_.state.weights);
    return rate_;
  }
  void learn() {
    synapses_.learn(pre_, rate_);
    competition_.learn(rate_);
  }
  void forget() {}  // no part of the state belongs to a sequence
  const Matrix<float>& response() const { return rate_; }
  const Matrix<float>& output() const { return rate_; }
  auto weights() const { return synapses_.weights(); }
  void each(auto&& visit) {
    synapses_.each(visit);
    competition_.each(visit);
  }

 private:
  DenseSynapses<Rule> synapses_;
  Competition competition_;
  Matrix<float> pre_, rate_;
};

}  // namespace compare_rules
