// Every rate rule but LPL, every optimiser and both normalisations beside their oracles.
#include "hebb/core/normalization.hpp"
#include "hebb/core/optimizer/largest_step.hpp"
#include "hebb/rules/anti_hebbian.hpp"
#include "hebb/rules/bcm.hpp"
#include "hebb/rules/covariance.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/homeostatic_scaling.hpp"
#include "hebb/rules/instar.hpp"
#include "hebb/rules/krotov_hopfield.hpp"
#include "hebb/rules/oja.hpp"
#include "hebb/rules/oja_subspace.hpp"
#include "hebb/rules/sanger.hpp"
#include "hebb/rules/soft_hebb.hpp"
#include "tests/oracle/anti_hebbian.hpp"
#include "tests/oracle/hebbian_family.hpp"
#include "tests/oracle/library.hpp"
#include "tests/oracle/soft_hebb_krotov.hpp"

using oracle::AnyOptimizer;
using oracle::Case;
using oracle::Count;
using oracle::Dense;
using oracle::Draw;
using oracle::FewOptimizers;
using oracle::Learning;
using oracle::matrix;
using oracle::Sizes;
using oracle::Table;
using oracle::table;

namespace {

/// Some steps of a rule and of its oracle: `wanted(x, y, w)` is d, before the optimiser. Returns
/// the rule's last state.
template <typename Rule, typename Wanted>
typename Rule::State follow(Case& c, const Rule& rule, const Sizes& n, Learning& learning,
                            const Wanted& wanted) {
  Draw& draw = c.draw;
  auto state = rule.init({.pre = n.pre, .post = n.post});
  Table w = learning.weights(draw, n.post, n.pre);
  state.weights = matrix(w);
  const bool in_halves = c.note("halves", draw.chance(0.3));
  const Count steps = draw.between(2, 5);
  for (Count t = 0; t < steps; ++t) {
    const Table x = draw.table(n.pre, n.batch, -1, 1), y = draw.table(n.post, n.batch, -1, 1);
    learning.oracle.apply(w, wanted(x, y, w), learning.eta);
    oracle::learn(rule, in_halves, matrix(x), matrix(y), state);
    c.agree("weights", w, table(state.weights));
  }
  return state;
}

/// Tries a rule whose parameters are eta alone; `wanted` as above.
template <template <typename, typename> typename Rule, typename Optimizer, typename Wanted>
void try_simple(const char* family, const Wanted& wanted) {
  oracle::check(oracle::try_family(family, [&](Case& c, Count) {
    const Sizes n = Sizes::random(c);
    constexpr bool all = std::same_as<Optimizer, AnyOptimizer>;
    Learning learning = all ? Learning::among_all(c) : Learning::among_few(c);
    const auto follow_with = [&](const Optimizer& optimizer) {
      const Rule<double, Optimizer> rule{.parameters = {.eta = learning.eta},
                                         .optimizer = optimizer};
      follow(c, rule, n, learning, wanted);
    };
    if constexpr (all)
      follow_with(learning.all);
    else
      follow_with(learning.few());
  }));
}

}  // namespace

TEST_CASE("oracle: Hebb's rule and all optimisers") {
  try_simple<hebb::Hebbian, AnyOptimizer>(
      "hebbian",
      [](const Table& x, const Table& y, const Table&) { return oracle::hebbian(x, y); });
}

TEST_CASE("oracle: the instar rule") {
  try_simple<hebb::Instar, FewOptimizers>("instar", oracle::instar);
}

TEST_CASE("oracle: Oja's subspace rule and Sanger's rule") {
  try_simple<hebb::OjaSubspace, AnyOptimizer>(
      "oja_subspace", [](const Table& x, const Table& y, const Table& w) {
        return oracle::reconstructing(x, y, w, false);
      });
  try_simple<hebb::Sanger, FewOptimizers>(
      "sanger", [](const Table& x, const Table& y, const Table& w) {
        return oracle::reconstructing(x, y, w, true);
      });
}

TEST_CASE("oracle: Oja's rule") {
  oracle::check(oracle::try_family("oja", [](Case& c, Count) {
    const Sizes n = Sizes::random(c);
    Learning learning = Learning::among_all(c);
    const double alpha = c.note("alpha", c.draw.uniform(0.2, 3));
    const hebb::Oja<double, AnyOptimizer> rule{.parameters = {learning.eta, alpha},
                                               .optimizer = learning.all};
    follow(c, rule, n, learning, [&](const Table& x, const Table& y, const Table& w) {
      return oracle::oja(x, y, w, alpha);
    });
  }));
}

namespace {

template <typename Thresholds>
void try_covariance(Case& c) {
  const Sizes n = Sizes::random(c);
  Learning learning = Learning::among_all(c);
  // A single column minus its own mean is 0, but for rounding, and tests little.
  const double tau = c.note("tau", c.draw.chance(0.3) && n.batch > 1 ? 1 : c.draw.uniform(1.5, 5));
  oracle::Covariance wanted{Thresholds::on_pre, Thresholds::on_post, {tau}, {tau}};
  const hebb::Covariance<double, Thresholds, AnyOptimizer> rule{.parameters = {learning.eta, tau},
                                                                .optimizer = learning.all};
  const auto state =
      follow(c, rule, n, learning,
             [&](const Table& x, const Table& y, const Table&) { return wanted.step(x, y); });
  if (Thresholds::on_pre) c.agree("pre_mean", wanted.pre.mean, table(state.pre_mean));
  if (Thresholds::on_post) c.agree("post_mean", wanted.post.mean, table(state.post_mean));
}

template <typename Modification>
void try_bcm(Case& c, double smallest_threshold, const Modification& modification) {
  const Sizes n = Sizes::random(c);
  Learning learning = Learning::among_all(c);
  const double tau = c.note("tau_theta", c.draw.uniform(1, 5)),
               initial = c.note("initial", c.draw.uniform(0.1, 2));
  oracle::Bcm wanted{.law_cooper = smallest_threshold > 0,
                     .smallest_threshold = smallest_threshold,
                     .tau = tau,
                     .theta = Table(n.post, 1, initial)};
  const hebb::Bcm<double, Modification, AnyOptimizer> rule{
      .parameters = {learning.eta, tau, initial},
      .modification = modification,
      .optimizer = learning.all};
  const auto state =
      follow(c, rule, n, learning,
             [&](const Table& x, const Table& y, const Table&) { return wanted.step(x, y); });
  c.agree("threshold", wanted.theta, table(state.threshold));
}

template <typename Control>
void try_scaling(Case& c, double gain, const Control& control) {
  const Sizes n = Sizes::random(c);
  Learning learning = Learning::among_all(c);
  const double target = c.note("target_rate", c.draw.uniform(0.1, 2)),
               tau = c.note("tau", c.draw.uniform(1, 5));
  oracle::HomeostaticScaling wanted{.target_rate = target,
                                    .tau = tau,
                                    .gain = gain,
                                    .activity = Table(n.post, 1, target),
                                    .error_sum = Table(n.post)};
  const hebb::HomeostaticScaling<double, Control, AnyOptimizer> rule{
      .parameters = {learning.eta, target, tau}, .control = control, .optimizer = learning.all};
  const auto state =
      follow(c, rule, n, learning,
             [&](const Table&, const Table& y, const Table& w) { return wanted.step(y, w); });
  c.agree("activity", wanted.activity, table(state.activity));
  if (gain > 0) c.agree("error_sum", wanted.error_sum, table(state.error_sum));
}

template <typename Form>
void try_differential(Case& c, bool of_pre, double decay) {
  const Sizes n = Sizes::random(c);
  Learning learning = Learning::among_all(c);
  const hebb::DifferentialHebbian<double, Form, AnyOptimizer> rule{.parameters = {learning.eta},
                                                                   .optimizer = learning.all};
  oracle::DifferentialHebbian wanted{.of_pre = of_pre, .decay = decay};
  auto state = rule.init({.pre = n.pre, .post = n.post});
  Table w = learning.weights(c.draw, n.post, n.pre);
  state.weights = matrix(w);
  const bool in_halves = c.note("halves", c.draw.chance(0.3));
  for (Count t = 0; t < 5; ++t) {
    if (c.draw.chance(0.2)) {
      rule.forget(state);
      wanted.previous_x = wanted.previous_y = {};
    }
    const Table x = c.draw.table(n.pre, n.batch, -1, 1), y = c.draw.table(n.post, n.batch, -1, 1);
    if constexpr (requires {
                    rule.update_from_end_points(matrix(x), matrix(y), matrix(y), state);
                  }) {
      if (c.draw.chance(0.3)) {
        const Table last = c.draw.table(n.post, n.batch, -1, 1);
        const Table moved = oracle::tabulate(
            n.post, n.batch, [&](Count i, Count s) { return last(i, s) - y(i, s); });
        learning.oracle.apply(w, oracle::hebbian(x, moved), learning.eta);
        rule.update_from_end_points(matrix(x), matrix(y), matrix(last), state);
      }
    }
    learning.oracle.apply(w, wanted.step(x, y, w), learning.eta);
    oracle::learn(rule, in_halves, matrix(x), matrix(y), state);
    c.agree("weights", w, table(state.weights));
  }
}

}  // namespace

TEST_CASE("oracle: the covariance rule in its three forms") {
  oracle::check(oracle::try_family("covariance", [](Case& c, Count n) {
    if (n % 3 == 0) try_covariance<hebb::BothThresholds>(c);
    if (n % 3 == 1) try_covariance<hebb::PresynapticThreshold>(c);
    if (n % 3 == 2) try_covariance<hebb::PostsynapticThreshold>(c);
  }));
}

TEST_CASE("oracle: the BCM rule in its two forms") {
  oracle::check(oracle::try_family("bcm", [](Case& c, Count n) {
    if (n % 2 == 0) return try_bcm(c, 0, hebb::IntratorCooper{});
    const double smallest = c.note("smallest_threshold", c.draw.uniform(0.05, 0.6));
    try_bcm(c, smallest, hebb::LawCooper{smallest});
  }));
}

TEST_CASE("oracle: homeostatic scaling in its two forms") {
  oracle::check(oracle::try_family("homeostatic_scaling", [](Case& c, Count n) {
    if (n % 2 == 0) return try_scaling(c, 0, hebb::Proportional{});
    const double gain = c.note("gain", c.draw.uniform(0.05, 1));
    try_scaling(c, gain, hebb::ProportionalIntegral{gain});
  }));
}

TEST_CASE("oracle: differential Hebbian learning in its three forms") {
  oracle::check(oracle::try_family("differential_hebbian", [](Case& c, Count n) {
    if (n % 3 == 0) try_differential<hebb::PostsynapticChange>(c, false, 0);
    if (n % 3 == 1) try_differential<hebb::BothChange>(c, true, 0);
    if (n % 3 == 2) try_differential<hebb::BothChangeWithDecay>(c, true, 1);
  }));
}

TEST_CASE("oracle: Foldiak's lateral weights, thresholds and responses") {
  oracle::check(oracle::try_family("foldiak", [](Case& c, Count) {
    const Sizes n = Sizes::random(c);
    Draw& draw = c.draw;
    oracle::Foldiak wanted{.eta = draw.uniform(0.01, 0.5),
                           .gamma = draw.uniform(0.01, 0.5),
                           .p = draw.uniform(0.05, 0.6),
                           .slope = draw.uniform(1, 15),
                           .w = draw.table(n.post, n.post, -1, 0),
                           .threshold = draw.table(n.post, 1, -0.5, 0.5)};
    for (Count i = 0; i < n.post; ++i) wanted.w(i, i) = 0;
    const hebb::Foldiak<double> rule{
        .parameters = {wanted.eta, wanted.gamma, wanted.p, wanted.slope}};
    auto state = rule.init({.pre = n.post, .post = n.post});
    state.weights = matrix(wanted.w);
    state.threshold = matrix(wanted.threshold);
    for (Count t = 0; t < 3; ++t) {
      const Table drive = draw.table(n.post, n.batch, -1, 2);
      const int steps = int(draw.between(1, 60));
      const double dt = draw.uniform(0.05, 0.5);
      Table y = wanted.respond(drive, steps, dt);
      c.agree("response", y, table(rule.respond(matrix(drive), state, steps, dt)));
      if (draw.chance(0.5)) y = draw.table(n.post, n.batch, 0, 1);
      wanted.step(y);
      rule.update(matrix(y), matrix(y), state);
      c.agree("weights", wanted.w, table(state.weights));
      c.agree("threshold", wanted.threshold, table(state.threshold));
    }
  }));
}

TEST_CASE("oracle: linear anti-Hebbian learning") {
  oracle::check(oracle::try_family("linear_anti_hebbian", [](Case& c, Count) {
    Sizes n = Sizes::random(c);
    Learning learning = Learning::among_few(c);
    const hebb::LinearAntiHebbian<double, FewOptimizers> rule{.parameters = {learning.eta},
                                                             .optimizer = learning.few()};
    auto state = rule.init({.pre = n.post, .post = n.post});
    Table w = learning.weights(c.draw, n.post, n.post);
    const auto clear_diagonal = [&] {
      for (Count i = 0; i < n.post; ++i) w(i, i) = 0;
    };
    clear_diagonal();
    state.weights = matrix(w);
    const bool in_halves = c.note("halves", c.draw.chance(0.3));
    for (Count t = 0; t < 4; ++t) {
      const Table y = c.draw.table(n.post, n.batch, -1, 1);
      learning.oracle.apply(w, oracle::linear_anti_hebbian(y), learning.eta);
      clear_diagonal();
      oracle::learn(rule, in_halves, matrix(y), matrix(y), state);
      c.agree("weights", w, table(state.weights));
    }
  }));
}

namespace {

template <typename Competition, typename Adaptation>
void try_soft_hebb(Case& c, bool anti, double power, const Adaptation& adaptation) {
  const Sizes n = Sizes::random(c);
  Learning learning = Learning::among_few(c);
  const double temperature = c.note("temperature", c.draw.uniform(0.1, 3));
  const oracle::SoftHebb wanted{.temperature = temperature, .anti = anti, .power = power};
  const hebb::SoftHebb<double, Competition, Adaptation, FewOptimizers> rule{
      .parameters = {learning.eta, temperature},
      .adaptation = adaptation,
      .optimizer = learning.few()};
  follow(c, rule, n, learning,
         [&](const Table& x, const Table& u, const Table& w) { return wanted.step(x, u, w); });
}

/// The rule of Krotov and Hopfield with some number of neurons, to some steps of which the overlap
/// belongs.
template <typename Optimizer, typename Land>
void try_krotov(Case& c, const Optimizer& optimizer, double eta, const Land& land) {
  Draw& draw = c.draw;
  Sizes n = Sizes::random(c);
  if (n.post < 2) n.post = 2;
  const Count rank = c.note("rank", draw.between(2, n.post));
  const double delta = c.note("delta", draw.uniform(0.05, 0.9));
  const double p = c.note("p", draw.chance(0.5) ? 2 : draw.uniform(2, 4));
  const oracle::KrotovHopfield wanted{.delta = delta, .p = p, .rank = rank};
  const hebb::KrotovHopfield<double, Optimizer> rule{.parameters = {eta, delta, rank, p},
                                                     .optimizer = optimizer};
  auto state = rule.init({.pre = n.pre, .post = n.post});
  Table w = draw.table(n.post, n.pre, -1, 1);
  state.weights = matrix(w);
  const bool in_halves = c.note("halves", draw.chance(0.3));
  for (Count t = 0; t < 4; ++t) {
    const Table x = draw.table(n.pre, n.batch, -1, 1), h = wanted.overlap(x, w);
    c.agree("overlap", h, table(rule.overlap(matrix(x), state)));
    land(w, wanted.step(x, h, w));
    oracle::learn(rule, in_halves, matrix(x), matrix(h), state);
    c.agree("weights", w, table(state.weights));
  }
}

}  // namespace

TEST_CASE("oracle: SoftHebb with both competitions and both learning rates") {
  oracle::check(oracle::try_family("soft_hebb", [](Case& c, Count n) {
    const double power = c.note("power", c.draw.uniform(0.2, 2));
    if (n % 4 == 0) try_soft_hebb<hebb::SoftWinners>(c, false, 0, hebb::ConstantEta{});
    if (n % 4 == 1) try_soft_hebb<hebb::SoftWinners>(c, false, power, hebb::AdaptiveEta{power});
    if (n % 4 == 2) try_soft_hebb<hebb::SoftAntiHebbian>(c, true, 0, hebb::ConstantEta{});
    if (n % 4 == 3) try_soft_hebb<hebb::SoftAntiHebbian>(c, true, power, hebb::AdaptiveEta{power});
  }));
}

TEST_CASE("oracle: the rule of Krotov and Hopfield with both optimisers") {
  oracle::check(oracle::try_family("krotov_hopfield", [](Case& c, Count n) {
    const double eta = c.note("eta", c.draw.scale(1e-3, 0.2));
    oracle::Optimizer o = oracle::Optimizer::random(c.draw);
    o.kind = oracle::Optimizer::Kind::plain;
    const hebb::Schedule schedule{o.schedule.warmup, o.schedule.total, o.schedule.floor};
    if (n % 2 == 0) {
      const auto land = [&](Table& w, const Table& d) { o.apply(w, d, eta); };
      return try_krotov(c, hebb::Plain{o.weight_decay, schedule}, eta, land);
    }
    o.weight_decay = 0;
    const double smallest = c.note("smallest", c.draw.chance(0.5) ? 1e-30 : c.draw.uniform(0.1, 3));
    const auto land = [&](Table& w, const Table& d) {
      o.apply(w, oracle::of_unit_size(d, smallest), eta);
    };
    try_krotov(c, hebb::LargestStep{smallest, schedule}, eta, land);
  }));
}

TEST_CASE("oracle: both normalisations of weights") {
  oracle::check(oracle::try_family("normalization", [](Case& c, Count) {
    const Sizes n = Sizes::random(c);
    Table w = c.draw.table(n.post, n.pre, -1, 1);
    if (c.draw.chance(0.3))
      for (Count j = 0; j < n.pre; ++j) w(0, j) = 0;
    const double p = c.note("p", c.draw.chance(0.4) ? 2 : c.draw.uniform(1, 4));
    const double length = c.note("length", c.draw.uniform(0.2, 3)),
                 total = c.note("sum", c.draw.uniform(-2, 2));
    Dense found = matrix(w);
    hebb::MultiplicativeNormalization{p, length}.apply(found);
    oracle::normalize(w, p, length);
    c.agree("normalised", w, table(found));
    hebb::SubtractiveNormalization{total}.apply(found);
    oracle::subtract_to(w, total);
    c.agree("subtracted", w, table(found));
  }));
}
