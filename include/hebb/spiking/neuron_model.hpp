/// @file
/// What a neuron model is.
#pragma once

#include <array>
#include <concepts>
#include <string_view>

#include "hebb/core/types.hpp"

namespace hebb {

/// Where spikes act on a neuron, by name. A model of one's own may have receptors of its own.
struct Receptor {
  std::string_view name;  ///< borrowed, usually a literal
};

/// The receptors of the library's models.
namespace receptor {
inline constexpr Receptor excitatory{"excitatory"};  ///< of every model
inline constexpr Receptor inhibitory{"inhibitory"};  ///< of every model
inline constexpr Receptor ampa{"ampa"};              ///< of ConductanceLif
inline constexpr Receptor gaba{"gaba"};              ///< of ConductanceLif
}  // namespace receptor

/// A receptor of a model: the variable to which an arriving spike adds its weight.
struct ReceptorOf {
  std::string_view name;  ///< as in Receptor
  Index variable;         ///< place in the model's `variables`
};

/// A step that has an amplification; see NeuronModel.
template <typename Step, typename State>
concept HasAmplification = requires(const Step& step, const State& state) {
  step.amplification(state);
};

/// A step has no amplification, or one that is a T.
template <typename Step, typename State, typename T>
concept AmplificationFits =
    !HasAmplification<Step, State> || requires(const Step& step, const State& state) {
  { step.amplification(state) } -> std::same_as<T>;
};

/// A neuron model is a constant value, its parameters, with these members:
///
/// * `State<T>`, an aggregate of variables of type T. The first is the potential, in mV. T is a
///   number, or a vector of numbers that holds one neuron per lane.
/// * `variables`, the names of the members of State in their order.
/// * `receptors`, a constexpr list of ReceptorOf.
/// * `initial()`, the State<double> of a neuron at the beginning.
/// * `step<Scalar>(dt_ms)`, which checks the parameters and returns a function. It advances a State
///   by one step under an external current that is constant in the step, and returns which neurons
///   spike at its end: f(State<T>&, T current) -> bool, or one truth value per lane.
///
/// The function is called with T a vector. One that is called with numbers only, because it
/// branches, names its parameter: f(State<Scalar>&, Scalar).
///
/// Optional:
///
/// * f(State<T>&), a step without an external current.
/// * `shortest_interval(dt_ms)`, the least number of steps between two spikes of a neuron. Synapses
///   that learn may then be advanced by several steps at once (see BlockUnit).
/// * f.amplification(const State<T>&) -> T, the factor by which a step from this state multiplies a
///   small difference of potentials. For models that are advanced by an explicit method, whose step
///   is unstable where the factor is less than -1. Potentials may remain finite there, by clipping
///   or by spikes. A network checks the factor before every step. That potentials are finite is
///   checked after the last of the steps that a block makes at once (see BlockUnit).
template <typename N>
concept NeuronModel = std::copyable<N> && requires(const N model) {
  requires sizeof(typename N::template State<float>) == sizeof(float) * N::variables.size();
  { N::variables[0] } -> std::convertible_to<std::string_view>;
  { N::receptors[0].variable } -> std::convertible_to<Index>;
  { model.initial() } -> std::same_as<typename N::template State<double>>;
  model.template step<float>(0.1);
  requires AmplificationFits < decltype(model.template step<double>(0.1)),
      typename N::template State<double>,
  double > ;
};

/// The variables to which arriving spikes add, each once, in increasing order.
template <NeuronModel Model>
inline constexpr auto receptor_variables = [] {
  constexpr auto is_one = [](Index v) {
    for (const ReceptorOf& receptor : Model::receptors)
      if (receptor.variable == v) return true;
    return false;
  };
  constexpr Index all = Index(Model::variables.size());
  constexpr std::size_t count = [=] {
    std::size_t found = 0;
    for (Index v = 0; v < all; ++v) found += is_one(v);
    return found;
  }();
  std::array<Index, count> result{};
  for (Index v = 0, place = 0; v < all; ++v)
    if (is_one(v)) result[std::size_t(place++)] = v;
  return result;
}();

}  // namespace hebb
