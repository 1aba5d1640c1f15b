#include <doctest/doctest.h>

#include "hebb/core/digest.hpp"
#include "tests/network/control/controlled.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;
using namespace controlled;

namespace {

template <typename Update, typename Hidden = Sigmoid>
using Direct = FeedbackControl<Rule, Hidden, ControlPolicies<Update>>;

}  // namespace

TEST_CASE(
    "spikes: the mean change of sampled STDP is sum K(k) r_post[t + k] r_pre[t], with held rates "
    "and with silence outside") {
  const Index steps = 12, draws = 20000;
  const StdpWindow window{.decay = 0.7};
  const Matrix<double> rates = Random{.seed = 10}.uniform<double>(2, steps);  // post, pre
  const auto expected = [&](bool held, int sign) {
    double sum = 0;
    const auto at = [&](Index i, Index t) { return rates(i, std::clamp<Index>(t, 0, steps - 1)); };
    for (Index t = held ? -100 : 0; t < (held ? steps + 100 : steps); ++t)
      for (Index other = held ? t - 100 : 0; other < (held ? t + 101 : steps); ++other)
        sum += window(sign * (other - t)) * at(0, other) * at(1, t);
    return sum;
  };
  Matrix<double> spikes(2, steps), answer;
  for (const bool held : {true, false}) {
    const double share = held ? HeldRates::share : Silence::share;
    double sum = 0, squares = 0;
    for (Index draw = 0; draw < draws; ++draw) {
      draw_spikes<double>(
          2, rates, Random{.seed = 11}.stream("spikes", held).at(std::uint64_t(draw)), spikes);
      window.filter(spikes.topRows(1), share * rates.col(0).head(1),
                    share * rates.col(steps - 1).head(1), answer);
      const double change =
          answer.row(0).head(steps).dot(spikes.row(1)) +
          share * (answer(0, steps) * rates(1, 0) + answer(0, steps + 1) * rates(1, steps - 1));
      sum += change;
      squares += change * change;
    }
    const double mean = sum / double(draws),
                 error = std::sqrt((squares / double(draws) - mean * mean) / double(draws));
    CHECK(std::abs(mean - expected(held, 1)) < 3 * error);
    CHECK(std::abs(mean - expected(held, -1)) > 3 * error);  // the window inverted in time
    CHECK(std::abs(mean - expected(!held, 1)) >
          3 * error);  // the other rates outside the inference
  }
}

namespace {

/// What the window makes of a postsynaptic course and of presynaptic rates: the expected change, in
/// units of the differential Hebbian sum of (post[t + 1] - post[t]) pre[t].
double learned(const StdpWindow& window, double share, const Matrix<double>& post,
               const auto& pre) {
  const Index steps = post.cols();
  Matrix<double> answer;
  window.filter(post, share * post.col(0), share * post.col(steps - 1), answer);
  double stdp = share * (answer(0, steps) * pre(0) + answer(0, steps + 1) * pre(steps - 1)),
         differential = 0;
  for (Index t = 0; t < steps; ++t) stdp += answer(0, t) * pre(t);
  for (Index t = 0; t + 1 < steps; ++t) differential += (post(t + 1) - post(t)) * pre(t);
  return stdp / differential;
}

}  // namespace

TEST_CASE(
    "spikes: on a long slow ramp STDP learns 2 d / (1 - d) times the differential Hebbian sum; "
    "with silence outside, half of it") {
  const Index steps = 20000;
  const StdpWindow window{.decay = 0.9};
  CHECK(window.gain() == doctest::Approx(18));
  Matrix<double> post(1, steps);
  for (Index t = 0; t < steps; ++t) post(t) = 0.2 + 0.6 * double(t) / double(steps - 1);
  const auto still = [](Index) { return 0.5; };
  const auto falling = [&](Index t) { return 0.8 - 0.6 * double(t) / double(steps - 1); };
  CHECK(learned(window, HeldRates::share, post, still) == doctest::Approx(18).epsilon(0.002));
  CHECK(learned(window, HeldRates::share, post, falling) == doctest::Approx(18).epsilon(0.002));
  CHECK(learned(window, Silence::share, post, still) == doctest::Approx(9).epsilon(0.002));
  CHECK(learned(window, Silence::share, post, falling) ==
        doctest::Approx(18).epsilon(0.002));  // both ends have the same product of rates
}

TEST_CASE(
    "spikes: held rates learn exactly the whole change of a short inference with a constant "
    "presynaptic side") {
  const Index steps = 41;
  Matrix<double> post(1, steps);
  for (const double tau : {2.0, 4.0, 16.0, 60.0})
    for (const double decay : {0.7, 0.9416}) {
      for (Index t = 0; t < steps; ++t) post(t) = 0.2 + 0.3 * (1 - std::exp(-double(t) / tau));
      const StdpWindow window{.decay = decay};
      CHECK(std::abs(learned(window, HeldRates::share, post, [](Index) { return 0.3; }) /
                         window.gain() -
                     1) < 1e-12);
      CHECK(learned(window, Silence::share, post, [](Index) { return 0.3; }) / window.gain() < 0.6);
    }
}

TEST_CASE(
    "feedback control: the mean change of sampled STDP is gain times the differential Hebbian "
    "change") {
  Batch batch;
  batch.x = batch.x.cwiseAbs() / 3;
  auto net = network<Direct<SpikeSampled<>>>({.steps = 100, .dt = 0.01, .tau = 0.1});
  net.update = {.window = {.decay = 0.7}, .samples = 1600, .random = {.seed = 12}};
  auto exact = network<Direct<TrajectorySum>>({.steps = 100, .dt = 0.01, .tau = 0.1});
  net.infer(batch.x, batch.y);
  exact.infer(batch.x, batch.y);
  const double gain = net.update.window.gain();
  for (std::size_t k = 0; k < 2; ++k)
    CHECK((net.change(k) - gain * exact.change(k)).norm() < 0.3 * gain * exact.change(k).norm());
  CHECK(cosine<double>(net.change(2), exact.change(2)) > 0.9);  // the readout spikes at its softmax

  const Matrix<double> first = net.change(2);
  net.infer(batch.x, batch.y);
  CHECK(net.change(2) == first);  // the same spikes for the same step
  net.learn();
  net.infer(batch.x, batch.y);
  CHECK(net.change(2) != first);
}

TEST_CASE(
    "feedback control: held rates learn the whole differential Hebbian change in the default "
    "inference, silence about half") {
  Batch batch;
  batch.x = batch.x.cwiseAbs() / 3;
  const auto share = [&](auto net) {
    auto exact = network<Direct<TrajectorySum>>();
    net.update.samples = 2000;
    net.update.random = {.seed = 15};
    net.infer(batch.x, batch.y);
    exact.infer(batch.x, batch.y);
    const Matrix<double> whole = net.update.window.gain() * exact.change(0);  // of a constant input
    return net.change(0).cwiseProduct(whole).sum() / whole.squaredNorm();
  };
  CHECK(std::abs(share(network<Direct<SpikeSampled<>>>()) - 1) < 0.05);
  CHECK(share(network<Direct<SpikeSampled<Silence>>>()) < 0.6);
}

TEST_CASE("feedback control: the input spikes at input_gain x + input_offset") {
  const Batch batch;
  auto net = network<Direct<SpikeSampled<>>>();
  auto exact = network<Direct<TrajectorySum>>();
  net.update.samples = 2000;
  net.update.input_gain = 0.1;
  net.update.input_offset = 0.5;
  net.infer(batch.x, batch.y);
  exact.infer(batch.x, batch.y);
  Matrix<double> change(7, 6), rates(6, 6);
  Activity<double> before;
  exact.layers.forward(batch.x, before);
  change = exact.rate(0) - before.rate[1].topRows(7);
  rates << 0.1 * batch.x.array() + 0.5, Matrix<double>::Ones(1, 6);
  const Matrix<double> expected = net.update.window.gain() * change * rates.transpose() / 6;
  CHECK((net.change(0) - expected).norm() < 0.1 * expected.norm());
  rates.topRows(5) = batch.x.cwiseAbs() / 2;
  CHECK((net.change(0) - net.update.window.gain() * change * rates.transpose() / 6).norm() >
        0.2 * expected.norm());
}

TEST_CASE("feedback control: spikes need rates in [0, 1]; an error names the layer") {
  const Batch batch;
  auto net = network<Direct<SpikeSampled<>>>();
  CHECK_THROWS_WITH_AS(net.infer(-batch.x.cwiseAbs(), batch.y),
                       doctest::Contains("a rate of the input is -"), InvalidParameter);
  net.update.input_gain = 0.1;
  net.update.input_offset = 0.5;
  CHECK_NOTHROW(net.infer(batch.x, batch.y));
  auto signed_rates = network<Direct<SpikeSampled<>, Tanh>>();
  CHECK_THROWS_WITH_AS(signed_rates.infer(batch.x.cwiseAbs() / 4, batch.y),
                       doctest::Contains("a rate of layer 0 is -"), InvalidParameter);
  net.update.window.decay = 1;
  CHECK_THROWS_AS(net.infer(batch.x, batch.y), InvalidParameter);
}

TEST_CASE(
    "feedback control: the same spikes, and weights of the same bits, for 1, 2 and 3 threads") {
  const Matrix<double> x = Random{.seed = 13}.uniform<double>(5, 150),
                       y = Random{.seed = 14}.uniform<double>(3, 150);
  CHECK(same_for_all_thread_counts([&] {
    auto net = network<Direct<SpikeSampled<>>>();
    for (int step = 0; step < 2; ++step) net.train(x, y);
    return digest(net);
  }));
}
