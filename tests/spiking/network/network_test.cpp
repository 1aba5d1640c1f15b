#include "hebb/spiking/network.hpp"

#include <doctest/doctest.h>

#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/neurons/vogels_abbott_lif.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"

using namespace hebb;

TEST_CASE("network: what a user writes") {
  SpikingNetwork net({.dt_ms = 0.1, .seed = 1});
  const auto input = net.add(PoissonNeurons{.rate_hz = 10}, 500, "input");
  const auto exc = net.add(CurrentLif{}, 800, "exc");
  const auto inh = net.add(CurrentLif{}, 200, "inh");
  const auto learned =
      net.connect(input, exc, Randomly{0.1}, {.weight = 0.5, .delay_ms = 1.5}, SparsePairStdp{});
  net.connect(exc, inh, Randomly{0.1}, {.weight = 0.3, .delay_ms = 1.5});
  net.connect(inh, exc, Randomly{0.1},
              {.weight = 0.5, .delay_ms = 0.8, .onto = receptor::inhibitory});
  auto spikes = net.record_spikes(input);
  net.run(1000_ms);
  CHECK(spikes.rate_hz() == doctest::Approx(10).epsilon(0.1));
  CHECK(net.weights(learned).size() > 39000);
}
