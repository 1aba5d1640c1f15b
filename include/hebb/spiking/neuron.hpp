/// @file
/// A group of neurons of one model.
#pragma once

#include <bit>
#include <concepts>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hebb/core/finite.hpp"
#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/label.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"
#include "hebb/spiking/neuron_chunk.hpp"

namespace hebb {

/// Neurons of one model, one variable after the other in memory. Its number of rows is padded to
/// whole vectors; padded neurons are advanced like the others and never spike.
///
/// Throws what the model's `step` throws, and InvalidParameter for an empty group.
template <NeuronModel Model, typename Scalar>
class NeuronGroup {
 public:
  template <typename T>
  using State = typename Model::template State<T>;                    ///< variables of a neuron
  static constexpr Index variables = Index(Model::variables.size());  ///< columns of `state`

  Matrix<Scalar> state;  ///< padded neurons x variables

  /// Neurons at rest. Throws InvalidParameter.
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

  Index size() const { return neurons_; }  ///< neurons, without the padded ones
  /// The rows of the state for so many neurons.
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
  /// per padded neuron, or is null. Returns false if a potential is not finite. Returns false
  /// before the step of a neuron for which it is unstable.
  bool advance(const Scalar* current, std::vector<Index>& spikes) {
    if constexpr (by_vectors)
      return current ? advance_vectors(
                           [&](Index at)
                               __attribute__((always_inline)) { return simd::load(current + at); },
                           spikes)
                     : advance_vectors(
                           [](Index) __attribute__((always_inline)) { return Vec{}; }, spikes);
    else
      return advance_each(current, spikes);
  }

  /// Advances by several steps at once (see NeuronChunk). Returns false if a potential is not
  /// finite at the end, or if one of the steps was unstable for a neuron.
  bool advance(Index steps, std::span<const Arriving<Scalar>> arriving,
               const PotentialTiles<Scalar>& potentials, SpikesByStep& spikes) {
    return chunk_.advance(neurons_, steps, arriving, potentials, state, spikes);
  }

  /// Makes the last steps again for one neuron, where what arrives at it has changed. The spikes
  /// that were listed must remain. Returns false likewise.
  bool repeat(Index neuron, Index steps, std::span<const Arriving<Scalar>> arriving,
              const PotentialTiles<Scalar>& potentials) {
    return chunk_.repeat(neuron, steps, arriving, potentials, state);
  }

  /// The same with checks, for use without a network. Throws ShapeError unless there is one current
  /// per neuron, NonFinite for one that is not finite; Divergence, naming the neuron, for a
  /// potential that is not finite after the step, and where the step is unstable.
  void step(const View<Scalar>& current, std::vector<Index>& spikes) {
    require_shape<Scalar>(current, neurons_, 1, "current");
    require_finite<Scalar>(current, "current");
    check();
    current_.setZero(state.rows());
    current_.head(neurons_) = current.col(0);
    spikes.clear();
    const FlushDenormals guard;
    const bool stable = advance(current_.data(), spikes);
    if (stable) return;
    const Index bad = not_finite();
    require<Divergence>(bad < 0, name_of<Model>, ": the potential of neuron ", bad,
                        " is not finite");
    const auto [neuron, factor] = unstable();
    throw Divergence(sentence(name_of<Model>, ": the step is unstable for neuron ", neuron,
                              ", where it multiplies a difference of potentials by ", factor));
  }

  /// Throws ShapeError unless the state, which a checkpoint may have set, has its size.
  void check() const {
    require<ShapeError>(state.rows() == padded(neurons_) && state.cols() == variables,
                        name_of<Model>, ": state must be ", padded(neurons_), " x ", variables,
                        ", got ", state.rows(), " x ", state.cols());
  }

  /// The first neuron whose potential is not finite, or -1.
  Index not_finite() const {
    for (Index i = 0; i < neurons_; ++i)
      if (!all_finite(&state(i, 0), 1)) return i;
    return -1;
  }

  /// The first neuron whose next step is unstable, or -1, and the amplification by that step.
  std::pair<Index, double> unstable() const {
    if constexpr (amplifies)
      for (Index i = 0; i < neurons_; ++i)
        if (const Scalar factor = step_.amplification(States::of_neuron(state, i)); factor < -1)
          return {i, double(factor)};
    return {-1, 1};
  }

 private:
  static constexpr Index padding = 16;  // neurons; a multiple of every vector's width
  using States = NeuronStates<Model, Scalar>;
  using Vec = typename States::Vec;
  static constexpr Index width = States::width;
  using Step = typename NeuronChunk<Model, Scalar>::Step;
  static constexpr bool by_vectors = std::invocable<Step, State<Vec>&, Vec>;
  static constexpr bool amplifies = HasAmplification<Step, State<Scalar>>;
  static_assert(!amplifies || !by_vectors || AmplificationFits<Step, State<Vec>, Vec>,
                "amplification takes a vector of neurons, as the step does");

  bool advance_vectors(const auto& current, std::vector<Index>& spikes) {
    const Index rows = state.rows();
    Scalar* const data = state.data();
    const Step step = step_;  // a copy, so that its numbers stay in registers
    Vec bad{};
    for (Index at = 0; at < rows; at += width) {
      State<Vec> s = States::load(data + at, rows);
      if constexpr (amplifies)
        if (simd::truth_bits(step.amplification(s) < simd::splat(Scalar(-1))) != 0) [[unlikely]]
          return false;
      const auto spiked = step(s, current(at));
      States::store(data + at, rows, s);
      bad += States::template variable<0>(s) * Scalar(0);
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
      auto s = States::of_neuron(state, i);
      if constexpr (amplifies)
        if (step_.amplification(s) < -1) return false;
      if (step_(s, current ? current[i] : Scalar(0))) spikes.push_back(i);
      const auto values = States::numbers(s);
      for (Index v = 0; v < variables; ++v) state(i, v) = values[std::size_t(v)];
      finite = finite && all_finite(values.data(), 1);
    }
    return finite;
  }

  Index neurons_;
  Step step_;
  NeuronChunk<Model, Scalar> chunk_{step_};
  Vector<Scalar> current_ = {};  // scratch space; not saved in checkpoints
};

}  // namespace hebb
