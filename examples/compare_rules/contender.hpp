/// @file
/// A rule that takes part in the comparison: its name, its learning rate, and how it is trained.
#pragma once

#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/stop.hpp"
#include "compare_rules/data.hpp"
#include "hebb/data/batches.hpp"
#include "hebb/layers/dense.hpp"

namespace compare_rules {

/// Settings that all rules share.
struct Setting {
  Index units = 64, steps = 10'000, batch = 100, seeds = 3;
  /// Factors of each rule's starting rate, which are tried on validation images.
  std::vector<double> factors{0.1, 0.3, 1, 3, 10};
  bool choose = false;            // the factor with the best readout, instead of 1
  Index learn_images = 50'000;    // that the rules learn from
  Index readout_images = 10'000;  // of these, whose labels the readout learns from
};

/// The first weights of every rule: of length 1 on average.
constexpr float first_scale = 1.7320508f;

/// A trained layer.
struct Trained {
  Matrix<float> weights;
  double late_change = 0;  ///< of the weights in the last tenth of the steps, relative to them
  double seconds = 0;      ///< of learning
  std::function<Matrix<float>(const Matrix<float>&)> respond;  ///< its own response to inputs
};

struct Contender {
  std::string name;
  std::string response;  ///< of the layer while it learns, in words
  double eta = 0;        ///< the rate to start from
  /// Trains a layer with `factor` times that rate.
  std::function<Trained(const Data&, const Setting&, double factor, const Random&)> train;
};

/// Trains a layer on random batches. The images of each step depend on the seed alone, so that all
/// rules see the same.
template <LocalLayer Layer>
Trained train(Layer layer, Sees sees, const Data& data, const Setting& setting,
              const Random& random) {
  layer.initialize(random, first_scale);
  Batches batches({.samples = data.learn.size(), .batch = setting.batch, .random = random});
  Trained trained;
  Matrix<float> x;
  const Index late = setting.steps - std::max<Index>(1, setting.steps / 10);
  const auto begin = std::chrono::steady_clock::now();
  for (Index step = 0; step < setting.steps; ++step) {
    example::stop_if_asked();
    if (step == late) trained.weights = layer.weights();
    draw_batch(data, batches.next(), sees, random.stream("shifts").at(std::uint64_t(step)), x);
    layer.forward(x);
    layer.learn();
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  trained.seconds = time.count();
  const Matrix<float> before = std::move(trained.weights);
  trained.weights = layer.weights();
  const float length = trained.weights.norm(), change = (trained.weights - before).norm();
  trained.late_change = length > 0 ? double(change / length) : 0;
  const auto kept = std::make_shared<Layer>(std::move(layer));
  trained.respond = [kept](const Matrix<float>& inputs) { return kept->forward(inputs); };
  return trained;
}

/// A rule in a layer of any kind: make(shape, factor) returns the layer, with `factor` times its
/// rates.
template <typename Make>
Contender contender(const std::string& name, const std::string& response, double eta,
                    const Make& make, Sees sees = Sees::images) {
  return {name, response, eta,
          [=](const Data& data, const Setting& setting, double factor, const Random& random) {
            return train(make({.pre = data.inputs(), .post = setting.units}, float(factor)), sees,
                         data, setting, random);
          }};
}

/// A rule in a dense layer without a bias, whose neurons respond with `Activation`.
template <typename Activation, RateRule Rule>
Contender dense(const std::string& name, const Rule& rule, Sees sees = Sees::images) {
  const auto make = [rule](Shape shape, float factor) {
    Rule own = rule;
    own.parameters.eta *= factor;
    return Dense<Rule, Activation>(own, shape, Bias::none);
  };
  return contender(name, std::string(name_of<Activation>), double(rule.parameters.eta), make, sees);
}

}  // namespace compare_rules
