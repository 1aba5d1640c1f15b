// Networks whose errors are sent back, predictive coding and equilibrium propagation beside their
// oracles.
#include "tests/oracle/networks.hpp"

#include "hebb/network/backpropagation.hpp"
#include "hebb/network/equilibrium/equilibrium_propagation.hpp"
#include "hebb/network/predictive/predictive_coding.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "tests/oracle/equilibrium_propagation.hpp"
#include "tests/oracle/predictive_coding.hpp"

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
using Differential = hebb::DifferentialHebbian<double>;

template <typename Hidden, typename Loss, typename Feedback>
void try_sent_back(Case& c, Activation activation, oracle::Loss loss, oracle::SentBack::Path path) {
  Draw& draw = c.draw;
  Network net = Network::random(c, activation, 1);
  hebb::SentBackError<Hebb, Hidden, Loss, Feedback> built(net.build<Hebb, Hidden>());
  oracle::SentBack wanted{.path = path, .kind = loss};
  if constexpr (requires { built.feedback_path.weights; }) {
    built.initialize(hebb::Random{.seed = 1});  // makes the feedback weights
    for (std::size_t k = 0; k < net.layers.depth(); ++k)
      built.layers[k].state.weights = matrix(net.layers.weights[k]);
    for (auto& weights : built.feedback_path.weights) {
      wanted.feedback.push_back(draw.table(weights.rows(), weights.cols(), -1, 1));
      weights = matrix(wanted.feedback.back());
    }
  }
  for (Count t = 0; t < 3; ++t) {
    const Table x = net.inputs(draw), y = net.targets(draw);
    wanted.infer(net.layers, x, y);
    c.agree("output", wanted.drives.back(), table(built.predict(matrix(x))));
    const oracle::Dense output = matrix(wanted.drives.back()), target = matrix(y);
    c.agree("loss", oracle::loss(loss, wanted.drives.back(), y),
            Loss::template loss<double>(output, target));
    built.infer(matrix(x), matrix(y));
    for (std::size_t k = 0; k < net.layers.depth(); ++k) {
      c.agree("error", wanted.errors[k], table(built.errors[k]));
      c.agree("feedback", oracle::mean_norm(wanted.errors[k]), built.feedback(k));
    }
    for (std::size_t k = 0; k < net.layers.depth(); ++k) {
      const Table pre = k == 0 ? x : oracle::rates(activation, wanted.drives[k - 1]);
      const Table change = mean_outer(wanted.errors[k], with_ones(pre));
      c.agree("change", change, table(built.change(k)));
      net.land(k, change);
    }
    built.learn();
    net.compare(c, built.layers);
  }
}

/// What layer k learns: from errors, from the ends of an inference, or from its steps.
enum class From { errors, ends, trajectory };

Table change_of(const oracle::PredictiveCoding& wanted, const oracle::Layers& layers, std::size_t k,
                From from) {
  if (from == From::errors)
    return mean_outer(wanted.errors[k], with_ones(wanted.rates_below(layers, k)));
  const auto state = [&](std::size_t t) {
    if (t == 0) return wanted.forward[k];
    return k < layers.hidden() ? wanted.states_of_step[t][k] : wanted.y;
  };
  const auto pre = [&](std::size_t t) {
    return with_ones(wanted.rates_below(layers, k, wanted.states_of_step[t]));
  };
  const std::size_t last = wanted.states_of_step.size() - 1;
  if (from == From::ends) return mean_outer(oracle::minus(state(last), state(0)), pre(0));
  Table total;
  for (std::size_t t = 0; t < last; ++t) {
    const Table d = mean_outer(oracle::minus(state(t + 1), state(t)), pre(t));
    if (total.empty()) total = Table(d.rows, d.cols);
    for (std::size_t n = 0; n < d.data.size(); ++n) total.data[n] += d.data[n];
  }
  return total;
}

/// A step of inference drawn so that the states amplify a small change of the input little: where
/// inference is chaotic, rounding errors grow until the two sides differ.
double draw_beta(Case& c, oracle::PredictiveCoding wanted, const oracle::Layers& layers,
                 const Table& x, const Table& y, Count most, double within) {
  const double size = 1e-9;
  const Table moved = oracle::tabulate(x.rows, x.cols, [&](Count i, Count s) {
    return x(i, s) + (c.draw.chance(0.5) ? size : -size);
  });
  const auto near = [&](const Tables& a, const Tables& b) {
    double largest = 0, gap = 0;
    for (std::size_t k = 0; k < a.size(); ++k)
      for (std::size_t n = 0; n < a[k].data.size(); ++n) {
        largest = std::fmax(largest, std::fabs(a[k].data[n]));
        gap = std::fmax(gap, std::fabs(a[k].data[n] - b[k].data[n]));
      }
    return gap < 30 * size * largest;
  };
  for (wanted.beta = c.draw.uniform(0.05, 1); wanted.beta > 1e-3; wanted.beta /= 2) {
    oracle::PredictiveCoding other = wanted;
    wanted.infer(layers, x, y, most, within);
    other.infer(layers, moved, y, most, within);
    if (!wanted.doubtful && near(wanted.errors, other.errors) && near(wanted.state, other.state))
      break;
  }
  return c.note("beta", wanted.beta);
}

template <typename Built>
void try_coding(Case& c, Activation activation, oracle::PredictiveCoding::Inference inference,
                From from) {
  Draw& draw = c.draw;
  Network net = Network::random(c, activation, 2);
  using Rule = typename Built::Rule_;
  typename Built::Network built(net.template build<Rule, typename Built::Hidden_>());
  oracle::PredictiveCoding wanted{
      .inference = inference, .beta = 1, .shortening = c.note("shortening", draw.uniform(0.3, 1))};
  const Count most = c.note("steps", draw.between(1, 12));
  built.stop.most = most;
  double tolerance = -1;
  if constexpr (requires { built.stop.tolerance; })
    built.stop.tolerance = tolerance = c.note("tolerance", draw.uniform(0.005, 0.05));
  for (Count n = 0; n < 2; ++n) {
    const Table x = net.inputs(draw), y = net.targets(draw);
    wanted.beta = draw_beta(c, wanted, net.layers, x, y, most, tolerance);
    built.parameters = {wanted.beta, wanted.shortening};
    wanted.infer(net.layers, x, y, most, tolerance);
    built.infer(matrix(x), matrix(y));
    for (std::size_t k = 0; k < net.layers.depth(); ++k) {
      c.agree("error", wanted.errors[k], table(built.errors[k]));
      if (k < net.layers.hidden()) c.agree("state", wanted.state[k], table(built.state[k]));
      const Table& feedback = k < net.layers.hidden() ? wanted.back[k] : wanted.errors[k];
      c.agree("feedback", oracle::mean_norm(feedback), built.feedback(k));
    }
    for (Count t = 0; t <= most; ++t) {
      const oracle::Dense norm = built.output_errors.norms.col(t);
      c.agree("norm", wanted.norms[std::size_t(t)], table(norm));
    }
    c.agree("energy",
            oracle::tabulate(net.batch, 1,
                             [&](Count s, Count) { return wanted.energy[std::size_t(s)]; }),
            table(built.energy()));
    for (std::size_t k = 0; k < net.layers.depth(); ++k) {
      const Table change = change_of(wanted, net.layers, k, from);
      c.agree("change", change, table(built.change(k)));
      net.land(k, change);
    }
    built.learn();
    net.compare(c, built.layers);
  }
}

template <typename Rule, typename Hidden, typename Inference,
          typename Teaching = hebb::LearnFromErrors, typename Stop = hebb::FixedSteps>
struct CodingOf {
  using Rule_ = Rule;
  using Hidden_ = Hidden;
  using Network =
      hebb::PredictiveCoding<Rule, Hidden, hebb::CodingPolicies<Inference, Teaching, Stop>>;
};

/// The weights move after every step of inference.
void try_incremental_coding(Case& c) {
  Draw& draw = c.draw;
  Network net = Network::random(c, Activation::tanh, 2);
  hebb::IncrementalPredictiveCoding<Hebb> built(net.build<Hebb, hebb::Tanh>());
  oracle::PredictiveCoding wanted{.inference = oracle::PredictiveCoding::Inference::states,
                                  .beta = 1,
                                  .shortening = draw.uniform(0.3, 1)};
  built.stop.most = c.note("steps", draw.between(1, 8));
  for (Count n = 0; n < 2; ++n) {
    const Table x = net.inputs(draw), y = net.targets(draw);
    wanted.beta = draw_beta(c, wanted, net.layers, x, y, built.stop.most, -1);
    built.parameters = {wanted.beta, wanted.shortening};
    wanted.begin(net.layers, x, y);
    for (Count t = 0; t < built.stop.most; ++t) {
      wanted.step(net.layers, std::vector<bool>(std::size_t(net.batch), true));
      Tables changes;
      for (std::size_t k = 0; k < net.layers.depth(); ++k)
        changes.push_back(change_of(wanted, net.layers, k, From::errors));
      for (std::size_t k = 0; k < net.layers.depth(); ++k) net.land(k, changes[k]);
      wanted.predict(net.layers);
    }
    built.train(matrix(x), matrix(y));
    net.compare(c, built.layers);
  }
}

}  // namespace

TEST_CASE("oracle: backpropagation, feedback alignment and direct feedback alignment") {
  using Path = oracle::SentBack::Path;
  oracle::check(oracle::try_family("backpropagation", [](Case& c, Count n) {
    if (n % 3 == 0)
      try_sent_back<hebb::Tanh, hebb::SquaredError, hebb::TransposedWeights>(
          c, Activation::tanh, oracle::Loss::squared, Path::transposed);
    if (n % 3 == 1)
      try_sent_back<hebb::Sigmoid, hebb::CrossEntropy, hebb::RandomWeights>(
          c, Activation::sigmoid, oracle::Loss::cross_entropy, Path::random);
    if (n % 3 == 2)
      try_sent_back<hebb::Relu, hebb::SquaredError, hebb::DirectRandomWeights>(
          c, Activation::relu, oracle::Loss::squared, Path::direct);
  }));
}

TEST_CASE("oracle: predictive coding with all inferences and updates") {
  using Inference = oracle::PredictiveCoding::Inference;
  using namespace hebb;
  oracle::check(oracle::try_family("predictive_coding", [](Case& c, Count n) {
    switch (c.note("kind", n % 7)) {
      case 0:
        return try_coding<CodingOf<Hebb, Tanh, StateInference>>(c, Activation::tanh,
                                                                Inference::states, From::errors);
      case 1:
        return try_coding<CodingOf<Hebb, Sigmoid, FixedPredictionInference>>(
            c, Activation::sigmoid, Inference::fixed_predictions, From::errors);
      case 2:
        return try_coding<CodingOf<Hebb, Tanh, ErrorInference>>(c, Activation::tanh,
                                                                Inference::errors, From::errors);
      case 3:
        return try_coding<CodingOf<Hebb, Tanh, StateInference, LearnFromErrors, Tolerance>>(
            c, Activation::tanh, Inference::states, From::errors);
      case 4:
        return try_coding<CodingOf<Differential, Tanh, StateInference, LearnFromEndPoints>>(
            c, Activation::tanh, Inference::states, From::ends);
      case 5:
        return try_coding<CodingOf<Differential, Tanh, StateInference, LearnFromTrajectory>>(
            c, Activation::tanh, Inference::states, From::trajectory);
      default:
        return try_incremental_coding(c);
    }
  }));
}

namespace {

/// One network of equilibrium propagation through some batches; `signs` are those of its nudged
/// phases, {0, 0} if they are random.
template <typename Built>
void try_equilibrium(Case& c, std::array<double, 2> signs, bool open, oracle::Contrast::Kind kind) {
  Draw& draw = c.draw;
  using Rule = typename std::remove_reference_t<decltype(std::declval<Built&>().layers)>::Rule;
  Network net = Network::random(c, Activation::linear, 1);
  Built built(net.build<Rule, hebb::Tanh>());
  oracle::EquilibriumPropagation wanted{.epsilon = c.note("epsilon", draw.uniform(0.1, 1)),
                                        .open = open};
  const double beta = c.note("beta", draw.uniform(0.05, 1));
  const Count nudged = c.note("nudged", draw.between(1, 5)),
              most = c.note("free", draw.between(1, 10));
  built.parameters = {wanted.epsilon, beta, nudged};
  built.stop.most = most;
  double tolerance = -1;
  if constexpr (requires { built.stop.tolerance; })
    built.stop.tolerance = tolerance = draw.uniform(0.01, 0.1);
  const std::size_t depth = net.layers.depth();
  if constexpr (Built::untied) {
    built.initialize(hebb::Random{.seed = 1});  // makes the feedback weights
    for (std::size_t k = 0; k < depth; ++k)
      built.layers[k].state.weights = matrix(net.layers.weights[k]);
    for (auto& synapses : built.feedback_path.synapses) {
      auto& state = synapses.state;
      wanted.feedback.push_back(draw.table(state.weights.rows(), state.weights.cols(), -1, 1));
      state.weights = matrix(wanted.feedback.back());
    }
  }
  // Where samples have states of their own: twice as many samples as in a batch.
  Tables kept;
  constexpr bool persistent = requires { built.start.samples; };
  if constexpr (persistent) {
    built.start.samples = 2 * net.batch;
    for (std::size_t k = 0; k < depth; ++k) {
      kept.push_back(draw.table(net.sizes[k + 1], 2 * net.batch, 0.1, 0.9));
      built.start.states.push_back(matrix(kept.back()));
    }
  }

  for (Count n = 0; n < 2; ++n) {
    const Table x = net.inputs(draw), y = net.targets(draw);
    std::vector<Count> samples;
    Tables start;
    for (Count s = 0; s < net.batch && persistent; ++s)
      samples.push_back(draw.between(0, 1) * net.batch + s);
    for (std::size_t k = 0; k < depth; ++k)
      start.push_back(oracle::tabulate(net.sizes[k + 1], net.batch, [&](Count i, Count s) {
        return persistent ? kept[k](i, samples[std::size_t(s)]) : 0;
      }));
    const Tables free = wanted.settle(net.layers, x, y, start, most, tolerance, 0).back();
    for (std::size_t k = 0; k < depth && persistent; ++k)
      for (Count s = 0; s < net.batch; ++s)
        for (Count i = 0; i < free[k].rows; ++i)
          kept[k](i, samples[std::size_t(s)]) = free[k](i, s);

    built.infer(matrix(x), matrix(y), samples);
    std::array<double, 2> sign = signs;
    const auto phase = [&](double direction) {
      return wanted.settle(net.layers, x, y, free, nudged, -1, direction * beta);
    };
    const auto end_of = [&](std::size_t k) {
      return oracle::top(built.at(k, {0, nudged}), net.sizes[k + 1]);
    };
    if (sign[0] == 0) {
      // The library drew the sign: it is the one whose states agree with those of the library.
      double gap[2] = {0, 0};
      for (const int side : {0, 1}) {
        const Tables end = phase(1 - 2 * side).back();
        for (std::size_t k = 0; k < depth; ++k) {
          const Table distance = oracle::minus(end[k], end_of(k));
          for (const double value : distance.data) gap[side] += std::fabs(value);
        }
      }
      if (gap[0] == gap[1]) return;  // all units are at a border, whichever side it was
      sign[0] = gap[0] < gap[1] ? 1 : -1;
    }
    std::vector<std::vector<Tables>> phases{phase(sign[0])};
    if (sign[1] != 0) phases.push_back(phase(sign[1]));

    for (std::size_t k = 0; k < depth; ++k) {
      c.agree("free state", free[k], oracle::top(built.at(k, {}), net.sizes[k + 1]));
      c.agree("nudged state", phases[0].back()[k], end_of(k));
    }
    const double scale = 1 / (beta * (sign[0] - sign[1]));
    const auto change = [&](std::size_t pre, std::size_t post, bool bias) {
      oracle::Contrast contrast{.kind = kind};
      for (std::size_t p = 0; p < phases.size(); ++p) {
        Tables from, to;
        for (const Tables& states : phases[p]) {
          const Table& side = pre == depth ? x : states[pre];
          from.push_back(bias ? with_ones(side) : side);
          to.push_back(states[post]);
        }
        contrast.add(p == 0 ? scale : -scale, from, to);
      }
      return contrast.sum;
    };
    Tables changes, feedback_changes;
    for (std::size_t k = 0; k < depth; ++k) {
      changes.push_back(change(k == 0 ? depth : k - 1, k, true));  // `depth` stands for the input
      c.agree("change", changes[k], table(built.change(k)), std::fabs(scale));
      const Table above = k + 1 < depth ? oracle::minus(phases[0].back()[k + 1], free[k + 1])
                                        : oracle::minus(y, phases[0].back()[k]);
      // The positive end counts: with two phases, or one of either sign, it is that of the first.
      Table feedback = above;
      if (k + 1 < depth)
        feedback = wanted.feedback.empty() ? net.layers.back(k + 1, above)
                                           : oracle::product(wanted.feedback[k], above);
      else
        for (double& value : feedback.data) value *= beta;
      c.agree("feedback", Table(1, 1, oracle::mean_norm(feedback)), Table(1, 1, built.feedback(k)),
              0.1);
    }
    if constexpr (Built::untied)
      for (std::size_t k = 0; k + 1 < depth; ++k) {
        feedback_changes.push_back(change(k + 1, k, false));
        c.agree("feedback change", feedback_changes[k], table(built.feedback_change(k)),
                std::fabs(scale));
      }
    built.learn();
    for (std::size_t k = 0; k < depth; ++k) net.land(k, changes[k]);
    for (std::size_t k = 0; k < feedback_changes.size(); ++k) {
      oracle::Optimizer{}.apply(wanted.feedback[k], feedback_changes[k], net.etas[k + 1]);
      if constexpr (Built::untied)
        c.agree("feedback weights", wanted.feedback[k],
                table(built.feedback_path.synapses[k].state.weights));
    }
    net.compare(c, built.layers);

    Tables silent;
    for (std::size_t k = 0; k < depth; ++k) silent.push_back(Table(net.sizes[k + 1], net.batch));
    const Table predicted =
        wanted.settle(net.layers, x, y, silent, most, tolerance, 0).back().back();
    c.agree("prediction", predicted, table(built.predict(matrix(x))));
  }
}

}  // namespace

TEST_CASE(
    "oracle: equilibrium propagation with all nudges, borders, starts, updates and both kinds of "
    "feedback") {
  using Kind = oracle::Contrast::Kind;
  using namespace hebb;
  oracle::check(oracle::try_family("equilibrium_propagation", [](Case& c, Count n) {
    switch (c.note("kind", n % 6)) {
      case 0:
        return try_equilibrium<
            EquilibriumPropagation<Hebb, EquilibriumPolicies<LearnFromContrast, PositiveNudge>>>(
            c, {1, 0}, false, Kind::ends);
      case 1:
        return try_equilibrium<EquilibriumPropagation<
            Hebb, EquilibriumPolicies<LearnFromContrast, SymmetricNudge, PersistentStates,
                                      TiedFeedback, OpenClip, Tolerance>>>(c, {1, -1}, true,
                                                                           Kind::ends);
      case 2:
        return try_equilibrium<EquilibriumPropagation<
            Hebb, EquilibriumPolicies<LearnFromSymmetricChanges, SymmetricNudge>>>(
            c, {1, -1}, false, Kind::symmetric_changes);
      case 3:
        return try_equilibrium<UntiedEquilibriumPropagation<Differential, SymmetricNudge>>(
            c, {1, -1}, false, Kind::one_sided_ends);
      case 4:
        return try_equilibrium<EquilibriumPropagation<
            Differential, EquilibriumPolicies<LearnFromOneSidedChanges, PositiveNudge,
                                              PersistentStates, UntiedFeedback, OpenClip>>>(
            c, {1, 0}, true, Kind::one_sided_changes);
      default:
        return try_equilibrium<EquilibriumPropagation<Hebb>>(c, {0, 0}, false, Kind::ends);
    }
  }));
}
