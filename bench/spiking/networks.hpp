/// @file
/// Published networks of spiking neurons, which the benchmarks time and the checks compare.
#pragma once

#include <vector>

#include "hebb/spiking/network.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/neurons/delta_lif.hpp"
#include "hebb/spiking/neurons/vogels_abbott_lif.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"

namespace networks {

using namespace hebb;

/// The parts of a network.
struct Parts {
  std::vector<PopulationRef> populations;
  PopulationRef excitatory;
  Index neurons = 0;
  double fixed_fan_out = 0, plastic_fan_out = 0;  ///< synapses of an excitatory neuron
  std::vector<ProjectionRef<None>> fixed = {};  ///< exc to exc, inh to exc, exc to inh, inh to inh
};

/// Neurons of Vogels and Abbott, with conductances or with currents.
template <typename Scalar, typename Model>
Parts vogels_abbott(SpikingNetwork<Scalar>& net, const Model& model, Index size, double exc_weight,
                    double inh_weight) {
  const Index exc_size = 4 * size / 5;
  const PopulationRef exc = net.add(model, exc_size, "exc"),
                      inh = net.add(model, size - exc_size, "inh");
  const double probability = 80.0 / double(size);
  Parts parts{{exc, inh}, exc, size, 80, 0};
  for (const PopulationRef& post : {exc, inh}) {
    parts.fixed.push_back(net.connect(exc, post, Randomly{probability}, {.weight = exc_weight}));
    parts.fixed.push_back(net.connect(inh, post, Randomly{probability},
                                      {.weight = inh_weight, .onto = receptor::inhibitory}));
    net.set(post, "potential", Uniform{-60, -50});
  }
  return parts;
}

template <typename Scalar>
struct Coba {
  static constexpr double warm_up_ms = 500;
  VogelsAbbottLif model;
  Parts operator()(SpikingNetwork<Scalar>& net, Index size) const {
    Parts parts = vogels_abbott(net, model, size, 0.6, 6.7);
    for (const PopulationRef& population : parts.populations) {
      net.set(population, "potential", Normal{-65, 5});
      net.set(population, "excitatory", Normal{4, 1.5, 0});
      net.set(population, "inhibitory", Normal{20, 12, 0});
    }
    return parts;
  }
};

template <typename Scalar>
struct Cuba {
  static constexpr double warm_up_ms = 500;
  CurrentLif model{.rest_mv = -49, .reset_mv = -60, .refractory_ms = 5};
  Parts operator()(SpikingNetwork<Scalar>& net, Index size) const {
    return vogels_abbott(net, model, size, 1.62, 9);
  }
};

/// Inhibitory plasticity; the constant current of 20 mV is part of the resting potential.
template <typename Scalar>
struct Isp {
  static constexpr double warm_up_ms = 5000;
  VogelsAbbottLif model{.rest_mv = -40};
  Parts operator()(SpikingNetwork<Scalar>& net, Index size) const {
    const Index exc_size = 4 * size / 5;
    const PopulationRef exc = net.add(model, exc_size, "exc"),
                        inh = net.add(model, size - exc_size, "inh");
    const double probability = 200.0 / double(size);
    for (const PopulationRef& post : {exc, inh}) {
      net.connect(exc, post, Randomly{probability}, {.weight = 0.03});
      net.set(post, "potential", Uniform{-60, -50});
    }
    net.connect(inh, inh, Randomly{probability}, {.weight = 0.3, .onto = receptor::inhibitory});
    net.connect(
        inh, exc, Randomly{probability}, {.weight = 0.1, .onto = receptor::inhibitory},
        Inhibitory<Scalar>{.parameters = {.eta = 1e-3, .target_hz = 3}, .bounds = {.upper = 10}});
    return {{exc, inh}, exc, size, 200, 0};
  }
};

template <typename Scalar>
struct Brunel {
  static constexpr double warm_up_ms = 200;
  DeltaLif model;
  Parts operator()(SpikingNetwork<Scalar>& net, Index size) const {
    const double weight = 0.125, most = 0.25, delay_ms = 1.5;
    const Index exc_size = 4 * size / 5;
    const PopulationRef exc = net.add(model, exc_size, "exc"),
                        inh = net.add(model, size - exc_size, "inh");
    const Randomly tenth{1000.0 / double(size)};
    net.connect(
        exc, exc, tenth, {.weight = weight, .delay_ms = delay_ms},
        SparsePairStdp<Scalar>{.parameters = {.a_plus = 0.005 * most, .a_minus = 0.00525 * most},
                               .bounds = {.upper = most}});
    net.connect(exc, inh, tenth, {.weight = weight, .delay_ms = delay_ms});
    for (const PopulationRef& post : {exc, inh}) {
      net.connect(inh, post, tenth,
                  {.weight = 5 * weight, .delay_ms = delay_ms, .onto = receptor::inhibitory});
      net.inject(post, PoissonDrive{.rate_hz = 800 * 12, .weight = weight});
      net.set(post, "potential", Uniform{0, 20});
    }
    return {{exc, inh}, exc, size, 200, 800};
  }
};

/// The network of Brunel's figures: fixed synapses, of which every neuron has the same number. The
/// external rate is in units of the rate that holds a neuron at threshold.
///
/// N. Brunel, J. Comput. Neurosci. 8:183-208 (2000), model A.
struct BrunelStates {
  double inhibition = 5;  ///< g, weight of an inhibitory synapse over that of an excitatory one
  double external = 2;
  double weight_mv = 0.1;
  Index in_degree = 1000;  ///< of excitatory synapses; a quarter as many are inhibitory
  DeltaLif model = {};

  double external_hz() const {
    return 1000 * external * model.threshold_mv / (weight_mv * model.tau_mem_ms);
  }

  template <typename Scalar>
  Parts operator()(SpikingNetwork<Scalar>& net, Index size) const {
    const Index exc_size = 4 * size / 5;
    const PopulationRef exc = net.add(model, exc_size, "exc"),
                        inh = net.add(model, size - exc_size, "inh");
    Parts parts{{exc, inh}, exc, size, double(in_degree), 0};
    for (const PopulationRef& post : {exc, inh}) {
      parts.fixed.push_back(
          net.connect(exc, post, FixedInDegree{in_degree}, {.weight = weight_mv, .delay_ms = 1.5}));
      parts.fixed.push_back(net.connect(
          inh, post, FixedInDegree{in_degree / 4},
          {.weight = inhibition * weight_mv, .delay_ms = 1.5, .onto = receptor::inhibitory}));
      net.inject(post, PoissonDrive{.rate_hz = external_hz(), .weight = weight_mv});
      net.set(post, "potential", Uniform{0, 20});
    }
    return parts;
  }
};

}  // namespace networks
