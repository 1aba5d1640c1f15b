// Your own neuron: a struct with its variables, its receptors and one step of its equations.
//
// This is the model of Izhikevich, IEEE Trans. Neural Netw. 14:1569-1572 (2003). The same step
// advances one neuron (T is a number) or several at once (T is a vector of numbers), so a condition
// is written as `condition ? a : b`.
#include <iostream>

#include "hebb/spiking/network.hpp"

using namespace hebb;

struct Izhikevich {
  double a = 0.02, b = 0.2, reset_mv = -65, jump = 8;

  template <typename T>
  struct State {
    T potential, recovery, drive;
  };
  static constexpr std::array<std::string_view, 3> variables{"potential", "recovery", "drive"};
  static constexpr std::array<ReceptorOf, 1> receptors{{{"excitatory", 2}}};

  State<double> initial() const { return {reset_mv, b * reset_mv, 0}; }

  template <typename Scalar>
  auto step(double dt_ms) const {
    const Scalar dt = Scalar(dt_ms), rate = Scalar(a), slope = Scalar(b), reset = Scalar(reset_mv),
                 step_up = Scalar(jump), keep = Scalar(std::exp(-dt_ms / 5));
    return [=]<typename T>(State<T>& s, T current) {
      const T v = s.potential;
      s.potential += dt * (Scalar(0.04) * v * v + Scalar(5) * v + Scalar(140) - s.recovery +
                           s.drive + current);
      s.recovery += dt * rate * (slope * v - s.recovery);
      s.drive *= keep;  // an arriving spike adds its weight; time constant 5 ms
      const T zero{};
      const auto spikes = s.potential >= zero + Scalar(30);
      s.potential = spikes ? zero + reset : s.potential;
      s.recovery += spikes ? zero + step_up : zero;
      return spikes;
    };
  }
};
static_assert(NeuronModel<Izhikevich>);

int main() {
  SpikingNetwork network({.dt_ms = 0.1, .seed = 1});
  const auto input = network.add(PoissonNeurons{.rate_hz = 10}, 200);
  const auto regular = network.add(Izhikevich{}, 50, "regular spiking");
  const auto fast = network.add(Izhikevich{.a = 0.1, .jump = 2}, 50, "fast spiking");
  network.connect(input, regular, Randomly{0.5}, {.weight = 1.5});
  network.connect(input, fast, Randomly{0.5}, {.weight = 1.5});
  const auto regular_spikes = network.record_spikes(regular);
  const auto fast_spikes = network.record_spikes(fast);
  network.run(2000_ms);
  std::cout << "Rates on the same input: regular spiking " << regular_spikes.rate_hz()
            << " Hz, fast spiking " << fast_spikes.rate_hz() << " Hz\n";
  return regular_spikes.rate_hz() > 1 && fast_spikes.rate_hz() > 1.5 * regular_spikes.rate_hz() ? 0
                                                                                                : 1;
}
