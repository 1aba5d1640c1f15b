/// @file
/// What a neuron model is, and a group of neurons of one model.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "hebb/core/finite.hpp"
#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/label.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Where spikes act on a neuron, by name. A model of one's own may have receptors of its own.
struct Receptor {
  std::string_view name;
};

namespace receptor {
inline constexpr Receptor excitatory{"excitatory"}, inhibitory{"inhibitory"}, ampa{"ampa"},
    gaba{"gaba"};
}  // namespace receptor

/// A receptor of a model: the variable to which an arriving spike adds its weight.
struct ReceptorOf {
  std::string_view name;
  Index variable;
};

/// A neuron model is a constant value, its parameters, with these members:
///
/// * `State<T>`, an aggregate of variables of type T. The first is the potential, in mV. T is a
///   number, or a vector of numbers that holds one neuron per lane.
/// * `variables`, the names of the members of State in their order.
/// * `receptors`, a list of ReceptorOf.
/// * `initial()`, the State<double> of a neuron at the beginning.
/// * `step<Scalar>(dt_ms)`, which checks the parameters and returns a function. It advances a State
///   by one step under an external current that is constant in the step, and returns which neurons
///   spike at its end: f(State<T>&, T current) -> bool, or one truth value per lane.
///
/// The function is called with T a vector. One that is called with numbers only, because it
/// branches, names its parameter: f(State<Scalar>&, Scalar).
template <typename N>
concept NeuronModel = std::copyable<N> && requires(const N model) {
  requires sizeof(typename N::template State<float>) == sizeof(float) * N::variables.size();
  { N::variables[0] } -> std::convertible_to<std::string_view>;
  { N::receptors[0].variable } -> std::convertible_to<Index>;
  { model.initial() } -> std::same_as<typename N::template State<double>>;
  model.template step<float>(0.1);
  model.template step<double>(0.1);
};

/// Neurons of one model, one variable after the other in memory. Its number of rows is padded to
/// whole vectors; padded neurons are advanced like the others and never spike.
///
/// Throws what the model's `step` throws, and InvalidParameter for an empty group.
template <NeuronModel Model, typename Scalar>
class NeuronGroup {
 public:
  template <typename T>
  using State = typename Model::template State<T>;
  static constexpr Index variables = Index(Model::variables.size());

  Matrix<Scalar> state;  ///< padded neurons x variables

  NeuronGroup(const Model& model, Index neurons, double dt_ms)
      : neurons_(neurons), step_(model.template step<Scalar>(dt_ms)) {
    require(neurons > 0, name_of<Model>, ": an empty group of neurons");
    const auto at_first = model.initial();
    state.resize(padded(neurons), variables);
    for (Index v = 0; v < variables; ++v) {
      double value;
      std::memcpy(&value, reinterpret_cast<const char*>(&at_first) + std::size_t(v) * sizeof value,
                  sizeof value);
      state.col(v).setConstant(Scalar(value));
    }
  }

  Index size() const { return neurons_; }
  static constexpr Index padded(Index neurons) {
    return (neurons + padding - 1) / padding * padding;
  }

  /// The place of a variable. Throws InvalidParameter, with the names there are, for another name.
  static Index index_of(std::string_view name) {
    std::string known;
    for (Index v = 0; v < variables; ++v) {
      if (Model::variables[std::size_t(v)] == name) return v;
      known += sentence(v > 0 ? ", " : "", Model::variables[std::size_t(v)]);
    }
    throw InvalidParameter(sentence(name_of<Model>, " has no variable ", name, ", it has ", known));
  }

  /// The variable that a receptor stands for. Throws InvalidParameter likewise.
  static Index index_of(Receptor receptor) {
    std::string known;
    for (const ReceptorOf& own : Model::receptors) {
      if (own.name == receptor.name) return own.variable;
      known += sentence(known.empty() ? "" : ", ", own.name);
    }
    throw InvalidParameter(
        sentence(name_of<Model>, " has no receptor ", receptor.name, ", it has ", known));
  }

  /// The values of a variable, one per neuron.
  auto operator[](std::string_view name) { return state.col(index_of(name)).head(neurons_); }

  /// Advances by one step and appends the neurons that spike at its end. `current` holds one number
  /// per padded neuron, or is null. Returns false if a potential is not finite.
  bool advance(const Scalar* current, std::vector<Index>& spikes) {
    if constexpr (std::invocable<Step, State<Vec>&, Vec>)
      return current ? advance_vectors(
                           [&](Index at)
                               __attribute__((always_inline)) { return simd::load(current + at); },
                           spikes)
                     : advance_vectors(
                           [](Index) __attribute__((always_inline)) { return Vec{}; }, spikes);
    else
      return advance_each(current, spikes);
  }

  /// The same with checks, for use without a network. Throws ShapeError unless there is one current
  /// per neuron, NonFinite for one that is not finite; Divergence, naming the neuron, for a
  /// potential that is not finite after the step.
  void step(const View<Scalar>& current, std::vector<Index>& spikes) {
    require_shape<Scalar>(current, neurons_, 1, "current");
    require_finite<Scalar>(current, "current");
    require<ShapeError>(state.rows() == padded(neurons_) && state.cols() == variables,
                        name_of<Model>, ": state must be ", padded(neurons_), " x ", variables,
                        ", got ", state.rows(), " x ", state.cols());
    current_.setZero(state.rows());
    current_.head(neurons_) = current.col(0);
    spikes.clear();
    const FlushDenormals guard;
    const bool finite = advance(current_.data(), spikes);
    require<Divergence>(finite, name_of<Model>, ": the potential of neuron ", not_finite(),
                        " is not finite");
  }

  /// The first neuron whose potential is not finite, or -1.
  Index not_finite() const {
    for (Index i = 0; i < neurons_; ++i)
      if (!all_finite(&state(i, 0), 1)) return i;
    return -1;
  }

 private:
  static constexpr Index padding = 16;  // neurons; a multiple of every vector's width
  using Vec = simd::Vec<Scalar>;
  static constexpr Index width = simd::width<Scalar>;
  using Step = decltype(std::declval<const Model&>().template step<Scalar>(1.0));

  template <std::size_t... v>
  [[gnu::always_inline]] static State<Vec> load_state(const Scalar* at, Index stride,
                                                      std::index_sequence<v...>) {
    return {simd::load(at + Index(v) * stride)...};
  }

  bool advance_vectors(const auto& current, std::vector<Index>& spikes) {
    const Index rows = state.rows();
    Scalar* const data = state.data();
    const Step step = step_;  // a copy, so that its numbers stay in registers
    Vec bad{};
    for (Index at = 0; at < rows; at += width) {
      State<Vec> s =
          load_state(data + at, rows, std::make_index_sequence<std::size_t(variables)>{});
      const auto spiked = step(s, current(at));
      simd::unroll<int(variables)>([&](auto v) __attribute__((always_inline)) {
        Vec value;
        std::memcpy(&value, reinterpret_cast<const char*>(&s) + int(v) * int(sizeof(Vec)),
                    sizeof(Vec));
        simd::store(data + at + Index(v) * rows, value);
        if constexpr (int(v) == 0) bad += value * Scalar(0);
      });
      for (unsigned lanes = simd::truth_bits(spiked); lanes != 0; lanes &= lanes - 1) {
        const Index neuron = at + std::countr_zero(lanes);
        if (neuron < neurons_) spikes.push_back(neuron);
      }
    }
    return !simd::any_of(simd::magnitude(bad));
  }

  bool advance_each(const Scalar* current, std::vector<Index>& spikes) {
    bool finite = true;
    for (Index i = 0; i < neurons_; ++i) {
      std::array<Scalar, std::size_t(variables)> values;
      for (Index v = 0; v < variables; ++v) values[std::size_t(v)] = state(i, v);
      auto s = std::bit_cast<State<Scalar>>(values);
      if (step_(s, current ? current[i] : Scalar(0))) spikes.push_back(i);
      values = std::bit_cast<decltype(values)>(s);
      for (Index v = 0; v < variables; ++v) state(i, v) = values[std::size_t(v)];
      finite = finite && all_finite(values.data(), 1);
    }
    return finite;
  }

  Index neurons_;
  Step step_;
  Vector<Scalar> current_ = {};  // scratch space; not saved in checkpoints
};

}  // namespace hebb
