// Every spiking rule, with every policy, beside its oracle.
#include "hebb/core/bounds.hpp"
#include "hebb/core/optimizer/momentum.hpp"
#include "hebb/spiking/lpl/spiking_lpl.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/rules/orchestrated.hpp"
#include "hebb/spiking/rules/pair_stdp.hpp"
#include "hebb/spiking/rules/reward_stdp.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"
#include "hebb/spiking/rules/super_spike.hpp"
#include "hebb/spiking/rules/triplet.hpp"
#include "hebb/spiking/rules/voltage.hpp"
#include "tests/oracle/library.hpp"
#include "tests/oracle/spiking_lpl.hpp"
#include "tests/oracle/stdp.hpp"
#include "tests/oracle/voltage.hpp"

using oracle::Case;
using oracle::Count;
using oracle::Cut;
using oracle::Dense;
using oracle::Draw;
using oracle::matrix;
using oracle::Moment;
using oracle::Table;
using oracle::table;
using oracle::Trains;

namespace {

/// Either kind of bounds of the library, chosen at run time.
struct AnyBounds {
  double lower = 0, upper = 1;
  bool hard = true;

  void check() const { hard ? hebb::HardBounds{lower, upper}.check() : hebb::Unbounded{}.check(); }
  double cut(double weight) const {
    return hard ? hebb::HardBounds{lower, upper}.cut(weight) : hebb::Unbounded{}.cut(weight);
  }
};

/// The same bounds on both sides, and weights within them.
struct Bounds {
  Cut oracle;
  AnyBounds library;

  static Bounds random(Case& c, double lower, double upper) {
    Bounds bounds;
    bounds.library.hard = c.note("bounded", c.draw.chance(0.6));
    bounds.library.lower = c.note("lower", c.draw.uniform(lower, lower + (upper - lower) / 3));
    bounds.library.upper = c.note("upper", c.draw.uniform(upper - (upper - lower) / 3, upper));
    if (bounds.library.hard) bounds.oracle = {bounds.library.lower, bounds.library.upper};
    return bounds;
  }
  Table weights(Draw& draw, Count post, Count pre) const {
    return draw.table(post, pre, library.lower, library.upper);
  }
};

/// Any weight dependence of the library, chosen at run time.
struct AnyDependence {
  oracle::PairStdp::Dependence which = {};
  hebb::Multiplicative multiplicative = {};
  hebb::PowerLaw power = {};

  double with(const auto& visit) const {
    using Which = oracle::PairStdp::Dependence;
    if (which == Which::proportional) return visit(hebb::ProportionalDepression{});
    if (which == Which::multiplicative) return visit(multiplicative);
    if (which == Which::power) return visit(power);
    return visit(hebb::Additive{});
  }
  void check(const auto& bounds) const {
    with([&](const auto& dependence) { return dependence.check(bounds), 0.0; });
  }
  double potentiation(double w) const {
    return with([&](const auto& dependence) { return dependence.potentiation(w); });
  }
  double depression(double w) const {
    return with([&](const auto& dependence) { return dependence.depression(w); });
  }
};

/// Random moments on a grid of 1/4 ms, some after a long silence.
struct Activity {
  Count posts, pres;
  double chance_pre, chance_post, time = 0;

  static Activity random(Case& c) {
    Draw& draw = c.draw;
    Activity a{draw.between(1, 7), draw.between(1, 7), draw.uniform(0.05, 0.6),
               draw.uniform(0.05, 0.6)};
    c.note("post", a.posts);
    c.note("pre", a.pres);
    a.time = 0.25 * double(draw.between(-20, 20));
    return a;
  }
  Moment next(Draw& draw, double silence = 0.02) {
    time += 0.25 * double(draw.chance(silence) ? draw.between(400, 8000) : draw.between(1, 40));
    return at(draw);
  }
  Moment at(Draw& draw) const {
    const auto some = [&](Count size, double chance) {
      std::vector<Count> neurons;
      for (Count n = size; n-- > 0;)  // in no particular order
        if (draw.chance(chance)) neurons.push_back(n);
      return neurons;
    };
    return {time, some(pres, chance_pre), some(posts, chance_post), some(posts, chance_post)};
  }
};

hebb::Spikes spikes(double time, const std::vector<Count>& neurons) { return {time, neurons}; }

/// Passes moments to a rule that needs only spikes, and to its oracle.
template <typename Rule, typename Wanted>
void play(Case& c, const Rule& rule, Wanted& wanted, Activity activity,
          typename Rule::State& state) {
  Draw& draw = c.draw;
  for (Count n = 0; n < 40; ++n) {
    if (draw.chance(0.05)) {
      rule.forget(state);
      wanted.forget();
    }
    const Moment moment = activity.next(draw);
    rule.update(spikes(moment.time, moment.pre), spikes(moment.time, moment.post), state);
    wanted.step(moment);
    c.agree("weights", wanted.w, table(state.weights));
  }
}

template <typename Pairing>
void try_pairs(Case& c, oracle::PairStdp::Scheme scheme) {
  using Which = oracle::PairStdp::Dependence;
  Draw& draw = c.draw;
  const Activity activity = Activity::random(c);
  const Which which = Which(c.note("dependence", draw.between(0, 3)));
  const double upper = c.note("soft_upper", draw.uniform(0.5, 3)), exponent = draw.uniform(0, 1.5);
  // Where changes depend on the weight, it stays in (0, upper): beyond, the factors mean nothing.
  Bounds bounds = Bounds::random(c, which == Which::additive ? -1 : 0.05 * upper, 0.95 * upper);
  if (which != Which::additive) {
    bounds.library.hard = true;
    bounds.oracle = {bounds.library.lower, bounds.library.upper};
  }
  oracle::PairStdp wanted{.a_plus = draw.uniform(0.01, 0.1),
                          .a_minus = draw.uniform(0.01, 0.1),
                          .tau_plus = draw.uniform(5, 40),
                          .tau_minus = draw.uniform(5, 40),
                          .scheme = scheme,
                          .dependence = which,
                          .exponent = exponent,
                          .soft_upper = upper,
                          .cut = bounds.oracle,
                          .w = bounds.weights(draw, activity.posts, activity.pres),
                          .pre = Trains(activity.pres),
                          .post = Trains(activity.posts)};
  const hebb::PairStdp<double, AnyDependence, Pairing, AnyBounds> rule{
      .parameters = {wanted.a_plus, wanted.a_minus, wanted.tau_plus, wanted.tau_minus},
      .dependence = {which, {upper}, {exponent, upper}},
      .bounds = bounds.library};
  auto state = rule.init({.pre = activity.pres, .post = activity.posts});
  state.weights = matrix(wanted.w);
  play(c, rule, wanted, activity, state);
}

/// Connections between some pairs, and a table that is 1 where they are.
std::pair<hebb::Connections, Table> random_connections(Draw& draw, Count posts, Count pres) {
  Table connected(posts, pres);
  std::vector<std::pair<Count, Count>> pairs;
  for (Count j = 0; j < pres; ++j)
    for (Count i = 0; i < posts; ++i)
      if ((i == 0 && j == 0) || draw.chance(0.7)) {
        connected(i, j) = 1;
        pairs.emplace_back(j, i);
      }
  return {hebb::connect_list({.pre = pres, .post = posts}, pairs), connected};
}

/// The values of synapses, in the order of the connections.
hebb::Vector<double> of_synapses(const hebb::Connections& connections, const Table& w) {
  hebb::Vector<double> result(connections.size());
  connections.for_each([&](Count j, Count i, Count k) { result(k) = w(i, j); });
  return result;
}

/// A copy in which pairs without a synapse are 0.
Table only(const Table& connected, const Table& w) {
  return oracle::tabulate(w.rows, w.cols,
                          [&](Count i, Count j) { return connected(i, j) * w(i, j); });
}

}  // namespace

TEST_CASE("oracle: pair STDP in all schemes, with all weight dependences") {
  using Scheme = oracle::PairStdp::Scheme;
  oracle::check(oracle::try_family("pair_stdp", [](Case& c, Count n) {
    if (n % 4 == 0) try_pairs<hebb::AllToAll>(c, Scheme::all);
    if (n % 4 == 1) try_pairs<hebb::NearestSymmetric>(c, Scheme::nearest);
    if (n % 4 == 2) try_pairs<hebb::NearestPreCentred>(c, Scheme::pre_centred);
    if (n % 4 == 3) try_pairs<hebb::NearestReducedSymmetric>(c, Scheme::reduced);
  }));
}

TEST_CASE("oracle: sparse pair STDP, and the weights that it transmits") {
  oracle::check(oracle::try_family("sparse_pair_stdp", [](Case& c, Count) {
    Draw& draw = c.draw;
    Activity activity = Activity::random(c);
    if (c.note("rare pre", draw.chance(0.3)))
      activity.chance_pre = 0.01, activity.chance_post = 0.9;
    const auto net = random_connections(draw, activity.posts, activity.pres);
    const hebb::Connections& connections = net.first;
    const Table& connected = net.second;
    const Bounds bounds = Bounds::random(c, -1, 1);
    oracle::PairStdp wanted{.a_plus = draw.uniform(0.01, 0.1),
                            .a_minus = draw.uniform(0.01, 0.1),
                            .tau_plus = draw.uniform(5, 40),
                            .tau_minus = draw.uniform(5, 40),
                            .scheme = oracle::PairStdp::Scheme::all,
                            .dependence = oracle::PairStdp::Dependence::additive,
                            .exponent = 0,
                            .soft_upper = 1,
                            .cut = bounds.oracle,
                            .w = bounds.weights(draw, activity.posts, activity.pres),
                            .pre = Trains(activity.pres),
                            .post = Trains(activity.posts)};
    const hebb::SparsePairStdp<double, AnyBounds> rule{
        .parameters = {wanted.a_plus, wanted.a_minus, wanted.tau_plus, wanted.tau_minus},
        .bounds = bounds.library};
    auto state = rule.init(connections);
    state.weights = of_synapses(connections, wanted.w);
    for (Count n = 0; n < 120; ++n) {
      if (draw.chance(0.02)) {
        rule.settle(state);
        rule.forget(state);
        wanted.forget();
      }
      const Moment moment = activity.next(draw);
      Table delivered(activity.posts, 1), expected(activity.posts, 1);
      rule.update(spikes(moment.time, moment.pre), spikes(moment.time, moment.post), state,
                  [&](Count i, double weight) { delivered(i) += weight; });
      wanted.step(moment, [&](Count i, Count j, double weight) {
        expected(i) += connected(i, j) * weight;
      });
      if (!moment.pre.empty()) {
        // Sums of weights of both signs may cancel: the delivered sums are compared with 10 added.
        for (Count i = 0; i < activity.posts; ++i) expected(i) += 10, delivered(i) += 10;
        c.agree("delivered", expected, delivered);
      }
      if (!draw.chance(0.1)) continue;
      rule.settle(state);
      c.agree("weights", only(connected, wanted.w),
              table(hebb::to_matrix<double>(connections, state.weights)));
    }
  }));
}

namespace {

template <typename Pairing>
void try_triplets(Case& c, bool nearest, const hebb::TripletParameters<Pairing>* published,
                  const double* numbers) {
  Draw& draw = c.draw;
  const Activity activity = Activity::random(c);
  const Bounds bounds = Bounds::random(c, -1, 2);
  oracle::Triplet wanted{.a2_plus = draw.uniform(0, 0.05),
                         .a3_plus = draw.uniform(0, 0.05),
                         .a2_minus = draw.uniform(0, 0.05),
                         .a3_minus = draw.uniform(0, 0.05),
                         .tau_x = draw.uniform(20, 200),
                         .tau_y = draw.uniform(20, 200),
                         .tau_plus = draw.uniform(5, 40),
                         .tau_minus = draw.uniform(5, 40),
                         .nearest = nearest,
                         .cut = bounds.oracle,
                         .w = bounds.weights(draw, activity.posts, activity.pres),
                         .pre = Trains(activity.pres),
                         .post = Trains(activity.posts)};
  hebb::Triplet<double, Pairing, AnyBounds> rule{
      .parameters = {wanted.a2_plus, wanted.a3_plus, wanted.a2_minus, wanted.a3_minus, wanted.tau_x,
                     wanted.tau_y, wanted.tau_plus, wanted.tau_minus},
      .bounds = bounds.library};
  if (published) {
    wanted.a2_plus = numbers[0], wanted.a3_plus = numbers[1], wanted.a2_minus = numbers[2],
    wanted.a3_minus = numbers[3];
    wanted.tau_x = numbers[4], wanted.tau_y = numbers[5];
    wanted.tau_plus = oracle::published_tau_plus, wanted.tau_minus = oracle::published_tau_minus;
    rule.parameters = *published;
    // Those that meet an amplitude of 0 are compared themselves.
    c.agree("published tau_x", wanted.tau_x, published->tau_x_ms);
    c.agree("published tau_y", wanted.tau_y, published->tau_y_ms);
  }
  auto state = rule.init({.pre = activity.pres, .post = activity.posts});
  state.weights = matrix(wanted.w);
  play(c, rule, wanted, activity, state);
}

}  // namespace

TEST_CASE("oracle: the triplet rule, with any parameters and with the published ones") {
  using namespace hebb::triplet;
  const hebb::TripletParameters<hebb::AllToAll>* all[] = {
      &visual_cortex_full, &visual_cortex_minimal, nullptr, nullptr,
      &hippocampus_full,   &hippocampus_minimal,   nullptr, nullptr};
  const hebb::TripletParameters<hebb::NearestSymmetric>* nearest[] = {
      nullptr, nullptr, &visual_cortex_nearest_full, &visual_cortex_nearest_minimal,
      nullptr, nullptr, &hippocampus_nearest_full,   &hippocampus_nearest_minimal};
  oracle::check(oracle::try_family("triplet", [&](Case& c, Count n) {
    const auto set = std::size_t(n / 2 % 8);
    const double* numbers = oracle::published_triplets[set];
    if (c.note("published", n % 2 == 0) && all[set])
      return try_triplets<hebb::AllToAll>(c, false, all[set], numbers);
    if (n % 2 == 0) return try_triplets<hebb::NearestSymmetric>(c, true, nearest[set], numbers);
    if (n % 4 == 1) return try_triplets<hebb::AllToAll>(c, false, nullptr, nullptr);
    try_triplets<hebb::NearestSymmetric>(c, true, nullptr, nullptr);
  }));
}

TEST_CASE("oracle: inhibitory plasticity") {
  oracle::check(oracle::try_family("inhibitory", [](Case& c, Count) {
    Draw& draw = c.draw;
    const Activity activity = Activity::random(c);
    const Bounds bounds = Bounds::random(c, -1, 1);
    oracle::Inhibitory wanted{.eta = draw.uniform(0.01, 0.2),
                              .target_hz = draw.uniform(1, 30),
                              .tau = draw.uniform(5, 40),
                              .cut = bounds.oracle,
                              .w = bounds.weights(draw, activity.posts, activity.pres),
                              .pre = Trains(activity.pres),
                              .post = Trains(activity.posts)};
    const hebb::Inhibitory<double, AnyBounds> rule{
        .parameters = {wanted.eta, wanted.target_hz, wanted.tau}, .bounds = bounds.library};
    auto state = rule.init({.pre = activity.pres, .post = activity.posts});
    state.weights = matrix(wanted.w);
    play(c, rule, wanted, activity, state);
  }));
}

namespace {

template <typename Depression>
void try_orchestrated(Case& c, bool rate_dependent) {
  Draw& draw = c.draw;
  const Activity activity = Activity::random(c);
  const Bounds bounds = Bounds::random(c, -1, 3);
  oracle::Orchestrated wanted{.a = draw.uniform(0.01, 0.1),
                              .beta = draw.uniform(0, 0.2),
                              .delta = draw.uniform(0, 0.05),
                              .potential = draw.uniform(0, 30),
                              .well = draw.uniform(0.2, 1),
                              .tau_plus = draw.uniform(5, 40),
                              .tau_minus = draw.uniform(5, 40),
                              .tau_slow = draw.uniform(50, 200),
                              .tau_consolidation = draw.uniform(1000, 3000),
                              .every = 0.25 * double(draw.between(10, 400)),
                              .depression = draw.uniform(0, 0.05),
                              .rate_dependent = rate_dependent,
                              .target_hz = draw.uniform(5, 50),
                              .tau_rate = draw.uniform(100, 2000),
                              .cut = bounds.oracle,
                              .w = bounds.weights(draw, activity.posts, activity.pres),
                              .reference = draw.table(activity.posts, activity.pres, -0.2, 1),
                              .pre = Trains(activity.pres),
                              .post = Trains(activity.posts),
                              .counted = Table(activity.posts)};
  Depression depression;
  depression.amplitude = wanted.depression;
  if constexpr (requires { depression.target_hz; })
    depression.target_hz = wanted.target_hz, depression.tau_ms = wanted.tau_rate;
  const hebb::Orchestrated<double, Depression, AnyBounds> rule{
      .parameters = {wanted.a, wanted.beta, wanted.delta, wanted.potential, wanted.well,
                     wanted.tau_plus, wanted.tau_minus, wanted.tau_slow, wanted.tau_consolidation,
                     wanted.every},
      .depression = depression,
      .bounds = bounds.library};
  auto state = rule.init({.pre = activity.pres, .post = activity.posts});
  state.weights = matrix(wanted.w);
  state.reference = matrix(wanted.reference);
  play(c, rule, wanted, activity, state);
  c.agree("reference", wanted.reference, table(state.reference));
}

template <typename Reward>
void try_reward(Case& c, oracle::RewardStdp::Reward kind, const Reward& modulation, double tau_d,
                double baseline) {
  Draw& draw = c.draw;
  Activity activity = Activity::random(c);
  const Bounds bounds = Bounds::random(c, -1, 1);
  oracle::RewardStdp wanted{.eta = kind == oracle::RewardStdp::Reward::immediate
                                       ? draw.uniform(0.01, 0.1)
                                       : draw.uniform(0.1, 1),
                            .a_plus = draw.uniform(0.2, 2),
                            .a_minus = draw.uniform(0.2, 2),
                            .tau_plus = draw.uniform(5, 40),
                            .tau_minus = draw.uniform(5, 40),
                            .tau_c = draw.uniform(20, 300),
                            .reward = kind,
                            .tau_d = tau_d,
                            .baseline = baseline,
                            .cut = bounds.oracle,
                            .w = bounds.weights(draw, activity.posts, activity.pres),
                            .c = Table(activity.posts, activity.pres),
                            .pre = Trains(activity.pres),
                            .post = Trains(activity.posts)};
  const hebb::RewardStdp<double, Reward, AnyBounds> rule{
      .parameters = {wanted.eta, wanted.a_plus, wanted.a_minus, wanted.tau_plus, wanted.tau_minus,
                     wanted.tau_c},
      .modulation = modulation,
      .bounds = bounds.library};
  auto state = rule.init({.pre = activity.pres, .post = activity.posts});
  state.weights = matrix(wanted.w);
  for (Count n = 0; n < 40; ++n) {
    const bool forgets = draw.chance(0.05);
    if (n > 0 && (forgets || draw.chance(0.2))) {
      rule.settle(state);
      wanted.settle();
      c.agree("weights", wanted.w, table(state.weights));
      c.agree("eligibility", wanted.c, table(state.eligibility));
    }
    if (forgets) {
      rule.forget(state);
      wanted.forget();
    }
    const Moment moment = activity.next(draw, 0.005);
    rule.update(spikes(moment.time, moment.pre), spikes(moment.time, moment.post), state);
    wanted.step(moment);
    if (draw.chance(0.3)) {
      const double amount = draw.uniform(-1, 2);
      rule.reward(amount, state);
      wanted.give(amount);
    }
  }
}

}  // namespace

TEST_CASE("oracle: orchestrated plasticity with both kinds of depression") {
  oracle::check(oracle::try_family("orchestrated", [](Case& c, Count n) {
    if (n % 2 == 0) try_orchestrated<hebb::ConstantDepression>(c, false);
    if (n % 2 == 1) try_orchestrated<hebb::RateDependentDepression>(c, true);
  }));
}

TEST_CASE("oracle: reward-modulated STDP with all rewards") {
  using Kind = oracle::RewardStdp::Reward;
  oracle::check(oracle::try_family("reward_stdp", [](Case& c, Count n) {
    const double tau = c.note("tau_d", c.draw.uniform(20, 300)),
                 baseline = c.note("baseline", c.draw.uniform(-0.5, 0.5));
    if (n % 3 == 0) try_reward(c, Kind::dopamine, hebb::Dopamine{tau, baseline}, tau, baseline);
    if (n % 3 == 1) try_reward(c, Kind::held, hebb::HeldReward{}, tau, baseline);
    if (n % 3 == 2) try_reward(c, Kind::immediate, hebb::ImmediateReward{}, tau, baseline);
  }));
}

namespace {

template <typename Depression>
void try_voltage(Case& c, bool homeostatic, const Depression& depression, double reference,
                 double rest, double tau) {
  Draw& draw = c.draw;
  Activity activity = Activity::random(c);
  const Bounds bounds = Bounds::random(c, -1, 1);
  hebb::VoltageParameters parameters{draw.uniform(-75, -60),   draw.uniform(-60, -45),
                                     draw.uniform(1e-4, 1e-2), draw.uniform(1e-5, 1e-3),
                                     draw.uniform(5, 40),      draw.uniform(5, 40),
                                     draw.uniform(5, 40),      draw.between(0, 4)};
  oracle::Voltage wanted{.theta_minus = parameters.theta_minus_mv,
                         .theta_plus = parameters.theta_plus_mv,
                         .a_ltd = parameters.a_ltd,
                         .a_ltp = parameters.a_ltp,
                         .tau_x = parameters.tau_x_ms,
                         .tau_minus = parameters.tau_minus_ms,
                         .tau_plus = parameters.tau_plus_ms,
                         .delay = parameters.delay_updates,
                         .homeostatic = homeostatic,
                         .reference = reference,
                         .rest = rest,
                         .tau_mean = tau,
                         .cut = bounds.oracle,
                         .w = bounds.weights(draw, activity.posts, activity.pres),
                         .pre = Trains(activity.pres),
                         .slow = {},
                         .fast = {},
                         .depolarisation = Table(activity.posts)};
  if (const Count set = c.note("published", draw.between(0, 5)); set < 3) {
    const double* p = oracle::published_voltage[set];
    wanted.theta_minus = p[0], wanted.theta_plus = p[1], wanted.a_ltd = p[2], wanted.a_ltp = p[3];
    wanted.tau_x = p[4], wanted.tau_minus = p[5], wanted.tau_plus = p[6], wanted.delay = 0;
    const hebb::VoltageParameters sets[] = {
        hebb::voltage::visual_cortex, hebb::voltage::somatosensory, hebb::voltage::hippocampal};
    parameters = sets[set];
  }
  const hebb::Voltage<double, Depression, AnyBounds> rule{
      .parameters = parameters, .depression = depression, .bounds = bounds.library};
  auto state = rule.init({.pre = activity.pres, .post = activity.posts});
  state.weights = matrix(wanted.w);
  for (Count n = 0; n < 40; ++n) {
    if (draw.chance(0.05)) {
      rule.forget(state);
      wanted.forget();
    }
    const Moment moment = activity.next(draw);
    const Table u = draw.table(activity.posts, 1, -75, -10);
    const Dense potential = matrix(u);
    const hebb::View<double> view = potential;
    rule.update(spikes(moment.time, moment.pre),
                hebb::SpikesAndPotential{spikes(moment.time, moment.post), view}, state);
    wanted.step(moment, u);
    c.agree("weights", wanted.w, table(state.weights));
  }
}

}  // namespace

TEST_CASE(
    "oracle: the voltage rule with both kinds of depression, with any parameters and with the "
    "published ones") {
  oracle::check(oracle::try_family("voltage", [](Case& c, Count n) {
    const double reference = c.draw.uniform(20, 200), rest = c.draw.uniform(-75, -55),
                 tau = c.draw.uniform(20, 500);
    if (n % 2 == 0) return try_voltage(c, false, hebb::FixedDepression{}, reference, rest, tau);
    try_voltage(c, true, hebb::HomeostaticDepression{reference, rest, tau}, reference, rest, tau);
  }));
}

TEST_CASE("oracle: SuperSpike") {
  oracle::check(oracle::try_family("super_spike", [](Case& c, Count) {
    Draw& draw = c.draw;
    Activity activity = Activity::random(c);
    oracle::Optimizer optimizer = oracle::Optimizer::random(draw);
    optimizer.kind = oracle::Optimizer::Kind::momentum;
    const double eta = c.note("eta", draw.uniform(0.1, 2));
    const auto kernel = [&] { return oracle::Kernel{draw.uniform(2, 6), draw.uniform(7, 20)}; };
    oracle::SuperSpike wanted{.beta = draw.uniform(0.1, 2),
                              .threshold = draw.uniform(-60, -40),
                              .window = draw.uniform(10, 100),
                              .epsilon = kernel(),
                              .alpha = kernel(),
                              .posts = activity.posts,
                              .pres = activity.pres,
                              .pre = Trains(activity.pres),
                              .post = Trains(activity.posts),
                              .target = Trains(activity.posts),
                              .gathered = Table(activity.posts, activity.pres)};
    Table w = draw.table(activity.posts, activity.pres, -1, 1);
    const auto& schedule = optimizer.schedule;
    const hebb::SuperSpike<double, hebb::Momentum> rule{
        .parameters = {eta,
                       wanted.beta,
                       wanted.threshold,
                       {wanted.epsilon.rise, wanted.epsilon.fall},
                       {wanted.alpha.rise, wanted.alpha.fall},
                       wanted.window},
        .optimizer = {optimizer.momentum,
                      optimizer.weight_decay,
                      {schedule.warmup, schedule.total, schedule.floor}}};
    auto state = rule.init({.pre = activity.pres, .post = activity.posts});
    state.weights = matrix(w);
    const auto land = [&] {
      bool any = false;
      for (const double change : wanted.gathered.data) any = any || change != 0;
      if (any) optimizer.apply(w, wanted.gathered, eta);
      wanted.settle();
    };
    for (Count n = 0; n < 30; ++n) {
      if (n > 0 && draw.chance(0.03)) {
        rule.settle(state);
        land();
        rule.forget(state);
        wanted.forget();
      }
      const Moment moment = activity.next(draw, 0);
      const Table u = draw.table(activity.posts, 1, -70, -40);
      const Dense potential = matrix(u);
      const hebb::View<double> view = potential;
      rule.update(spikes(moment.time, moment.pre),
                  hebb::SpikesAndTarget{spikes(moment.time, moment.post),
                                        spikes(moment.time, moment.target), view},
                  state);
      if (wanted.step(moment, u)) land();
      c.agree("weights", w, table(state.weights));
    }
    rule.settle(state);
    land();
    c.agree("weights", w, table(state.weights));
  }));
}

namespace {

template <typename Units, typename Gradient>
void try_spiking_lpl(Case& c, bool published, oracle::SpikingLpl::Gradient kind) {
  Draw& draw = c.draw;
  Activity activity = Activity::random(c);
  activity.chance_pre *= 0.5;
  const Bounds bounds = Bounds::random(c, -1, 1);
  hebb::SpikingLplTimes t;
  t.dt_ms = draw.uniform(0.05, 0.2);
  const auto time = [&](double low, double high) { return t.dt_ms * draw.uniform(low, high); };
  t.tau_synapse_ms = time(3, 30), t.tau_membrane_ms = time(3, 30);
  t.tau_rise_ms = time(2, 10), t.tau_fall_ms = time(5, 30);
  t.tau_mean_ms = time(20, 200), t.tau_variance_ms = time(20, 200);
  const Count delay = draw.between(1, 5), prediction = delay + draw.between(1, 12),
              window = draw.between(1, 15);
  const Count priming = draw.between(0, 20);
  t.delay_ms = t.dt_ms * double(delay), t.prediction_ms = t.dt_ms * double(prediction);
  t.window_ms = t.dt_ms * double(window), t.priming_ms = t.dt_ms * double(priming);
  using Rule = hebb::SpikingLpl<double, Units, Gradient, AnyBounds>;
  Rule rule;
  rule.times = t;
  rule.bounds = bounds.library;
  rule.slope_per_mv = draw.uniform(0.1, 2);
  rule.threshold_mv = draw.uniform(-60, -40);
  rule.parameters.predictive = draw.uniform(0, 2);
  rule.parameters.hebbian = published ? draw.uniform(0, 2) : draw.uniform(0, 1e-2);
  rule.parameters.epsilon = published ? draw.uniform(1e-2, 1) : draw.uniform(1e-3, 1e-2);
  double transmitter = 0;  // per step
  if constexpr (requires { rule.parameters.transmitter_hz; })
    transmitter = (rule.parameters.transmitter_hz = draw.uniform(0, 100)) * t.dt_ms / 1000;
  else
    transmitter = rule.parameters.transmitter = draw.uniform(0, 0.1);
  const double decay_tau = draw.uniform(20, 200) * t.window_ms;
  const bool decays = c.note("decay", draw.chance(0.5));
  if (decays) rule.parameters.tau_weight_decay_ms = decay_tau;
  double square_tau = 1;
  if constexpr (requires { rule.gradient.tau_ms; })
    rule.gradient.tau_ms = square_tau = draw.uniform(1, 20) * t.window_ms;
  // The published program counts in seconds and volts.
  const double scale =
      published ? 1000 * t.dt_ms / t.window_ms : t.dt_ms / (t.tau_rise_ms * t.tau_synapse_ms);
  // Weights change by about 1/10 per window.
  const bool plain = kind == oracle::SpikingLpl::Gradient::plain;
  rule.parameters.eta =
      draw.uniform(0.02, 0.2) / (plain ? scale * rule.slope_per_mv * double(window) : 1);
  const double lost = decays ? 1 - std::exp(-t.window_ms / decay_tau) : 0;
  const auto [connections, connected] = random_connections(draw, activity.posts, activity.pres);
  oracle::SpikingLpl wanted{
      .dt = t.dt_ms,
      .synapse = t.tau_synapse_ms,
      .membrane = t.tau_membrane_ms,
      .rise = t.tau_rise_ms,
      .fall = t.tau_fall_ms,
      .mean_tau = t.tau_mean_ms,
      .variance_tau = t.tau_variance_ms,
      .delay = delay,
      .prediction = prediction,
      .window = window,
      .priming = priming,
      .eta = rule.parameters.eta,
      .phi = rule.parameters.predictive,
      .lambda = rule.parameters.hebbian,
      .xi = rule.parameters.epsilon,
      .delta = transmitter,
      .gain = (published ? 1000 : t.dt_ms) / t.tau_variance_ms,
      .scale = scale,
      .weight_decay = published ? rule.parameters.eta * lost : lost,
      .gradient = kind,
      .square_tau = square_tau,
      .slope = rule.slope_per_mv,
      .threshold = rule.threshold_mv,
      .cut = bounds.oracle,
      .connected = connected,
      .w = only(connected, bounds.weights(draw, activity.posts, activity.pres))};
  wanted.begin();
  auto state = rule.init(connections);
  state.weights = of_synapses(connections, wanted.w);
  for (Count n = 0; n < 60; ++n) {
    if (draw.chance(0.02)) {
      rule.forget(state);
      wanted.forget();
    }
    const Moment moment = activity.at(draw);
    const Table potential_mv = draw.table(activity.posts, 1, -70, -30);
    const hebb::Vector<double> potential = matrix(potential_mv);
    rule.update(moment.pre, hebb::SpikingPost<double>{moment.post, potential}, state);
    wanted.step(moment, potential_mv);
    c.agree("weights", wanted.w, table(hebb::to_matrix<double>(connections, state.weights)));
  }
  c.agree("mean", wanted.m, table(state.mean));
  c.agree("variance", wanted.v, table(state.variance));
}

}  // namespace

TEST_CASE("oracle: spiking LPL in both units, with all gradients") {
  using Kind = oracle::SpikingLpl::Gradient;
  oracle::check(oracle::try_family("spiking_lpl", [](Case& c, Count n) {
    if (n % 4 == 0)
      try_spiking_lpl<hebb::PhysicalUnits, hebb::PlainGradient>(c, false, Kind::plain);
    if (n % 4 == 1) try_spiking_lpl<hebb::PublishedCode, hebb::PlainGradient>(c, true, Kind::plain);
    if (n % 4 == 2)
      try_spiking_lpl<hebb::PhysicalUnits, hebb::AugmentedGradient>(c, false, Kind::augmented);
    if (n % 4 == 3)
      try_spiking_lpl<hebb::PublishedCode, hebb::LayerwiseAugmentedGradient>(c, true,
                                                                             Kind::layerwise);
  }));
}
