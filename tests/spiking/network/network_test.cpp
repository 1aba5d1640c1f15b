#include "hebb/spiking/network.hpp"

#include <doctest/doctest.h>

#include "hebb/core/digest.hpp"
#include "hebb/io/checkpoint.hpp"
#include "hebb/spiking/neurons/adex.hpp"
#include "hebb/spiking/neurons/conductance_lif.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/neurons/delta_lif.hpp"
#include "hebb/spiking/neurons/vogels_abbott_lif.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/rules/pair_stdp.hpp"
#include "hebb/spiking/rules/reward_stdp.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"
#include "hebb/spiking/rules/super_spike.hpp"
#include "hebb/spiking/rules/voltage.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

using Double = SpikingNetwork<double>;

/// A quadratic neuron (E. M. Izhikevich, IEEE Trans. Neural Netw. 14:1569-1572, 2003), as a user
/// would write it.
struct Izhikevich {
  double a = 0.02, b = 0.2, c_mv = -65, d = 8;
  template <typename T>
  struct State {
    T potential, recovery, current;
  };
  static constexpr std::array<std::string_view, 3> variables{"potential", "recovery", "current"};
  static constexpr std::array<ReceptorOf, 1> receptors{{{"excitatory", 2}}};
  State<double> initial() const { return {c_mv, b * c_mv, 0}; }
  template <typename S>
  auto step(double dt_ms) const {
    return [dt = S(dt_ms), p_a = S(a), p_b = S(b), c = S(c_mv), p_d = S(d)](auto& s, auto input) {
      const auto v = s.potential + dt * ((S(0.04) * s.potential + S(5)) * s.potential + S(140) -
                                         s.recovery + s.current + input);
      const auto u = s.recovery + dt * p_a * (p_b * s.potential - s.recovery);
      const auto spikes = v >= S(30);
      s.potential = spikes ? c - S(0) * v : v;
      s.recovery = spikes ? u + p_d : u;
      s.current *= S(0.9);
      return spikes;
    };
  }
};

/// A network with every kind of saved state, of more than one block, and with chunks that are long
/// enough to run on several threads.
struct Everything {
  Double net;
  PopulationRef input, exc, inh;
  ProjectionRef<SparsePairStdp<double>> learned;
  ProjectionRef<Inhibitory<double>> balance;

  Everything() : net({.dt_ms = 0.1, .seed = 5}) {
    input = net.add(PoissonNeurons{.rate_hz = 40}, 60, "input");
    exc = net.add(CurrentLif{}, 4500, "exc");
    inh = net.add(VogelsAbbottLif{}, 70, "inh");
    learned = net.connect(input, exc, Randomly{0.1},
                          {.weight = Uniform{10, 16}, .delay_ms = Uniform{0.5, 1.2}},
                          SparsePairStdp<double>{.parameters = {.a_plus = 0.3, .a_minus = 0.3},
                                                 .bounds = {.upper = 20}},
                          TsodyksMarkram{.tau_facilitation_ms = 30});
    net.connect(exc, inh, FixedInDegree{200}, {.weight = 0.6, .delay_ms = 0.8});
    balance = net.connect(inh, exc, Randomly{0.2},
                          {.weight = 0.5, .delay_ms = 0.5, .onto = receptor::inhibitory},
                          Inhibitory<double>{.parameters = {.eta = 0.1}, .bounds = {.upper = 9}});
    net.inject(exc, NoiseCurrent{.mean = 15, .deviation = 4});
    net.inject(inh, PoissonDrive{.rate_hz = 400, .weight = 0.2});
    net.set(exc, "potential", Uniform{-70, -55});
  }

  std::uint64_t digest() { return hebb::digest(net); }
};

}  // namespace

TEST_CASE("network: populations, projections, a rule and recordings, as a user writes them") {
  SpikingNetwork net({.dt_ms = 0.1, .seed = 1});
  const auto input = net.add(PoissonNeurons{.rate_hz = 10}, 500, "input");
  const auto exc = net.add(CurrentLif{}, 800, "exc");
  const auto inh = net.add(CurrentLif{}, 200, "inh");
  const auto learned = net.connect(input, exc, Randomly{0.1}, {.weight = 0.5, .delay_ms = 1.5_ms},
                                   PairStdp{});                               // plastic
  net.connect(exc, inh, Randomly{0.1}, {.weight = 0.3, .delay_ms = 1.5_ms});  // fixed
  net.connect(inh, exc, Randomly{0.1},
              {.weight = 0.5, .delay_ms = 0.8_ms, .onto = receptor::inhibitory},
              Inhibitory<>{.parameters = {.target_hz = 5}});
  auto spikes = net.record_spikes(input);
  auto weights = net.record_weights(learned, 500_ms);
  net.run(1000_ms);
  CHECK(spikes.rate_hz() == doctest::Approx(10).epsilon(0.1));
  CHECK(weights.times_ms() == std::vector<double>{0, 500, 1000});
  CHECK(weights[2].size() == net.connections(learned).size());
  CHECK(weights[2] == net.weights(learned));
}

TEST_CASE("network: a neuron model of a user gives the same results in vectors and alone") {
  Double net({.dt_ms = 0.5});
  const auto own = net.add(Izhikevich{}, 37);
  net.inject(own, [](Index neuron, double) { return double(neuron) * 0.4; });
  const auto spikes = net.record_spikes(own);
  net.run(1000);
  const auto step = Izhikevich{}.step<double>(0.5);
  std::vector<Index> counts(37), found(37);
  for (Index i = 0; i < 37; ++i) {
    auto s = Izhikevich{}.initial();
    Izhikevich::State<double> state{s.potential, s.recovery, s.current};
    for (int n = 0; n < 2000; ++n) counts[std::size_t(i)] += step(state, double(i) * 0.4);
  }
  for (const Index neuron : spikes.neurons()) ++found[std::size_t(neuron)];
  CHECK(found == counts);
  CHECK(counts[36] > 10);
}

TEST_CASE("network: a spike arrives after its delay, and acts from the next step on") {
  for (const double delay : {0.1, 0.4, 2.5}) {
    Double net({.dt_ms = 0.1});
    const auto source = net.add(RecordedNeurons{{1.0}, {0}}, 2);
    const auto post = net.add(CurrentLif{}, 1);
    net.connect(source, post, Pairs{{{0, 0}}}, {.weight = 3, .delay_ms = delay});
    const auto current = net.record(post, "excitatory", {0}, 0.1);
    net.run(5);
    const Matrix<double> seen = current.samples();
    const Index arrival = std::lround((1.0 + delay) / 0.1);  // sample n is at n dt
    CHECK(seen(0, arrival - 1) == 0);
    CHECK(seen(0, arrival) == 3);
    CHECK(seen(0, arrival + 1) == doctest::Approx(3 * std::exp(-0.1 / 5)));
    CHECK(net.time_ms() == doctest::Approx(5));
  }
}

TEST_CASE(
    "network: a rule gets arrivals, not emissions, and spikes of one moment do not interact") {
  // The postsynaptic neuron spikes at the moment in which it is kicked above threshold, one step
  // after the kick arrives; the spike of the learning synapse arrives before, then, or after.
  for (const int lag : {-1, 0, 1}) {
    Double net({.dt_ms = 0.1});
    const double kick = 2.0, arrival = 2.1 + 0.1 * lag;
    const auto source = net.add(RecordedNeurons{{arrival - 1}, {0}}, 1);
    const auto kicker = net.add(RecordedNeurons{{kick - 0.1}, {0}}, 1);
    const auto post = net.add(DeltaLif{}, 1);
    const PairStdp<double> rule{.parameters = {.a_plus = 0.25, .a_minus = 0.125}};
    const auto learned = net.connect(source, post, All{}, {.weight = 0.5, .delay_ms = 1}, rule);
    net.connect(kicker, post, All{}, {.weight = 30, .delay_ms = 0.1});
    const auto spikes = net.record_spikes(post);
    net.run(5);
    REQUIRE(spikes.size() == 1);
    CHECK(spikes.times_ms()[0] == doctest::Approx(kick + 0.1));
    const double change = lag < 0   ? 0.25 * std::exp(-0.1 / 20)
                          : lag > 0 ? -0.125 * std::exp(-0.1 / 20)
                                    : 0;
    CHECK(net.weights(learned)(0) == doctest::Approx(0.5 + change));
  }
}

TEST_CASE("network: short-term plasticity depresses and facilitates as its recursion says") {
  Double net({.dt_ms = 0.1});
  const std::vector<double> times{10, 30, 35, 100};
  const auto source = net.add(RecordedNeurons{times, {0, 0, 0, 0}}, 1);
  const auto post = net.add(CurrentLif{.tau_exc_ms = 1e-3}, 1);
  const TsodyksMarkram tm{.utilisation = 0.3, .tau_recovery_ms = 100, .tau_facilitation_ms = 50};
  net.connect(source, post, All{}, {.weight = 2, .delay_ms = 0.1}, None{}, tm);
  const auto current = net.record(post, "excitatory", {0}, 0.1);
  net.run(110);
  double u = 0.3, x = 1, last = 0;
  for (const double time : times) {
    x = 1 + (x - 1) * std::exp(-(time - last) / 100);
    u = 0.3 + (u - 0.3) * std::exp(-(time - last) / 50);
    u += 0.3 * (1 - u);
    CHECK(current.samples()(0, std::lround(time / 0.1) + 1) == doctest::Approx(2 * u * x));
    x -= u * x;
    last = time;
  }
}

TEST_CASE("network: the same bits on any number of threads, in pieces, and from a checkpoint") {
  Everything whole;
  const auto spikes = whole.net.record_spikes(whole.exc);
  const auto inhibited = whole.net.record_spikes(whole.inh);
  whole.net.run(60);
  CHECK(spikes.size() > 500);
  CHECK(inhibited.size() > 20);
  const std::uint64_t expected = whole.digest();

  Everything pieces;
  for (const double part : {0.1, 7.3, 0.0, 22.6, 30.0}) pieces.net.run(part);
  CHECK(pieces.digest() == expected);

#ifdef _OPENMP
  for (const int threads : thread_counts()) {
    const WithThreads guard(threads);
    Everything again;
    again.net.run(23.4);
    const auto saved = format_checkpoint(again.net);
    omp_set_num_threads(threads % 4 + 1);
    Everything resumed;
    parse_checkpoint(saved, "a checkpoint", resumed.net);
    CHECK(resumed.net.time_ms() == doctest::Approx(23.4));
    resumed.net.run(36.6);
    CHECK(resumed.digest() == expected);
    again.net.run(36.6);  // saving changes nothing
    CHECK(again.digest() == expected);
  }
#endif
}

TEST_CASE("network: learning synapses at which nothing has happened are saved, too") {
  const auto build = [] {
    auto net = std::make_unique<Double>(SpikingNetworkSettings{.seed = 1});
    const auto silent = net->add(RecordedNeurons{{30}, {0}}, 2, "silent");
    const auto post = net->add(CurrentLif{}, 2, "post");
    net->connect(silent, post, All{}, {.weight = 0.5}, PairStdp<double>{});
    net->connect(silent, post, All{}, {.weight = 0.5}, SparsePairStdp<double>{});
    return net;
  };
  auto whole = build();
  whole->run(60);
  for (const double until : {0.0, 20.0}) {
    auto net = build(), resumed = build();
    net->run(until);
    parse_checkpoint(format_checkpoint(*net), "it", *resumed);
    resumed->run(60 - until);
    CHECK(digest(*resumed) == digest(*whole));
  }
}

TEST_CASE("network: a checkpoint of another network, or with impossible spikes, is refused") {
  const auto build = [](std::uint64_t seed, Index spike_neuron) {
    auto net = std::make_unique<Double>(SpikingNetworkSettings{.seed = seed});
    const auto source = net->add(RecordedNeurons{{1}, {0}}, 3, "source");
    const auto post = net->add(CurrentLif{}, 3, "post");
    net->connect(source, post, Randomly{0.5}, {.delay_ms = 3});
    (void)spike_neuron;
    return net;
  };
  auto net = build(1, 0);
  net->run(2);
  const auto saved = format_checkpoint(*net);
  auto other = build(2, 0);
  parse_checkpoint(saved, "it", *other);
  CHECK_THROWS_WITH_AS(other->run(1),
                       "SpikingNetwork: the checkpoint is of a network with other connections, "
                       "weights, delays, step or seed",
                       InvalidParameter);
  for (const std::int64_t neuron : {-1, 3}) {
    auto forged = build(1, 0);
    parse_checkpoint(saved, "it", *forged);
    forged->each([&](std::string_view name, auto& value) {
      if constexpr (std::same_as<decltype(value), Matrix<std::int64_t>&>)
        if (name == "source.in_flight") value(1, 0) = neuron;
    });
    CHECK_THROWS_AS(forged->run(1), InvalidParameter);
  }
}

TEST_CASE("network: short-term plasticity and noise whose state was set by hand are refused") {
  const TsodyksMarkram synapses;
  auto state = synapses.init(2);
  state.available.conservativeResize(1);
  CHECK_THROWS_AS(synapses.transmit(1, 1, state), ShapeError);
  auto noise =
      NoiseCurrent{}.start({.first = 0, .size = 3, .population = 3, .dt_ms = 0.1, .random = {}});
  noise.value.conservativeResize(2);
  std::array<double, 3> current{};
  CHECK_THROWS_AS(noise.add(0.1, 1, std::span<double>(current)), ShapeError);
}

TEST_CASE("network: weights that were set by hand to another shape are refused before a spike") {
  const auto refused = [](const auto& rule, const auto& change) {
    Double net;
    const auto source = net.add(RegularNeurons{.interval_ms = 1, .first_ms = 1}, 3);
    const auto post = net.add(CurrentLif{}, 300);
    const auto learned = net.connect(source, post, All{}, {.weight = 0.5}, rule);
    net.run(2);
    net.for_each_state(learned, [&](const auto&, auto& state) { change(state); });
    const double time_ms = net.time_ms();
    CHECK_THROWS_AS(net.run(2), ShapeError);
    CHECK(net.time_ms() == time_ms);
  };
  const auto few = [](auto& state) { state.weights.setZero(3); };
  refused(PairStdp<double>{}, few);
  refused(SparsePairStdp<double>{}, few);
  refused(PairStdp<double>{},
          [](auto& state) { state = PairStdp<double>{}.init(connect_all({.pre = 1, .post = 1})); });
}

TEST_CASE("network: sources whose numbers are too large to count steps or spikes are refused") {
  Double net;
  for (const double huge : {1e300, HUGE_VAL, double(NAN)}) {
    CHECK_THROWS_AS(net.add(RegularNeurons{.interval_ms = huge, .first_ms = 1}, 2),
                    InvalidParameter);
    CHECK_THROWS_AS(net.add(RegularNeurons{.interval_ms = 1, .first_ms = huge}, 2),
                    InvalidParameter);
    CHECK_THROWS_AS(net.add(RecordedNeurons{{huge}, {0}}, 2), InvalidParameter);
    const auto post = net.add(CurrentLif{}, 3);
    CHECK_THROWS_AS(net.inject(post, PoissonDrive{.rate_hz = huge}), InvalidParameter);
  }
  const auto post = net.add(CurrentLif{}, 3);
  CHECK_THROWS_WITH_AS(net.inject(post, PoissonDrive{.rate_hz = 1e13}),
                       "PoissonDrive: 1e+13 Hz are 3e+09 spikes in a step of 0.1 ms onto 3 "
                       "neurons, more than 2^31",
                       InvalidParameter);
}

TEST_CASE("network: rules that ask for potentials, targets or rewards get them") {
  Double net({.dt_ms = 0.1, .seed = 2});
  const auto source = net.add(PoissonNeurons{.rate_hz = 50}, 20);
  const auto teacher = net.add(RegularNeurons{.interval_ms = 20, .first_ms = 20}, 3);
  const auto adaptive = net.add(AdEx{}, 3);
  const auto plain = net.add(CurrentLif{}, 3);
  const auto by_voltage = net.connect(source, adaptive, All{}, {.weight = 0.5}, Voltage<double>{});
  const auto taught =
      net.connect(source, plain, All{}, {.weight = 0.1, .delay_ms = 1, .target = &teacher},
                  SuperSpike<double>{.parameters = {.eta = 1e3}});
  const auto rewarded = net.connect(source, plain, All{}, {.weight = 0.5}, RewardStdp<double>{});
  net.inject(adaptive, ConstantCurrent{.amplitude = 900});
  net.inject(plain, ConstantCurrent{.amplitude = 25});
  net.run(300);
  CHECK((net.weights(by_voltage).array() != 0.5).any());
  CHECK((net.weights(taught).array() != 0.1).any());
  CHECK((net.weights(rewarded).array() == 0.5).all());  // no reward, no change
  net.for_each_state(rewarded, [](const auto& rule, auto& state) { rule.reward(1, state); });
  net.run(100);
  CHECK((net.weights(rewarded).array() != 0.5).any());
}

TEST_CASE(
    "network: target spikes count when they are emitted, whatever the delay of the synapses, in "
    "pieces and from a checkpoint") {
  struct Taught {
    Double net{{.dt_ms = 0.1, .seed = 2}};
    ProjectionRef<SuperSpike<double>> learned;
    SpikeRecording spikes{1, 0};

    Taught(double delay_ms, double late_ms) {
      const auto source = net.add(PoissonNeurons{.rate_hz = 100}, 20);
      const auto kicker = net.add(RecordedNeurons{{2, 7}, {0, 0}}, 1);
      const auto post = net.add(DeltaLif{}, 1);
      const auto teacher = net.add(RecordedNeurons{{2.2 + late_ms, 7.2 + late_ms}, {0, 0}}, 1);
      net.connect(kicker, post, All{}, {.weight = 30, .delay_ms = 0.1});
      learned = net.connect(source, post, All{},
                            {.weight = 0.1, .delay_ms = delay_ms, .target = &teacher},
                            SuperSpike<double>{.parameters = {.eta = 1e3, .window_ms = 10}});
      spikes = net.record_spikes(post);
    }
  };
  for (const double delay_ms : {0.1, 1.5}) {
    Taught exact(delay_ms, 0), late(delay_ms, 0.1);
    exact.net.run(40);
    late.net.run(40);
    const std::uint64_t expected = digest(late.net);  // reading weights settles the rule
    REQUIRE(exact.spikes.size() == 2);
    CHECK(exact.spikes.times_ms()[0] == doctest::Approx(2.2));
    CHECK((exact.net.weights(exact.learned).array() == 0.1).all());
    CHECK((late.net.weights(late.learned).array() != 0.1).any());

    Taught begun(delay_ms, 0.1), resumed(delay_ms, 0.1);
    for (const double part : {0.3, 6.9}) begun.net.run(part);
    parse_checkpoint(format_checkpoint(begun.net), "a checkpoint", resumed.net);
    resumed.net.run(32.8);
    CHECK(digest(resumed.net) == expected);
  }
}

TEST_CASE("network: recordings have an interval of their own, and may be streamed") {
  Double net({.dt_ms = 0.1, .seed = 3});
  const auto source = net.add(PoissonNeurons{.rate_hz = 100}, 50);
  const auto post = net.add(CurrentLif{}, 4);
  const auto learned = net.connect(source, post, All{}, {.weight = 0.5}, PairStdp<double>{});
  auto spikes = net.record_spikes(source), streamed = net.record_spikes(source);
  Matrix<double> columns(2, 0);
  streamed.stream([&](const Matrix<double>& piece) {
    columns.conservativeResize(2, columns.cols() + piece.cols());
    columns.rightCols(piece.cols()) = piece;
  });
  const auto rate = net.record_rate(source, 50);
  const auto potential = net.record(post, "potential", {3, 1}, 2.5);
  const auto traces = net.record(learned, "trace.pre", 10);
  net.run(500);
  streamed.flush();
  REQUIRE(rate.bins() == 10);
  double mean = 0;
  for (Index bin = 0; bin < 10; ++bin) mean += rate.rate_hz(bin) / 10;
  CHECK(mean == doctest::Approx(spikes.rate_hz()));
  CHECK(mean == doctest::Approx(100).epsilon(0.05));
  CHECK(spikes.irregularity() == doctest::Approx(1).epsilon(0.15));
  REQUIRE(columns.cols() == spikes.size());
  CHECK(columns(0, 7) == spikes.times_ms()[7]);
  CHECK(potential.samples().rows() == 2);
  CHECK(potential.samples().cols() == 201);
  CHECK(traces.samples().rows() == 50);
  CHECK_THROWS_WITH_AS(net.record(learned, "trace", 10),
                       "the synapses have no array trace, but rule, weights, trace.pre, "
                       "trace.post, time_ms",
                       InvalidParameter);
}

TEST_CASE(
    "network: currents may be constant, last for an interval, be noise or a function; the drive is "
    "Poisson") {
  Double net({.dt_ms = 0.1, .seed = 3});
  const CurrentLif deaf{.threshold_mv = 1000, .tau_mem_ms = 1e-3};
  const auto constant = net.add(deaf, 1), noisy = net.add(deaf, 4000), driven = net.add(deaf, 500);
  net.inject(constant, ConstantCurrent{.amplitude = 7, .begin_ms = 1, .end_ms = 2});
  net.inject(constant, [](double time_ms) { return time_ms > 3.05 ? 2.0 : 0.0; });
  net.inject(noisy, NoiseCurrent{.mean = 3, .deviation = 2, .tau_ms = 1});
  net.inject(driven, PoissonDrive{.rate_hz = 5000, .weight = 1});
  const auto seen = net.record(constant, "potential", {0}, 0.1);
  net.run(20);
  const Matrix<double> v = seen.samples().array() + 70;
  for (Index n = 0; n <= 40; ++n) {  // sample n is the step that ends at n dt
    const double expected = n > 10 && n <= 20 ? 7 : n > 30 ? 2 : 0;
    CHECK(v(0, n) == doctest::Approx(expected));
  }
  const Vector<double> noise = net.values(noisy, "potential").array() + 70 - 3;
  CHECK(std::abs(noise.mean()) < 0.15);
  CHECK(std::sqrt(noise.squaredNorm() / 4000) == doctest::Approx(2).epsilon(0.1));
  // A Poisson shot noise of rate r and time constant tau has mean r tau and variance r tau / 2.
  const Vector<double> shots = net.values(driven, "excitatory");
  CHECK(shots.mean() == doctest::Approx(25 * (1 - std::exp(-4.0))).epsilon(0.03));
  CHECK((shots.array() - shots.mean()).square().mean() == doctest::Approx(12.5).epsilon(0.2));
}

TEST_CASE("network: Poisson numbers have the mean and the variance of their distribution") {
  for (const double mean : {0.5, 8.0, 12.0, 700.0}) {
    Random random{.seed = 4};
    const Index draws = 20000;
    double sum = 0, square = 0;
    for (Index n = 0; n < draws; ++n) {
      const double k = double(draw_poisson(mean, random));
      sum += k, square += k * k;
    }
    const double found = sum / double(draws);
    CHECK(found == doctest::Approx(mean).epsilon(0.02));
    CHECK(square / double(draws) - found * found == doctest::Approx(mean).epsilon(0.05));
  }
}

TEST_CASE("network: arguments that do not fit are refused with one sentence") {
  Double net({.dt_ms = 0.1}), other({.dt_ms = 0.1});
  const auto source = net.add(RecordedNeurons{}, 2, "source");
  const auto post = net.add(CurrentLif{}, 2, "post");
  const auto stranger = other.add(CurrentLif{}, 2);
  const auto refused = [&](const auto& call, const char* sentence) {
    try {
      call();
      FAIL_CHECK("accepted: ", std::string(sentence));
    } catch (const std::exception& error) {
      CHECK(std::string(error.what()) == sentence);
    }
  };
  const auto connect = [&](const SynapseOptions& options) {
    return [&net, source, post, options] { net.connect(source, post, All{}, options); };
  };
  refused(connect({.delay_ms = 0.25}),
          "SpikingNetwork: projection 0 from source to post: the delay must be a multiple of the "
          "step of 0.1 ms, got 0.25 ms");
  refused(connect({.delay_ms = 0.01}),
          "SpikingNetwork: projection 0 from source to post: the delay must be at least 0.1 ms, "
          "got 0.01 ms");
  refused(connect({.onto = Receptor{"nmda"}}),
          "SpikingNetwork: projection 0 from source to post: CurrentLif has no receptor nmda, it "
          "has excitatory, inhibitory");
  refused([&] { net.connect(post, source, All{}); },
          "SpikingNetwork: projection 0 from post to source: a source of spikes has no receptors, "
          "and no excitatory");
  refused([&] { net.connect(source, stranger, All{}); },
          "SpikingNetwork: a population of another network");
  refused(connect({.weight = Vector<double>(Vector<double>::Ones(3))}),
          "SpikingNetwork: projection 0 from source to post: the weight: there are 3 values for 4");
  refused([&] { net.add(VogelsAbbottLif{.tau_exc_ms = 0.05}, 3); },
          "VogelsAbbottLif: time constants must be finite and longer than the step of 0.1 ms, got "
          "0.05 ms");
  refused(
      [&] {
        net.add(RecordedNeurons{{1, 1}, {0, 0}}, 2);
      },
      "RecordedInput: neuron 0 is listed twice in one moment");
  refused(connect({.target = &post}),
          "SpikingNetwork: projection 0 from source to post: population post cannot both have a "
          "target and be one");
  Connections by_hand = connect_all({.pre = 2, .post = 2});
  by_hand.post[3] = 2;
  refused(
      connect({.delay_ms = Uniform{1e300, 1e300}}),
      "SpikingNetwork: projection 0 from source to post: the delay must be finite and below 1e15 "
      "steps, got 1e+300 ms");
  refused([&] { net.connect(source, post, by_hand); },
          "Connections: 1 -> 2 is outside 2 -> 2 neurons");
  refused([&] { net.add(CurrentLif{}, 2, "post"); },
          "SpikingNetwork: two populations are called post");
  refused([&] { net.run(0.25); },
          "SpikingNetwork: the duration must be a multiple of the step of 0.1 ms, got 0.25 ms");
  net.inject(post, [](Index neuron, double time_ms) {
    return neuron == 1 && time_ms > 1.95 ? double(NAN) : 0.0;
  });
  refused([&] { net.run(10); },
          "SpikingNetwork: the potential of neuron 1 of population post is not finite at 2 ms");
  refused([&] { net.run(1); }, "SpikingNetwork: a step did not end, so it cannot continue");
  refused([&] { net.connect(source, post, All{}); },
          "SpikingNetwork: populations, projections and currents are added before the first step");
}
