/// @file
/// Watches layers while they learn: norms, activity and dimension at an interval, and alarms that
/// name what goes wrong while it happens.
///
/// | symbol | code | meaning |
/// |---|---|---|
/// | \f$\|W\|\f$ | `weight_norm` | Frobenius norm of the weights |
/// | \f$\|\Delta W\|\f$ | `update_norm` | of their change per step since the last observation |
/// | \f$\mathrm{tr}(C)^2 / \|C\|^2\f$ | `dimension` | participation ratio of the responses |
///
/// Cost of an observation: three passes over the weights, and a participation ratio of the
/// responses, which allocates. Nothing is done between observations. The monitor keeps a copy of
/// the weights; it is no part of a checkpoint, so a resumed run observes anew.
///
/// ```cpp
/// Monitor<float> monitor({.interval = 50});
/// monitor.on_alarm = [](const Alarm& alarm) { std::cerr << alarm.sentence() << '\n'; };
/// for (...) {
///   network.train(x);
///   monitor.step(network.step(), network);
/// }
/// ```
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "hebb/analysis/metrics.hpp"

namespace hebb {

/// What can go wrong with a layer.
enum class Trouble {
  collapse,          ///< the responses fill hardly any dimension, or hardly vary any more
  dead_units,        ///< units that respond to no sample
  saturation,        ///< weights at their bounds
  exploding_update,  ///< changes that are large beside the weights, or are not finite
  vanishing_update   ///< changes that are small beside the weights
};

/// The name of a trouble, e.g. "dead units".
constexpr std::string_view trouble_name(Trouble trouble) {
  switch (trouble) {
    case Trouble::collapse:
      return "collapse";
    case Trouble::dead_units:
      return "dead units";
    case Trouble::saturation:
      return "saturation at bounds";
    case Trouble::exploding_update:
      return "exploding update";
    case Trouble::vanishing_update:
      return "vanishing update";
  }
  return "";
}

/// One observation of one layer.
struct Vitals {
  std::string layer;         ///< its name, as the monitor was told
  std::int64_t step = 0;     ///< learning steps until the observation
  double weight_norm = 0;    ///< Frobenius norm of the weights
  double update_norm = 0;    ///< per step; 0 at the first observation
  double mean_activity = 0;  ///< over units and samples
  double dead = 0;           ///< share of units without a response in `patience` observations
  double dimension = 0;      ///< participation ratio; 0 if the responses do not vary
  double spread = 0;     ///< root mean square of the responses' deviation from their units' means
  double at_bounds = 0;  ///< share of the weights at or beyond a bound
};

/// A trouble of a layer, with the measure that shows it and the limit that it passed.
struct Alarm {
  Trouble trouble;      ///< what is wrong
  std::string layer;    ///< name of the layer
  std::int64_t step;    ///< learning steps until the observation
  double value, limit;  ///< the measure, and the limit that it passed

  /// E.g. "layer 2, step 400: dead units: 0.75, limit 0.5".
  std::string sentence() const {
    return hebb::sentence(layer, ", step ", step, ": ", trouble_name(trouble), ": ", value,
                          ", limit ", limit);
  }
};

/// When an alarm is raised. Except for changes that explode, the limit must be passed in `patience`
/// successive observations.
struct MonitorParameters {
  std::int64_t interval = 100;  ///< steps between observations
  Index patience = 3;           ///< observations
  /// Before it only changes that explode are judged: while learning rates rise, responses may lose
  /// dimensions that they regain.
  std::int64_t first_step = 0;
  double least_dimension = 1.5;    ///< for layers of four units or more; also no more than at first
  double least_spread = 0.01;      ///< relative to the first observation
  double most_dead = 0.5;          ///< share of the units
  double most_at_bounds = 0.5;     ///< share of the weights
  double largest_update = 0.5;     ///< per step, relative to the norm of the weights before
  double smallest_update = 1e-10;  ///< the same
  double lower = -std::numeric_limits<double>::infinity();  ///< bound of the weights
  double upper = std::numeric_limits<double>::infinity();   ///< bound of the weights
};

/// Observes the layers of a network, or single layers. Every alarm is raised once, and again after
/// its cause was gone.
template <typename Scalar>
class Monitor {
 public:
  /// Called with every observation of a layer and with its weights, e.g. to save them.
  std::function<void(const Vitals&, const View<Scalar>& weights)> on_step;
  /// Called after `epoch` with its number and its score; returns whether to go on.
  std::function<bool(std::int64_t epoch, double score)> on_epoch;
  /// Called with every alarm.
  std::function<void(const Alarm&)> on_alarm;

  /// Throws InvalidParameter unless the interval and the patience are positive, and the lower bound
  /// is below the upper one.
  explicit Monitor(const MonitorParameters& parameters = {}) : parameters_(parameters) {
    require(parameters.interval > 0, "Monitor: the interval must be > 0, got ",
            parameters.interval);
    require(parameters.patience > 0, "Monitor: the patience must be > 0, got ",
            parameters.patience);
    require(parameters.lower < parameters.upper, "Monitor: lower must be below upper, got ",
            parameters.lower, " and ", parameters.upper);
  }

  /// True at the steps that are observed.
  bool due(std::int64_t step) const { return step % parameters_.interval == 0; }

  /// Observes every layer of a network if the step is due; the layers are named "layer 1" and so
  /// on. The network has for_each_layer(visit), which calls visit(layer, k), and its layers
  /// have response() and state.weights.
  void step(std::int64_t step, auto& network) {
    if (!due(step)) return;
    network.for_each_layer([&](auto& layer, std::size_t k) {
      observe(step, k, "layer " + std::to_string(k + 1), layer.response(), layer.state.weights);
    });
  }

  /// Observes one layer; `response` is units x samples. Throws ShapeError if the layer's number of
  /// units or its weights have another shape than before.
  void observe(std::int64_t step, std::size_t k, const std::string& name,
               const View<Scalar>& response, const View<Scalar>& weights) {
    if (layers_.size() <= k) layers_.resize(k + 1);
    Layer& layer = layers_[k];
    Vitals now{.layer = name, .step = step, .weight_norm = norm(weights)};
    const double before = norm(layer.weights);
    if (layer.weights.size() == 0) {
      layer.silent = Vector<Index>::Zero(response.rows());
    } else {
      require_shape<Scalar>(weights, layer.weights.rows(), layer.weights.cols(), "weights");
      require_shape<Scalar>(response, layer.silent.size(), response.cols(), "response");
      now.update_norm =
          norm(weights - layer.weights) / double(std::max<std::int64_t>(1, step - layer.step));
    }
    layer.weights = weights;
    layer.step = step;
    if (response.allFinite()) measure(response, layer, now);
    now.at_bounds = double((weights.array() <= Scalar(parameters_.lower) ||
                            weights.array() >= Scalar(parameters_.upper))
                               .count()) /
                    double(std::max<Index>(1, weights.size()));
    if (on_step) on_step(now, weights);
    judge(layer, now, response, before);
  }

  /// To be called after an epoch. Returns whether to go on, as on_epoch says; true without it.
  bool epoch(std::int64_t number, double score) { return !on_epoch || on_epoch(number, score); }

 private:
  struct Layer {
    Matrix<Scalar> weights = {};
    std::int64_t step = 0;
    double first_dimension = 0, first_spread = 0;
    Vector<Index> silent = {};         ///< observations without a response, per unit
    std::array<Index, 5> passed = {};  ///< successive observations beyond each limit
  };

  template <typename Derived>
  static double norm(const Eigen::MatrixBase<Derived>& values) {
    return std::sqrt(values.template cast<double>().squaredNorm());
  }

  void measure(const View<Scalar>& response, Layer& layer, Vitals& now) const {
    now.mean_activity = mean_activity<Scalar>(response);
    now.dimension = participation_ratio<Scalar>(response);
    now.spread = norm(centred<Scalar>(response)) / std::sqrt(double(response.size()));
    for (Index unit = 0; unit < response.rows(); ++unit)
      layer.silent(unit) =
          (response.row(unit).array() == Scalar(0)).all() ? layer.silent(unit) + 1 : 0;
    now.dead =
        double((layer.silent.array() >= parameters_.patience).count()) / double(response.rows());
  }

  /// `before` is the norm of the weights at the last observation; 0 if there was none.
  void judge(Layer& layer, const Vitals& now, const View<Scalar>& response, double before) {
    const MonitorParameters& p = parameters_;
    const auto check = [&](Trouble trouble, bool beyond, double value, double limit,
                           Index patience) {
      Index& passed = layer.passed[std::size_t(trouble)];
      const bool judged = trouble == Trouble::exploding_update || now.step >= p.first_step;
      passed = beyond && judged ? passed + 1 : 0;
      if (passed == patience && on_alarm) on_alarm({trouble, now.layer, now.step, value, limit});
    };
    if (!(before > 0)) layer.first_dimension = now.dimension, layer.first_spread = now.spread;
    // An untrained network may begin with few dimensions, as where all inputs share much.
    const bool flat = std::min(response.rows(), response.cols() - 1) >= 4 &&
                      now.dimension < p.least_dimension &&
                      now.dimension <= layer.first_dimension * (1 + 1e-6);
    const bool still = now.spread < p.least_spread * layer.first_spread;
    check(Trouble::collapse, flat || still, flat ? now.dimension : now.spread / layer.first_spread,
          flat ? p.least_dimension : p.least_spread, p.patience);
    check(Trouble::dead_units, now.dead > p.most_dead, now.dead, p.most_dead, 1);
    check(Trouble::saturation, now.at_bounds > p.most_at_bounds, now.at_bounds, p.most_at_bounds,
          p.patience);
    // Relative to the weights before: relative to those after, the change by weights that grow
    // exponentially would be at most their own norm. Weights that begin at zero have no such
    // measure.
    const double relative = before > 0 ? now.update_norm / before : 0;
    const bool finite = std::isfinite(relative) && std::isfinite(now.weight_norm);
    check(Trouble::exploding_update, !finite || relative > p.largest_update,
          finite ? relative : now.weight_norm, p.largest_update, 1);
    check(Trouble::vanishing_update, before > 0 && finite && relative < p.smallest_update, relative,
          p.smallest_update, p.patience);
  }

  MonitorParameters parameters_;
  std::vector<Layer> layers_;
};

/// Ends training when a score has not grown for some epochs. To be called by on_epoch.
struct EarlyStopping {
  std::int64_t patience = 5;  ///< epochs
  double least_gain = 0;      ///< by which a score must exceed the best one

  double best = -std::numeric_limits<double>::infinity();  ///< best score so far
  std::int64_t best_epoch = 0;                             ///< the epoch of `best`

  /// Takes the score of an epoch; returns whether to go on.
  bool operator()(std::int64_t epoch, double score) {
    if (score > best + least_gain) best = score, best_epoch = epoch;
    return epoch - best_epoch < patience;
  }
};

/// An observation as one line of JSON, without the line's end. Numbers that are not finite are
/// null.
inline std::string json_line(const Vitals& vitals) {
  std::string line = "{\"layer\":\"";
  for (const char c : vitals.layer)
    line += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  line += "\",\"step\":" + std::to_string(vitals.step);
  const auto add = [&](const char* name, double value) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
    line += std::string(",\"") + name +
            "\":" + (std::isfinite(value) ? std::string(digits, end) : std::string("null"));
  };
  add("weight_norm", vitals.weight_norm);
  add("update_norm", vitals.update_norm);
  add("mean_activity", vitals.mean_activity);
  add("dead", vitals.dead);
  add("dimension", vitals.dimension);
  add("spread", vitals.spread);
  add("at_bounds", vitals.at_bounds);
  return line + "}";
}

}  // namespace hebb
