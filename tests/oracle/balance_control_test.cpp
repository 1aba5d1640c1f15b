// Balance control beside its oracle.
#include "hebb/network/balance/balance_control.hpp"

#include <doctest/doctest.h>

#include "tests/oracle/balance_control.hpp"
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

template <typename Built>
void try_balance(Case& c, oracle::Loss kind) {
  Draw& draw = c.draw;
  Network net = Network::random(c, Activation::relu, 1);
  Built built(net.build<Hebb, hebb::Relu>());
  const double dt = c.note("dt", draw.uniform(0.01, 0.2));
  oracle::BalanceControl wanted{.alpha = draw.uniform(0.1, 0.9),
                                .g = draw.uniform(0, 1),
                                .proportional = draw.uniform(0, 0.5),
                                .integral_gain = draw.uniform(0, 1),
                                .leak = draw.uniform(0, 2),
                                .dt = dt,
                                .tau_e = dt * draw.uniform(1, 5),
                                .tau_i = dt * draw.uniform(1, 5),
                                .normalized = c.note("normalized", draw.chance(0.5)),
                                .from_rate = c.note("from rate", draw.chance(0.5)),
                                .kind = kind};
  built.parameters = {.balance = wanted.alpha,
                      .recurrence = wanted.g,
                      .proportional = wanted.proportional,
                      .integral = wanted.integral_gain,
                      .leak = wanted.leak,
                      .dt = dt,
                      .tau_excitatory = wanted.tau_e,
                      .tau_inhibitory = wanted.tau_i,
                      .normalized = wanted.normalized,
                      .balanced = wanted.from_rate ? hebb::Balanced::rate : hebb::Balanced::input};
  const Count most = built.stop.most = c.note("steps", draw.between(1, 12));
  double within = -1;
  if constexpr (requires { built.stop.tolerance; })
    built.stop.tolerance = within = c.note("tolerance", draw.uniform(0.005, 0.05));
  if constexpr (requires { built.feedback_path.weights; })
    for (auto& weights : built.feedback_path.weights) {
      wanted.fixed.push_back(draw.table(weights.rows(), weights.cols(), -1, 1));
      weights = matrix(wanted.fixed.back());
    }
  for (Count n = 0; n < 2; ++n) {
    const Table x = net.inputs(draw), y = net.targets(draw);
    wanted.balance(net.layers, x);
    c.agree("output", wanted.e.back(), table(built.predict(matrix(x))));
    wanted.infer(net.layers, x, y, most, within);
    built.infer(matrix(x), matrix(y));
    for (Count t = 0; t <= most; ++t) {
      const oracle::Dense norm = built.output_errors.norms.col(t);
      c.agree("norm", wanted.norms[std::size_t(t)], table(norm));
    }
    Tables changes;
    for (std::size_t k = 0; k < net.layers.depth(); ++k) {
      c.agree("state", wanted.e[k], table(built.state[k]));
      if (k < net.layers.hidden()) c.agree("inhibitory", wanted.i[k], table(built.inhibitory[k]));
      c.agree("sent", wanted.sent[k], table(built.feedback_input[k]));
      c.agree("feedback", oracle::mean_norm(wanted.sent[k]), built.feedback(k));
      const Table below = k == 0 ? x : oracle::BalanceControl::rectified(wanted.e[k - 1]);
      changes.push_back(mean_outer(wanted.error(net.layers, k), with_ones(below)));
      c.agree("change", changes[k], table(built.change(k)), 0.1);
    }
    built.learn();
    for (std::size_t k = 0; k < net.layers.depth(); ++k) net.land(k, changes[k]);
    net.compare(c, built.layers);
  }
}

}  // namespace

TEST_CASE("oracle: balance control with both kinds of feedback, losses and stopping rules") {
  using namespace hebb;
  oracle::check(oracle::try_family("balance_control", [](Case& c, Count n) {
    if (n % 2 == 0)
      return try_balance<BalanceControl<Hebb, CrossEntropy, JacobianFeedback, FixedSteps>>(
          c, oracle::Loss::cross_entropy);
    try_balance<BalanceControl<Hebb, SquaredError, FixedFeedback, Tolerance>>(
        c, oracle::Loss::squared);
  }));
}
