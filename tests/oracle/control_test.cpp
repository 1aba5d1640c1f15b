// Feedback control and dendritic errors beside their oracles.
#include "hebb/network/control/feedback_control.hpp"
#include "hebb/network/dendritic/dendritic_error.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "tests/oracle/dendritic_error.hpp"
#include "tests/oracle/feedback_control.hpp"
#include "tests/oracle/networks.hpp"

using oracle::Activation;
using oracle::Case;
using oracle::Count;
using oracle::Draw;
using oracle::matrix;
using oracle::mean_outer;
using oracle::Network;
using oracle::Table;
using oracle::table;
using oracle::Tables;
using oracle::with_ones;

namespace {

using Hebb = hebb::Hebbian<double>;
using Control = oracle::FeedbackControl;

/// Inference and learning of one kind of network.
struct Kind {
  Activation activation;
  Control::Update update;
  Control::Error error;
  Control::Path path;
  bool strong;
  oracle::Loss loss;
  enum Dynamics { euler, exponential, instantaneous, closed } dynamics;
};

template <typename Built>
void try_control(Case& c, const Kind& kind) {
  Draw& draw = c.draw;
  using Rule = typename std::remove_reference_t<decltype(std::declval<Built&>().layers)>::Rule;
  Network net = Network::random(c, kind.activation, 1);
  const double dt = c.note("dt", draw.uniform(0.01, 0.1)),
               tau = c.note("tau", dt * draw.uniform(1, 6));
  const double gains[] = {dt / tau, 1 - std::exp(-dt / tau), 1, 1};
  const bool closed = kind.dynamics == Kind::closed;
  Control wanted{.steps = c.note("steps", draw.between(1, 10)),
                 .dt = dt,
                 .proportional = draw.uniform(0, 1),
                 // The closed form divides by it.
                 .leak = c.note("leak", draw.uniform(closed ? 1 : 0, closed ? 3 : 1)),
                 .filter = draw.chance(0.5) ? 0 : dt * draw.uniform(1, 5),
                 .gain = gains[kind.dynamics],
                 .closed_form = closed,
                 .strong = kind.strong,
                 .nudge = draw.uniform(0.05, 0.5),
                 .kind = kind.loss,
                 .path = kind.path,
                 .every = 1};
  c.note("filter", wanted.filter);
  typename Built::Parameters parameters{wanted.steps,        dt,          tau,
                                        wanted.proportional, wanted.leak, wanted.filter};
  Built built(net.build<Rule, typename Built::Hidden>(), parameters);
  if constexpr (requires { built.target.step_size; }) built.target.step_size = wanted.nudge;
  if constexpr (requires { built.feedback_path.every; })
    built.feedback_path.every = wanted.every = c.note("every", draw.between(1, 4));
  if (kind.path == Control::Path::fixed)
    if constexpr (requires { built.feedback_path.weights; }) {
      built.initialize(hebb::Random{.seed = 1});  // makes the feedback weights
      for (std::size_t k = 0; k < net.layers.depth(); ++k)
        built.layers[k].state.weights = matrix(net.layers.weights[k]);
      for (auto& weights : built.feedback_path.weights) {
        wanted.feedback.push_back(draw.table(weights.rows(), weights.cols(), -1, 1));
        weights = matrix(wanted.feedback.back());
      }
    }
  for (Count n = 0; n < 2; ++n) {
    const Table x = net.inputs(draw), y = net.targets(draw);
    wanted.infer(net.layers, x, y);
    built.infer(matrix(x), matrix(y));
    for (Count t = 0; t < Count(wanted.norms.size()); ++t) {
      const Table& norm = wanted.norms[std::size_t(t)];
      c.agree("output error",
              oracle::sum(norm.rows, [&](Count s) { return norm(s); }) / double(norm.rows),
              built.output_errors.mean(t));
    }
    const Tables sent = wanted.send(net.layers, wanted.all_gains(net.layers), wanted.mean_control);
    for (std::size_t k = 0; k < net.layers.depth(); ++k) {
      c.agree("state", wanted.v[k], table(built.state[k]));
      c.agree("apical", wanted.apical[k], table(built.apical[k]));
      if (closed)
        c.agree("feedback", oracle::mean_norm(wanted.apical[k]), built.feedback(k));
      else if (kind.path != Control::Path::jacobian)
        c.agree("feedback", oracle::mean_norm(sent[k]), built.feedback(k));
    }
    c.agree("condition 2", wanted.condition2(net.layers), built.condition2());
    for (std::size_t k = 0; k < net.layers.depth(); ++k)
      c.agree("change", wanted.change(net.layers, k, kind.update, kind.error),
              table(built.change(k)), 0.1);
    Tables changes;
    for (std::size_t k = 0; k < net.layers.depth(); ++k)
      changes.push_back(wanted.change(net.layers, k, kind.update, kind.error));
    for (std::size_t k = 0; k < net.layers.depth(); ++k) net.land(k, changes[k]);
    built.learn();
    net.compare(c, built.layers);
  }
}

template <typename Hidden, typename Stop>
void try_dendrites(Case& c, Activation activation) {
  Draw& draw = c.draw;
  Network net = Network::random(c, activation, 1);
  hebb::DendriticError<Hebb, Hidden, Stop> built(net.build<Hebb, Hidden>());
  oracle::DendriticError wanted{.alpha = draw.uniform(0, 0.6),
                                .interneuron_share = draw.uniform(0, 1),
                                .nudge = draw.uniform(0, 1),
                                .step = c.note("step", draw.uniform(0.3, 1)),
                                .top_down = {},
                                .lateral = {},
                                .inhibition = {}};
  built.parameters = {wanted.alpha, wanted.interneuron_share, wanted.nudge, wanted.step};
  const double lateral_eta = draw.uniform(0.01, 0.3), inhibition_eta = draw.uniform(0.01, 0.3);
  for (auto& synapses : built.lateral) synapses.rule.parameters.eta = lateral_eta;
  for (auto& synapses : built.inhibition) synapses.rule.parameters.eta = inhibition_eta;
  const Count most = built.stop.most = c.note("steps", draw.between(1, 10));
  double within = -1;
  if constexpr (requires { built.stop.tolerance; })
    built.stop.tolerance = within = c.note("tolerance", draw.uniform(0.005, 0.05));
  const bool predicts_itself = c.note("predicts itself", draw.chance(0.3));
  for (std::size_t k = 0; k < net.layers.hidden(); ++k) {
    const Count post = net.sizes[k + 1], above = net.sizes[k + 2];
    const double bound = std::sqrt(6 / double(post + above));
    wanted.top_down.push_back(draw.table(post, above, -bound, bound));
    wanted.lateral.push_back(draw.table(above, post + 1, -bound, bound));
    wanted.inhibition.push_back(draw.table(post, above, -bound, bound));
    if (predicts_itself) {
      wanted.lateral[k] = net.layers.weights[k + 1];
      for (std::size_t n = 0; n < wanted.top_down[k].data.size(); ++n)
        wanted.inhibition[k].data[n] = -wanted.top_down[k].data[n];
    }
    built.top_down[k] = matrix(wanted.top_down[k]);
    built.lateral[k].state.weights = matrix(wanted.lateral[k]);
    built.inhibition[k].state.weights = matrix(wanted.inhibition[k]);
  }
  if (predicts_itself) built.predict_self();
  for (Count n = 0; n < 2; ++n) {
    const Table x = net.inputs(draw), y = net.targets(draw);
    const oracle::Layers& layers = net.layers;
    wanted.infer(layers, x, y, most, within);
    built.infer(matrix(x), matrix(y));
    for (Count t = 0; t <= most; ++t) {
      const oracle::Dense norm = built.output_errors.norms.col(t);
      c.agree("norm", wanted.norms[std::size_t(t)], table(norm));
    }
    Tables changes, lateral_changes, inhibition_changes;
    for (std::size_t k = 0; k < layers.depth(); ++k) {
      c.agree("potential", wanted.u[k], table(built.state[k]));
      const Table error =
          oracle::minus(layers.rate_of(k, wanted.u[k]), layers.rate_of(k, wanted.v[k]));
      changes.push_back(
          mean_outer(error, with_ones(k == 0 ? x : layers.rate_of(k - 1, wanted.u[k - 1]))));
      c.agree("change", changes[k], table(built.change(k)), 0.1);
      c.agree("feedback",
              Table(1, 1, oracle::mean_norm(k < layers.hidden() ? wanted.apical[k] : error)),
              Table(1, 1, built.feedback(k)), 0.1);
      if (k == layers.hidden()) break;
      c.agree("apical", wanted.apical[k], table(built.apical[k]), 0.1);
      c.agree("interneuron", wanted.interneuron[k], table(built.interneuron[k]));
      const Table rate = layers.rate_of(k + 1, wanted.interneuron[k]);
      const Table surprise = oracle::minus(rate, layers.rate_of(k + 1, wanted.predicted[k]));
      lateral_changes.push_back(mean_outer(surprise, with_ones(layers.rate_of(k, wanted.u[k]))));
      inhibition_changes.push_back(mean_outer(wanted.apical[k], rate));
    }
    built.learn();
    for (std::size_t k = 0; k < layers.depth(); ++k) net.land(k, changes[k]);
    for (std::size_t k = 0; k < layers.hidden(); ++k) {
      oracle::Optimizer{}.apply(wanted.lateral[k], lateral_changes[k], lateral_eta);
      oracle::Optimizer{}.apply(wanted.inhibition[k], inhibition_changes[k], -inhibition_eta);
      c.agree("lateral", wanted.lateral[k], table(built.lateral[k].state.weights));
      c.agree("inhibition", wanted.inhibition[k], table(built.inhibition[k].state.weights));
    }
    net.compare(c, built.layers);
  }
}

}  // namespace

TEST_CASE("oracle: feedback control with all updates, feedback paths, targets and dynamics") {
  using Path = Control::Path;
  using Update = Control::Update;
  using Error = Control::Error;
  using enum oracle::Loss;
  using namespace hebb;
  oracle::check(oracle::try_family("feedback_control", [](Case& c, Count n) {
    switch (c.note("kind", n % 6)) {
      case 0:
        return try_control<FeedbackControl<
            Hebb, Sigmoid,
            ControlPolicies<EndPoints, WeightProduct, StrongTarget<CrossEntropy>, Euler>>>(
            c, {Activation::sigmoid,
                Update::end_points,
                {},
                Path::weight_product,
                true,
                cross_entropy,
                Kind::euler});
      case 1:
        return try_control<
            FeedbackControl<Hebb, Tanh,
                            ControlPolicies<TrajectorySum, FixedFeedback, WeakTarget<SquaredError>,
                                            ExponentialEuler>>>(c, {Activation::tanh,
                                                                    Update::trajectory_sum,
                                                                    {},
                                                                    Path::fixed,
                                                                    false,
                                                                    squared,
                                                                    Kind::exponential});
      case 2:
        return try_control<
            FeedbackControl<Hebb, Sigmoid,
                            ControlPolicies<SteadyState<NonlinearDifference>, JacobianFeedback,
                                            StrongTarget<SquaredError>, Instantaneous>>>(
            c, {Activation::sigmoid, Update::steady_state, Error::rates, Path::jacobian, true,
                squared, Kind::instantaneous});
      case 3:
        return try_control<
            FeedbackControl<Hebb, Tanh,
                            ControlPolicies<TimeAverage<GainedVoltageDifference>, JacobianFeedback,
                                            WeakTarget<CrossEntropy>, Euler>>>(
            c, {Activation::tanh, Update::time_average, Error::gained_voltages, Path::jacobian,
                false, cross_entropy, Kind::euler});
      case 4:
        return try_control<
            FeedbackControl<Hebb, Tanh,
                            ControlPolicies<SteadyState<VoltageDifference>, JacobianFeedback,
                                            StrongTarget<CrossEntropy>, ClosedForm>>>(
            c, {Activation::tanh, Update::steady_state, Error::voltages, Path::jacobian, true,
                cross_entropy, Kind::closed});
      default:
        return try_control<FeedbackControl<
            DifferentialHebbian<double>, Sigmoid,
            ControlPolicies<EndPoints, JacobianFeedback, WeakTarget<SquaredError>, ClosedForm>>>(
            c, {Activation::sigmoid,
                Update::end_points,
                {},
                Path::jacobian,
                false,
                squared,
                Kind::closed});
    }
  }));
}

TEST_CASE("oracle: dendritic errors") {
  oracle::check(oracle::try_family("dendritic_error", [](Case& c, Count n) {
    if (n % 2 == 0) return try_dendrites<hebb::Sigmoid, hebb::Tolerance>(c, Activation::sigmoid);
    try_dendrites<hebb::Tanh, hebb::FixedSteps>(c, Activation::tanh);
  }));
}
