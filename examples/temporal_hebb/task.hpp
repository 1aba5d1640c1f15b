/// @file
/// Types that all arms of the comparison share: images, settings, and the interface of a learner.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "common/run_settings.hpp"
#include "hebb/analysis/monitor.hpp"
#include "hebb/core/types.hpp"
#include "hebb/data/batches.hpp"
#include "hebb/data/image_set.hpp"

namespace temporal_hebb {

using hebb::Index;
using Changes =
    std::vector<hebb::Matrix<float>>;  ///< weights or weight changes per layer: post x (pre + 1)

/// Disjoint parts. Settings, and the epoch of the reported test accuracy, are chosen on
/// `validation`.
struct Data {
  hebb::ImageSet learn, validation, test;
  std::string name = {}, digest = {};  ///< the data set's name, and a digest of all images
};

constexpr Index probe_images = 128;  ///< of the validation set, on which inference is measured

/// The activation of the hidden units. Equilibrium propagation clips them to [0, 1]; a balanced
/// unit is a `BalancedUnit`.
enum class Unit { sigmoid, tanh, clip, balanced };

/// What a pair of an excitatory and an inhibitory neuron makes of its input where inhibition takes
/// half of it: max(a, 0) / 2.
struct BalancedUnit {
  template <typename Scalar>
  static void respond(const hebb::View<Scalar>& drive, auto&& rate, auto&& gain) {
    rate = Scalar(0.5) * (drive.array() < Scalar(0)).select(Scalar(0), drive.array());
    gain = Scalar(0.5) * (drive.array() > Scalar(0)).template cast<Scalar>();
  }
};

enum class Loss { cross_entropy, squared };

/// A network without its method of learning.
struct Model {
  std::vector<Index> sizes;
  Unit unit = Unit::sigmoid;
  Loss loss = Loss::cross_entropy;
  double correct = 0.9, other = 0.1 / 9;  ///< targets of the labelled class and of the rest
};

/// The settings of an arm. Zeros stand for the defaults of its framework.
struct Settings {
  Index images = 0;  ///< to learn from, the first ones
  Index epochs = 0;
  Index batch = 0;
  double eta = 0;
  Index inference = 0;  ///< steps
  std::uint64_t seed = 1;

  Index steps() const { return epochs * (images / batch); }
};

/// The content of a checkpoint besides the network.
struct Measured {
  hebb::Matrix<double>& rows;
  double& seconds;  ///< spent learning
  hebb::Batches& batches;
  example::RunSettings& settings;

  void each(auto&& visit) const {
    visit("measured", rows);
    visit("seconds", seconds);
    batches.each(
        [&](std::string_view name, auto& value) { visit("batches." + std::string(name), value); });
    settings.each(visit);
  }
};

/// The interface of a network to the experiment, the same for all frameworks.
class Learner {
 public:
  /// Measurements of one inference on some samples.
  struct Probe {
    std::vector<double> feedback = {};  ///< mean norm per layer
    Changes changes = {};               ///< the weight change of every layer
    double error = 0;                   ///< mean norm of the output's error before inference
    std::function<double(double)> latency =
        {};  ///< the time until the error is below a tolerance; empty without inference
  };

  virtual ~Learner() = default;
  virtual void train(const hebb::Matrix<float>& x, const hebb::Matrix<float>& y,
                     std::span<const Index> samples) = 0;
  virtual const hebb::Matrix<float>& predict(const hebb::Matrix<float>& x) = 0;
  virtual Probe probe(const hebb::Matrix<float>& x, const hebb::Matrix<float>& y) const = 0;
  virtual double feedback(std::size_t layer) = 0;  ///< in the last training step
  /// Shows all layers to a monitor: their weights, and their responses to x in a sweep from the
  /// input to the output.
  virtual void watch(hebb::Monitor<float>& monitor, std::int64_t step,
                     const hebb::Matrix<float>& x) = 0;
  virtual Changes weights() const = 0;
  virtual void take(const Changes& weights) = 0;
  virtual void save(const std::filesystem::path& file, const Measured& measured) = 0;
  virtual void load(const std::filesystem::path& file, const Measured& measured) = 0;
};

/// One way of learning, by name.
struct Arm {
  std::string framework, rule, name, title;
  bool variant = false;  ///< run only with --all or by name
  Model model;
  Settings defaults;
  std::function<std::unique_ptr<Learner>(const Model&, const Settings&)> make;
  std::string error_form = {};  ///< the arm that a temporal rule's changes are compared with, on
                                ///< its own weights; or none
};

// The arms of each framework.
std::vector<Arm> sent_back_arms();
std::vector<Arm> control_arms();
std::vector<Arm> control_variants();
std::vector<Arm> balance_arms();
std::vector<Arm> coding_arms();
std::vector<Arm> equilibrium_arms();

/// The weight changes of backpropagation; for clipped units the gradient at the equilibrium, from
/// an infinitesimal symmetric nudge.
Changes gradient(const Model& model, const Changes& weights, const hebb::Matrix<float>& x,
                 const hebb::Matrix<float>& y);

/// The weight changes for Gauss-Newton targets: J^T (J J^T)^-1 times the output's error, as
/// potentials. Empty for clipped and for balanced units.
Changes gauss_newton(const Model& model, const Changes& weights, const hebb::Matrix<float>& x,
                     const hebb::Matrix<float>& y);

}  // namespace temporal_hebb
