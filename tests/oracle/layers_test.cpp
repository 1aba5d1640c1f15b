// LPL in all its forms, and layers that learn by it and by other rules, beside their oracles.
#include "tests/oracle/layers.hpp"

#include "hebb/core/optimizer/momentum.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/rules/covariance.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "tests/oracle/hebbian_family.hpp"
#include "tests/oracle/library.hpp"
#include "tests/oracle/lpl.hpp"

using oracle::Activation;
using oracle::Case;
using oracle::Count;
using oracle::Dense;
using oracle::Draw;
using oracle::matrix;
using oracle::Sizes;
using oracle::Table;
using oracle::table;

namespace {

template <typename Pairing, typename Statistics>
void try_lpl(Case& c, oracle::Lpl wanted, const Statistics& statistics) {
  Draw& draw = c.draw;
  const Sizes n = Sizes::random(c);
  oracle::Optimizer optimizer = oracle::Optimizer::random(draw);
  optimizer.kind = oracle::Optimizer::Kind::momentum;
  const double eta = c.note("eta", draw.scale(1e-3, 0.2));
  wanted.places = c.note("places", draw.chance(0.5) ? 1 : draw.between(2, 4));
  wanted.predictive = draw.uniform(0, 2);
  wanted.hebbian = draw.uniform(0, 2);
  wanted.decorrelation = draw.chance(0.2) ? 0 : draw.uniform(0, 20);
  wanted.epsilon = draw.scale(1e-2, 1);
  using Rule = hebb::Lpl<double, Pairing, hebb::Momentum, Statistics>;
  const Rule rule{
      .parameters = {eta, wanted.predictive, wanted.hebbian, wanted.decorrelation, wanted.epsilon},
      .optimizer = {optimizer.momentum,
                    optimizer.weight_decay,
                    {optimizer.schedule.warmup, optimizer.schedule.total,
                     optimizer.schedule.floor}},
      .statistics = statistics};
  auto state = rule.init({.pre = n.pre, .post = n.post});
  Table w = draw.table(n.post, n.pre, -1, 1);
  state.weights = matrix(w);
  const bool in_halves = c.note("halves", draw.chance(0.3));
  Count samples = n.batch > 7 ? draw.between(8, 20) : n.batch;
  const Count steps = draw.between(2, 5);
  for (Count t = 0; t < steps; ++t) {
    if (draw.chance(0.2)) {  // another sequence, with batches of another size
      rule.forget(state);
      wanted.previous = {};
      samples = c.note("samples", draw.between(1, 7));
    }
    const Count columns = wanted.views * samples * wanted.places;
    const Table x = draw.table(n.pre, columns, -1, 1), z = draw.table(n.post, columns, -1, 1);
    const Table slope = draw.table(n.post, columns, 0, 2);
    const Dense rate_matrix = matrix(z), gain_matrix = matrix(slope),
                before = matrix(wanted.previous);
    const hebb::View<double> rate = rate_matrix, gain = gain_matrix;
    const hebb::Response<double> response(rate, gain, wanted.places);
    const oracle::Lpl::Loss loss = wanted.loss(z, wanted.previous);
    const auto found = rule.loss(response, before);
    c.agree("predictive loss", loss.predictive, found.predictive);
    c.agree("Hebbian loss", loss.hebbian, found.hebbian);
    c.agree("decorrelation loss", loss.decorrelation, found.decorrelation);
    optimizer.apply(w, wanted.step(x, z, slope), eta);
    oracle::learn(rule, in_halves, matrix(x), response, state);
    c.agree("weights", w, table(state.weights));
  }
}

template <typename Pairing>
void try_lpl_statistics(Case& c, Count views, Count which) {
  oracle::Lpl wanted{.views = views, .statistics = oracle::Lpl::Statistics(which)};
  if (which == 0) try_lpl<Pairing>(c, wanted, hebb::BatchStatistics{});
  if (which == 1) try_lpl<Pairing>(c, wanted, hebb::PreviousBatchStatistics{});
  if (which == 2) {
    wanted.tau = c.note("tau", c.draw.uniform(1, 10));
    try_lpl<Pairing>(c, wanted, hebb::RunningStatistics{wanted.tau});
  }
}

}  // namespace

TEST_CASE("oracle: LPL in both pairings with all statistics, one place and several") {
  oracle::check(oracle::try_family("lpl", [](Case& c, Count n) {
    if (n % 2 == 0) return try_lpl_statistics<hebb::Causal>(c, 1, n / 2 % 3);
    try_lpl_statistics<hebb::Symmetric>(c, 2, n / 2 % 3);
  }));
}

namespace {

/// A dense layer that learns by LPL from its own responses: its gains matter.
template <typename Hebb>
void try_dense(Case& c, Activation f) {
  Draw& draw = c.draw;
  const Sizes n = Sizes::random(c);
  const bool bias = c.note("bias", draw.chance(0.5));
  const double eta = c.note("eta", draw.scale(1e-3, 0.1));
  oracle::Lpl wanted{.epsilon = 0.1};
  using Rule = hebb::Lpl<double>;
  hebb::Dense<Rule, Hebb> layer(Rule{.parameters = {.eta = eta, .epsilon = 0.1}},
                                {.pre = n.pre, .post = n.post},
                                bias ? hebb::Bias::learned : hebb::Bias::none);
  const double size = 2 / std::sqrt(double(n.pre));  // no unit is saturated
  Table w = draw.table(n.post, n.pre + bias, -size, size);
  layer.state.weights = matrix(w);
  for (Count t = 0; t < 3; ++t) {
    const Table x = draw.table(n.pre, n.batch, -1, 1), pre = bias ? oracle::with_ones(x) : x;
    const Table drive = oracle::product(w, pre), z = oracle::rates(f, drive);
    c.agree("rate", z, table(layer.forward(matrix(x))));
    c.agree("gain", oracle::gains(f, drive), table(layer.gain()));
    oracle::Optimizer{}.apply(w, wanted.step(pre, z, oracle::gains(f, drive)), eta);
    layer.learn();
    c.agree("weights", w, table(layer.state.weights));
  }
}

oracle::Convolution random_convolution(Case& c, Activation f) {
  Draw& draw = c.draw;
  oracle::Convolution g{.in = draw.chance(0.2) ? draw.between(8, 18) : draw.between(1, 5),
                        .width = draw.between(1, 7),
                        .height = draw.between(1, 7),
                        .out = draw.chance(0.2) ? draw.between(8, 18) : draw.between(1, 5),
                        .kernel = 1 + 2 * draw.between(0, 2),
                        .stride = draw.between(1, 2),
                        .padding = 0,
                        .pool = draw.between(1, 3),
                        .bias = draw.chance(0.5),
                        .activation = f};
  g.padding = draw.between(0, g.kernel - 1);
  while (g.width + 2 * g.padding < g.kernel || g.drive_width() < g.pool) ++g.width;
  while (g.height + 2 * g.padding < g.kernel || g.drive_height() < g.pool) ++g.height;
  for (const auto& [name, value] : {std::pair{"in", g.in},
                                    {"width", g.width},
                                    {"height", g.height},
                                    {"out", g.out},
                                    {"kernel", g.kernel},
                                    {"stride", g.stride},
                                    {"padding", g.padding},
                                    {"pool", g.pool}})
    c.note(name, value);
  c.note("bias", g.bias);
  return g;
}

const auto no_decay = [](const Table&, Count) { return 0.0; };
const auto as_they_are = [](const Table& patches) { return patches; };

/// A convolution that learns by a rule; `factor(z)` is the postsynaptic factor g of its responses,
/// `decay(z, i)` its decay, and `presynaptic(patches)` the presynaptic factor.
template <typename Hebb, typename Learning, typename Rule, typename Factor, typename Decay,
          typename Presynaptic>
void try_convolution(Case& c, Activation f, const Rule& rule, double eta, bool per_place,
                     Count views, const Factor& factor, const Decay& decay,
                     const Presynaptic& presynaptic) {
  Draw& draw = c.draw;
  const oracle::Convolution g = random_convolution(c, f);
  using Layer = hebb::Conv2d<Rule, Hebb, Learning>;
  Layer layer(rule, {.input = {g.in, g.width, g.height},
                     .channels = g.out,
                     .kernel = g.kernel,
                     .stride = g.stride,
                     .padding = g.padding,
                     .pool = g.pool,
                     .bias = g.bias ? hebb::Bias::learned : hebb::Bias::none});
  const double size = 2 / std::sqrt(double(g.synapses()));  // no unit is saturated
  Table w = draw.table(g.out, g.synapses(), -size, size);
  layer.state.weights = matrix(w);
  const Count samples = c.note("samples", views * draw.between(1, 4));
  for (Count t = 0; t < 3; ++t) {
    const Table image = draw.table(g.in * g.width * g.height, samples, -1, 1);
    const auto maps = g.forward(w, image);
    const Table z = per_place ? maps.rate : g.pooled(maps);
    layer.forward(matrix(image));
    const Dense output = layer.output().matrix();
    c.agree("rates", maps.rate,
            Table(oracle::tabulate(g.out, samples * g.places(), [&](Count i, Count column) {
              return output(i + g.out * (column % g.places()), column / g.places());
            })));
    c.agree("responses", g.pooled(maps), table(layer.response()));
    const Table patches = g.patches(image);
    const Table change =
        g.change(maps, presynaptic(patches), factor(z, per_place ? g.places() : 1));
    const Table d = oracle::tabulate(
        w.rows, w.cols, [&](Count i, Count s) { return change(i, s) - decay(z, i) * w(i, s); });
    oracle::Optimizer{}.apply(w, d, eta);
    layer.learn();
    c.agree("weights", w, table(layer.state.weights));
  }
}

/// By LPL: g is minus the error times the number of columns, and no decay.
template <typename Pairing, typename Hebb, typename Learning>
void try_lpl_convolution(Case& c, Activation f, bool per_place, Count views) {
  const double eta = c.note("eta", c.draw.scale(1e-3, 0.05));
  oracle::Lpl wanted{.views = views, .epsilon = 0.1};
  using Rule = hebb::Lpl<double, Pairing>;
  const Rule rule{.parameters = {.eta = eta, .epsilon = 0.1}};
  try_convolution<Hebb, Learning>(
      c, f, rule, eta, per_place, views,
      [&](const Table& z, Count places) {
        wanted.places = places;
        Table g = wanted.errors(z);
        for (double& value : g.data) value *= -double(z.cols);
        return g;
      },
      no_decay, as_they_are);
}

}  // namespace

TEST_CASE("oracle: dense layers with all activations") {
  oracle::check(oracle::try_family("dense", [](Case& c, Count n) {
    if (n % 5 == 0) try_dense<hebb::Linear>(c, Activation::linear);
    if (n % 5 == 1) try_dense<hebb::Relu>(c, Activation::relu);
    if (n % 5 == 2) try_dense<hebb::Tanh>(c, Activation::tanh);
    if (n % 5 == 3) try_dense<hebb::Sigmoid>(c, Activation::sigmoid);
    if (n % 5 == 4) try_dense<hebb::Softplus>(c, Activation::softplus);
  }));
}

TEST_CASE(
    "oracle: convolutions, pooled and per place, whose rules may transform the presynaptic side") {
  using namespace hebb;
  oracle::check(oracle::try_family("conv2d", [](Case& c, Count n) {
    switch (c.note("kind", n % 6)) {
      case 0:
        return try_lpl_convolution<Symmetric, Relu, Pooled>(c, Activation::relu, false, 2);
      case 1:
        return try_lpl_convolution<Symmetric, Relu, PerPlace>(c, Activation::relu, true, 2);
      case 2:
        return try_lpl_convolution<Causal, Tanh, Pooled>(c, Activation::tanh, false, 1);
    }
    const double eta = c.note("eta", c.draw.scale(1e-3, 0.05));
    if (n % 6 == 3) {
      const double alpha = c.note("alpha", c.draw.uniform(0.2, 2));
      const auto decay = [&](const Table& z, Count i) {
        return alpha * oracle::sum(z.cols, [&](Count k) { return z(i, k) * z(i, k); }) /
               double(z.cols);
      };
      return try_convolution<Sigmoid, PerPlace>(
          c, Activation::sigmoid, Oja<double>{.parameters = {eta, alpha}}, eta, true, 1,
          [](const Table& z, Count) { return z; }, decay, as_they_are);
    }
    if (n % 6 == 4) {
      oracle::RunningMean pre{c.note("tau", c.draw.uniform(1.5, 5))}, post = pre;
      return try_convolution<Linear, Pooled>(
          c, Activation::linear, Covariance<double>{.parameters = {eta, pre.tau}}, eta, false, 1,
          [&](const Table& z, Count) { return post.centre(z); }, no_decay,
          [&](const Table& patches) { return pre.centre(patches); });
    }
    Table previous_patches, previous_z;
    try_convolution<Sigmoid, PerPlace>(
        c, Activation::sigmoid, DifferentialHebbian<double>{.parameters = {eta}}, eta, true, 1,
        [&](const Table& z, Count) {
          if (previous_z.empty()) previous_z = z;
          const Table before = std::exchange(previous_z, z);
          return oracle::tabulate(z.rows, z.cols,
                                  [&](Count i, Count k) { return z(i, k) - before(i, k); });
        },
        no_decay,
        [&](const Table& patches) {
          if (previous_patches.empty()) previous_patches = patches;
          return std::exchange(previous_patches, patches);
        });
  }));
}
