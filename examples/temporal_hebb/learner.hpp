/// @file
/// Adapts a network of the library to the interface Learner.
#pragma once

#include <numeric>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/io/checkpoint.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"
#include "task.hpp"

namespace temporal_hebb {

using ErrorRule = hebb::Hebbian<float, hebb::Adam>;  // takes an error as its post
using TemporalRule = hebb::DifferentialHebbian<float, hebb::PostsynapticChange, hebb::Adam>;

/// A rule with the arm's learning rate, which falls along half a cosine.
template <typename Rule>
Rule rule_of(const Settings& settings) {
  Rule rule{.parameters = {.eta = float(settings.eta)}};
  rule.optimizer.schedule = {.total = settings.steps()};
  return rule;
}

template <typename Network>
class LearnerOf : public Learner {
 public:
  /// `lengthen` makes the inference of a probe long enough to measure the latency; `before` is
  /// called with the inputs of every training step.
  explicit LearnerOf(Network network, void (*lengthen)(Network&) = nullptr,
                     void (*before)(Network&, const hebb::Matrix<float>&) = nullptr)
      : network_(std::move(network)), lengthen_(lengthen), before_(before) {}

  void train(const hebb::Matrix<float>& x, const hebb::Matrix<float>& y,
             std::span<const Index> samples) override {
    if (before_) before_(network_, x);
    if constexpr (persistent)
      network_.train(x, y, samples);
    else
      network_.train(x, y);
  }

  const hebb::Matrix<float>& predict(const hebb::Matrix<float>& x) override {
    return network_.predict(x);
  }

  Probe probe(const hebb::Matrix<float>& x, const hebb::Matrix<float>& y) const override {
    Network network = network_;  // a copy, so that a probe does not change the network that learns
    infer(network, x, y);
    Probe result;
    for (std::size_t k = 0; k < network.layers.depth(); ++k) {
      result.feedback.push_back(network.feedback(k));
      result.changes.push_back(network.change(k));
    }
    if (network.planned_steps() > 0) {
      if (lengthen_) {
        lengthen_(network);
        infer(network, x, y);
      }
      result.error = network.output_errors.mean(0);
      result.latency = [network = std::make_shared<Network>(std::move(network))](double tolerance) {
        return network->latency(tolerance) * time_step(*network);
      };
    }
    return result;
  }

  double feedback(std::size_t layer) override { return network_.feedback(layer); }

  void watch(hebb::Monitor<float>& monitor, std::int64_t step,
             const hebb::Matrix<float>& x) override {
    const auto& layers = network_.layers;
    layers.forward(x, watched_);
    for (std::size_t k = 0; k < layers.depth(); ++k) {
      const hebb::View<float> response = k + 1 == layers.depth()
                                             ? hebb::View<float>(watched_.output())
                                             : watched_.rate[k + 1].topRows(layers.sizes[k + 1]);
      monitor.observe(step, k, "layer " + std::to_string(k + 1), response, layers.biased(k));
    }
  }

  Changes weights() const override {
    Changes result;
    for (std::size_t k = 0; k < network_.layers.depth(); ++k)
      result.push_back(network_.layers.biased(k));
    return result;
  }

  void take(const Changes& weights) override {
    for (std::size_t k = 0; k < weights.size(); ++k) network_.layers[k].state.weights = weights[k];
  }

  void save(const std::filesystem::path& file, const Measured& measured) override {
    hebb::save_checkpoint(file, network_, measured);
  }
  void load(const std::filesystem::path& file, const Measured& measured) override {
    hebb::load_checkpoint(file, network_, measured);
  }

 private:
  static constexpr bool persistent = requires(Network network) { network.start.samples; };

  /// The time of a step: under feedback control in the controller's time constants, else 1.
  static double time_step(const Network& network) {
    if constexpr (requires { network.parameters.dt; })
      return network.parameters.dt;
    else
      return 1;
  }

  /// The samples of a probe use the last persistent states.
  static void infer(Network& network, const hebb::Matrix<float>& x, const hebb::Matrix<float>& y) {
    if constexpr (persistent) {
      const std::vector<Index> numbers =
          hebb::range(network.start.samples - x.cols(), network.start.samples);
      network.infer(x, y, numbers);
    } else {
      network.infer(x, y);
    }
  }

  Network network_;
  hebb::Activity<float> watched_ = {};  // scratch space
  void (*lengthen_)(Network&);
  void (*before_)(Network&, const hebb::Matrix<float>&);
};

}  // namespace temporal_hebb
