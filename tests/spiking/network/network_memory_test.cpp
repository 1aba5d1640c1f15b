// Steps of a spiking network after the first ones allocate nothing.
// clang-format off: this header defines macros that Eigen's headers read
#include "tests/layers/allocations.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "hebb/spiking/network.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/rules/pair_stdp.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"
#include "hebb/spiking/rules/super_spike.hpp"
#include "hebb/spiking/rules/voltage.hpp"

using namespace hebb;

TEST_CASE(
    "network: a step allocates nothing after the first ones, with sources, currents, delays, "
    "short-term plasticity, rules and a recorded rate") {
  SpikingNetwork<float> net({.dt_ms = 0.1, .seed = 1});
  const auto input = net.add(PoissonNeurons{.rate_hz = 20}, 100);
  const auto pace = net.add(RegularNeurons{.interval_ms = 5, .first_ms = 5}, 40);
  const auto exc = net.add(CurrentLif{}, 40), inh = net.add(CurrentLif{}, 20);
  net.connect(input, exc, Randomly{0.5}, {.weight = 1, .delay_ms = 1.5}, SparsePairStdp<float>{});
  net.connect(input, exc, Randomly{0.5}, {.weight = 0.5, .delay_ms = 0.5}, PairStdp<float>{},
              TsodyksMarkram{});
  net.connect(input, exc, Randomly{0.5}, {.weight = 0.5, .delay_ms = 1}, Voltage<float>{});
  net.connect(input, exc, Randomly{0.5}, {.weight = 0.5, .delay_ms = 1, .target = &pace},
              SuperSpike<float>{.parameters = {.window_ms = 20}});
  net.connect(exc, inh, All{}, {.weight = 2, .delay_ms = Uniform{0.5, 3}});
  net.connect(inh, exc, All{}, {.weight = 0.5, .delay_ms = 0.8, .onto = receptor::inhibitory},
              Inhibitory<float>{});
  net.inject(exc, NoiseCurrent{.mean = 18, .deviation = 5});
  net.inject(inh, PoissonDrive{.rate_hz = 1000, .weight = 1.5f});
  const auto rate = net.record_rate(exc, 2400);
  net.run(2000);  // lists of spikes have grown to their largest size
  const double before = rate.rate_hz(0);
  start_counting();
  net.run(400);
  stop_counting();
  CHECK(allocations == 0);
  CHECK(eigen_allocations == 0);
  CHECK(rate.rate_hz(0) > before + 1);
}
