/// @file
/// The curves of the rate rules. Every point comes from updates by the rule itself.
#pragma once

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <limits>
#include <string>

#include "common/file.hpp"
#include "curves/picture.hpp"
#include "hebb/core/random.hpp"
#include "hebb/rules/anti_hebbian.hpp"
#include "hebb/rules/bcm.hpp"
#include "hebb/rules/covariance.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/homeostatic_scaling.hpp"
#include "hebb/rules/instar.hpp"
#include "hebb/rules/krotov_hopfield.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "hebb/rules/oja_subspace.hpp"
#include "hebb/rules/sanger.hpp"
#include "hebb/rules/soft_hebb.hpp"

namespace curves {

using namespace hebb;
using Values = Matrix<double>;

inline Values one(double value) { return Values::Constant(1, 1, value); }

inline constexpr const char* post_rate = "postsynaptic rate y";
inline constexpr const char* change_by_eta = "Δw / η";

/// How a synapse with the presynaptic rate `pre` changes in one update, against the postsynaptic
/// rate. prepare(state) sets its weight and what the neuron remembers.
template <typename Rule>
Curve against_rate(const std::string& name, const Rule& rule, double pre, const auto& prepare) {
  Curve curve{name};
  for (int k = 0; k <= 40; ++k) {
    auto state = rule.init({.pre = 1, .post = 1});
    prepare(state);
    const Values rate = one(0.05 * k), gain = one(1);
    const double before = state.weights.value();
    rule.update(one(pre), Response<double>(rate, gain), state);
    curve.add(rate.value(), state.weights.value() - before);
  }
  return curve;
}

inline Picture hebbian() {
  Picture picture{post_rate, change_by_eta, {}};
  for (const auto& [name, pre] : {std::pair{"x = 2", 2.0}, {"x = 1", 1.0}, {"x = 0.5", 0.5}})
    picture.curves.push_back(
        against_rate(name, Hebbian<double>{{.eta = 1}}, pre, [](auto& /*state*/) {}));
  return picture;
}

inline Picture covariance() {
  Picture picture{post_rate, change_by_eta, {}};
  for (const auto& [name, pre] : {std::pair{"x = 2", 2.0}, {"x = 1", 1.0}, {"x = 0", 0.0}})
    picture.curves.push_back(
        against_rate(name, Covariance<double>{{.eta = 1, .tau = 1e9}}, pre, [](auto& state) {
          state.pre_mean = state.post_mean = Vector<double>::Constant(1, 1);
          state.pre_updates = state.post_updates = std::int64_t(1) << 60;  // long averages
        }));
  return picture;
}

inline Picture bcm() {
  Picture picture{post_rate, change_by_eta, {}};
  for (const auto& [name, threshold] :
       {std::pair{"θ = 0.5", 0.5}, {"θ = 1", 1.0}, {"θ = 1.5", 1.5}})
    picture.curves.push_back(against_rate(
        name, Bcm<double>{{.eta = 1, .initial_threshold = threshold}}, 1, [](auto& /*state*/) {}));
  return picture;
}

inline Picture lpl() {
  using Rule = Lpl<double, Causal, Plain, RunningStatistics>;
  const auto curve = [](const std::string& name, double predictive, double previous) {
    const Rule rule{{.eta = 1, .predictive = predictive, .decorrelation = 0},
                    {},
                    {.tau = std::numeric_limits<double>::infinity()}};
    return against_rate(name, rule, 1, [&](auto& state) {
      state.moments = {one(1), one(0.5)};
      state.previous = one(previous);
    });
  };
  return {post_rate,
          change_by_eta,
          {curve("no prediction", 0, 0), curve("z′ = 0.5", 1, 0.5), curve("z′ = 1", 1, 1),
           curve("z′ = 1.5", 1, 1.5)}};
}

inline Picture homeostatic_scaling() {
  const auto curve = [](const std::string& name, double weight) {
    return against_rate(name, HomeostaticScaling<double>{{.eta = 1, .tau = 1}}, 1,
                        [&](auto& state) { state.weights.setConstant(weight); });
  };
  return {post_rate, change_by_eta, {curve("w = 2", 2), curve("w = 1", 1), curve("w = 0.5", 0.5)}};
}

// Weights of neurons with two inputs, in the plane of these inputs.

/// An elongated cloud of inputs around the origin.
inline Values elongated_cloud() {
  Values inputs = Random{.seed = 1}.normal<double>(2, 80);
  inputs.row(0) *= 0.7;
  inputs.row(1) *= 0.25;
  return Eigen::Rotation2D<double>(0.5).matrix() * inputs;
}

inline Curve cloud_of(const Values& inputs) {
  Curve curve{.name = "", .as = Draw::cloud};
  for (Index c = 0; c < inputs.cols(); ++c) curve.add(inputs(0, c), inputs(1, c));
  return curve;
}

/// The weights of every neuron while the rule learns. respond(inputs, weights) is what the neurons
/// answer.
template <typename Rule>
Picture paths(const Rule& rule, const Values& inputs, const Values& weights, const auto& respond) {
  Picture picture{"input 1, weight 1", "input 2, weight 2", {cloud_of(inputs)}, 1.5};
  for (Index i = 0; i < weights.rows(); ++i)
    picture.curves.push_back({.name = "neuron " + std::to_string(i + 1), .as = Draw::path});
  auto state = rule.init({.pre = 2, .post = weights.rows()});
  state.weights = weights;
  for (int update = 0; update <= 2000; ++update) {
    if (update % (update < 200 ? 8 : 200) == 0)  // first it moves fast
      for (Index i = 0; i < weights.rows(); ++i)
        picture.curves[std::size_t(i) + 1].add(state.weights(i, 0), state.weights(i, 1));
    rule.update(inputs, respond(inputs, state.weights), state);
  }
  return picture;
}

inline constexpr auto linear = [](const Values& x, const Values& w) -> Values { return w * x; };

inline Picture oja() {
  const Values weights{{0.2, -0.9}, {-0.1, 0.3}, {1.3, -0.6}};
  return paths(Oja<double>{{.eta = 0.1}}, elongated_cloud(), weights, linear);
}

inline const Values two_neurons{{0.1, -0.5}, {0.5, -0.6}};

inline Picture sanger() {
  return paths(Sanger<double>{{.eta = 0.1}}, elongated_cloud(), two_neurons, linear);
}

inline Picture oja_subspace() {
  return paths(OjaSubspace<double>{{.eta = 0.1}}, elongated_cloud(), two_neurons, linear);
}

/// Two clusters of inputs; the neuron with the greater drive is active.
inline Picture instar() {
  Values inputs = 0.15 * Random{.seed = 1}.normal<double>(2, 80);
  inputs.leftCols(40).colwise() += Vector<double>{{0.9, 0.3}};
  inputs.rightCols(40).colwise() += Vector<double>{{-0.6, 0.6}};
  const Values weights{{0.3, -0.5}, {-0.3, -0.4}};
  return paths(Instar<double>{{.eta = 0.01}}, inputs, weights,
               [](const Values& x, const Values& w) {
                 const Values drive = w * x;
                 Values active = Values::Zero(drive.rows(), drive.cols());
                 for (Index c = 0, winner; c < drive.cols(); ++c) {
                   drive.col(c).maxCoeff(&winner);
                   active(winner, c) = 1;
                 }
                 return active;
               });
}

// Several neurons.

/// The changes of neurons with one input of rate 1 and no weights yet, while the drive of the first
/// varies from `low` to `high`. The drives of the others are given.
template <typename Rule>
std::vector<Curve> against_drive(const Rule& rule, const std::vector<std::string>& names,
                                 const std::vector<double>& others, double low, double high) {
  std::vector<Curve> curves;
  for (const std::string& name : names) curves.push_back({name});
  for (int k = 0; k <= 120; ++k) {
    const double drive = low + (high - low) * (k + 0.5) / 121;
    Values drives(Index(names.size()), 1);
    drives(0) = drive;
    for (std::size_t i = 0; i < others.size(); ++i) drives(Index(i) + 1) = others[i];
    auto state = rule.init({.pre = 1, .post = drives.rows()});
    rule.update(one(1), drives, state);
    for (std::size_t i = 0; i < names.size(); ++i) curves[i].add(drive, state.weights(Index(i)));
  }
  return curves;
}

inline Picture soft_hebb() {
  const SoftHebb<double> soft{{.eta = 1}};
  const SoftHebb<double, SoftAntiHebbian> anti{{.eta = 1}};
  Picture picture{"drive of neuron 1 (of neuron 2: 1)", change_by_eta,
                  against_drive(soft, {"neuron 1", "neuron 2"}, {1}, -3, 5)};
  for (const Curve& curve : against_drive(anti, {"1, anti-Hebbian", "2, anti-Hebbian"}, {1}, -3, 5))
    picture.curves.push_back(curve);
  return picture;
}

inline Picture krotov_hopfield() {
  return {"drive of neuron 1 (of 2 and 3: 1, 0.5)", change_by_eta,
          against_drive(KrotovHopfield<double, Plain>{{.eta = 1}},
                        {"neuron 1", "neuron 2", "neuron 3"}, {1, 0.5}, 0, 1.5)};
}

/// The change of a lateral weight against the share of samples in which both neurons are active.
inline Picture foldiak() {
  Picture picture{"share of samples with both active", change_by_eta, {}};
  for (const auto& [name, target] : {std::pair{"p = 1/8", 0.125}, {"p = 1/4", 0.25}}) {
    Curve curve{name};
    for (Index both = 0; both <= 120; both += 4) {
      const Foldiak<double> rule{{.eta = 1, .target_rate = target}};
      auto state = rule.init({.pre = 2, .post = 2});
      state.weights(0, 1) = -1;
      Values rates = Values::Zero(2, 1000);
      rates.leftCols(both).setOnes();
      rule.update(rates, rates, state);
      curve.add(double(both) / 1000, state.weights(0, 1) + 1);
    }
    picture.curves.push_back(curve);
  }
  return picture;
}

/// The correlation of two responses while their lateral weights learn.
inline Picture linear_anti_hebbian() {
  Picture picture{"updates", "correlation of the responses", {}};
  for (const double correlation : {0.9, 0.5, -0.5}) {
    Curve curve{"drives: " + example::fixed(correlation, 1)};
    const LinearAntiHebbian<double> rule{{.eta = 0.05}};
    auto state = rule.init({.pre = 2, .post = 2});
    Values drives = Random{.seed = 1}.normal<double>(2, 2000);
    drives.row(1) =
        correlation * drives.row(0) + std::sqrt(1 - correlation * correlation) * drives.row(1);
    for (int update = 0; update <= 100; ++update) {
      const Values settled = Values::Identity(2, 2) - state.weights,
                   rates = settled.lu().solve(drives), squares = rates * rates.transpose();
      curve.add(update, squares(0, 1) / std::sqrt(squares(0, 0) * squares(1, 1)));
      rule.update(rates, rates, state);
    }
    picture.curves.push_back(curve);
  }
  return picture;
}

/// The change by a pulse of the input and one of the neuron, against the time between them.
template <typename Form>
Curve by_two_pulses(const std::string& name) {
  const DifferentialHebbian<double, Form> rule{{.eta = 1}};
  const auto pulse = [](double time) { return one(std::exp(-time * time / 50)); };
  Curve curve{name};
  for (int lag = -30; lag <= 30; ++lag) {
    auto state = rule.init({.pre = 1, .post = 1});
    for (int time = -60; time <= 60; ++time) rule.update(pulse(time), pulse(time - lag), state);
    curve.add(lag, state.weights.value());
  }
  return curve;
}

inline Picture differential_hebbian() {
  return {"steps from the pulse of pre to that of post",
          change_by_eta,
          {by_two_pulses<PostsynapticChange>("x dy"), by_two_pulses<BothChange>("dx dy")}};
}

}  // namespace curves
