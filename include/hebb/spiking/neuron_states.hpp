/// @file
/// The states of neurons in memory, one variable after the other, and as State of their model.
#pragma once

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "hebb/core/kernels/vectors.hpp"
#include "hebb/spiking/neuron_model.hpp"

namespace hebb {

/// Reads and writes the state of one neuron, or of as many as a vector has lanes. In memory it is a
/// matrix, padded neurons x variables; pointers are to the first variable of the first neuron.
template <NeuronModel Model, typename Scalar>
struct NeuronStates {
  /// Variables of a neuron, or of a vector of them.
  template <typename T>
  using State = typename Model::template State<T>;
  using Vec = simd::Vec<Scalar>;                       ///< the neurons of one instruction
  static constexpr Index width = simd::width<Scalar>;  ///< neurons per vector
  static constexpr Index variables = Index(Model::variables.size());  ///< of one neuron

  /// The states of the neurons from `at` on; `rows` is the number of padded neurons.
  [[gnu::always_inline]] static State<Vec> load(const Scalar* at, Index rows) {
    return [&]<std::size_t... v>(std::index_sequence<v...>) __attribute__((always_inline)) {
      return State<Vec>{simd::load(at + Index(v) * rows)...};
    }
    (std::make_index_sequence<std::size_t(variables)>{});
  }
  /// Writes what `load` reads.
  [[gnu::always_inline]] static void store(Scalar* at, Index rows, const State<Vec>& s) {
    simd::unroll<int(variables)>([&](auto v) __attribute__((always_inline)) {
      simd::store(at + Index(v) * rows, variable<Index(v)>(s));
    });
  }

  /// Variable v of the neurons.
  template <Index v>
  [[gnu::always_inline]] static Vec variable(const State<Vec>& s) {
    Vec value;
    std::memcpy(&value, reinterpret_cast<const char*>(&s) + v * Index(sizeof(Vec)), sizeof(Vec));
    return value;
  }
  /// Sets variable v of the neurons.
  template <Index v>
  [[gnu::always_inline]] static void set(State<Vec>& s, const Vec& value) {
    std::memcpy(reinterpret_cast<char*>(&s) + v * Index(sizeof(Vec)), &value, sizeof(Vec));
  }

  using Numbers = std::array<Scalar, std::size_t(variables)>;  ///< the variables of one neuron

  /// The state of one neuron.
  static State<Scalar> of_neuron(const Matrix<Scalar>& state, Index neuron) {
    Numbers values;
    for (Index v = 0; v < variables; ++v) values[std::size_t(v)] = state(neuron, v);
    return std::bit_cast<State<Scalar>>(values);
  }
  /// The variables in their order.
  static Numbers numbers(const State<Scalar>& s) { return std::bit_cast<Numbers>(s); }
};

}  // namespace hebb
